from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.quality.held_notes import held_note_share

RATE_HZ = 16_000


def voice(pitch_hz: np.ndarray) -> np.ndarray:
    """A buzz with the falling harmonics of a voice, at one pitch a sample."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    return (0.1 * sum(np.sin(number * phase) / number for number in range(1, 10))).astype(np.float32)


def test_notes_that_are_held_are_found() -> None:
    notes = np.repeat([220.0, 247.0, 262.0, 196.0, 220.0], round(0.4 * RATE_HZ))
    assert held_note_share(voice(notes), RATE_HZ) == pytest.approx(0.9, abs=0.1)


def test_a_pitch_that_glides_as_in_speech_is_no_note() -> None:
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    glides = 150.0 * 2 ** (0.4 * np.sin(2 * np.pi * 2.0 * time_s))
    share = held_note_share(voice(glides), RATE_HZ)
    assert share is not None
    assert share < 0.3


@pytest.mark.parametrize("samples", [np.zeros(RATE_HZ, np.float32), np.ones(100, np.float32)])
def test_where_nothing_sounds_long_enough_there_is_nothing_to_say(samples: np.ndarray) -> None:
    assert held_note_share(samples, RATE_HZ) is None
