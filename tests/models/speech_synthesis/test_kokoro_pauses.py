from __future__ import annotations

import numpy as np
import pytest

from models.errors import FaultError
from models.speech_synthesis.kokoro_pauses import (
    DURATIONS,
    FRAME,
    quietest,
    with_durations,
    with_pauses,
)
from models.types import VoiceDesign
from tests.models.embedded import engine
from tests.models.speech_synthesis.pitch_graph import pitch_graph

PHONEMES = "ab, ba"
DURATIONS_OF_THEM = np.array([1, 4, 4, 2, 2, 4, 4, 1], np.float32)
RATE_HZ = 24_000


def hum() -> np.ndarray:
    """As long as the durations say, quiet in the middle of the mark."""
    sound = np.full(int(DURATIONS_OF_THEM.sum()) * FRAME, 0.5, np.float32)
    sound[10 * FRAME : 12 * FRAME] = 0.01
    return sound


def test_silence_is_put_in_at_the_mark_where_it_is_quietest() -> None:
    paused = with_pauses(hum(), DURATIONS_OF_THEM, PHONEMES, (0.5,))
    silent = np.flatnonzero(paused == 0.0)
    assert len(paused) - len(hum()) == round(0.5 * RATE_HZ) - 4 * FRAME  # the mark and its space lasted four
    assert 10 * FRAME <= silent[0] <= 12 * FRAME
    assert np.all(np.diff(silent) == 1)


def test_what_is_said_is_all_still_there() -> None:
    paused = with_pauses(hum(), DURATIONS_OF_THEM, PHONEMES, (0.5,))
    assert np.count_nonzero(paused > 0.4) == np.count_nonzero(hum() > 0.4)


@pytest.mark.parametrize("pauses_s", [(), (0.05,), (0.0,), (0.5, 0.5)])
def test_nothing_changes_where_nothing_longer_is_asked_or_marks_and_pauses_differ(
    pauses_s: tuple[float, ...],
) -> None:
    assert np.array_equal(with_pauses(hum(), DURATIONS_OF_THEM, PHONEMES, pauses_s), hum())


def test_a_part_shorter_than_what_is_compared_is_cut_in_its_middle() -> None:
    assert quietest(hum(), 100, 200) == 150


def test_a_graph_without_durations_is_named() -> None:
    with pytest.raises(FaultError, match="no Kokoro graph"):
        with_durations(pitch_graph(durations="something"))


def test_a_graph_tells_its_durations() -> None:
    told = with_durations(pitch_graph())
    assert [output.name for output in told.graph.output][-1] == DURATIONS


@pytest.mark.models
def test_a_voice_is_silent_at_a_comma_for_as_long_as_asked() -> None:
    plain = VoiceDesign.of("pm_alex")
    paused = VoiceDesign(plain.timbre, plain.manner, pauses_s=(0.8,))
    clip = engine("speech_synthesis", "pt").synthesize("Hoje de manhã, eu fui à praia.", "pt", paused, 1.0)
    loud = np.flatnonzero(np.abs(clip.samples[0]) > 0.01)
    longest_s = float(np.diff(loud).max()) / clip.sample_rate_hz
    assert 0.6 < longest_s < 1.0
