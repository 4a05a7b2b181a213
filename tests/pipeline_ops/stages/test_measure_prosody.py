from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from models.types import Utterance, Word
from pipeline_ops.stages.measure_prosody import RATE_HZ, measure_prosody
from pipeline_ops.voices.pauses import InnerPause

SPOKEN_S = 1.5


def voice(pitch_hz: float, sway_semitones: float) -> np.ndarray:
    """A buzz that rises and falls twice a second."""
    time_s = np.arange(round(SPOKEN_S * RATE_HZ)) / RATE_HZ
    contour_hz = pitch_hz * 2 ** (sway_semitones / 2 * np.sin(2 * np.pi * 2 * time_s) / 12)
    phase = 2 * np.pi * np.cumsum(contour_hz) / RATE_HZ
    return (0.1 * sum(np.sin(number * phase) / number for number in range(1, 12))).astype(np.float32)


def test_a_line_that_was_said_higher_and_livelier_is_told(tmp_path: Path) -> None:
    lines = [voice(120, 4), voice(120, 4), voice(150, 6), voice(120, 4), np.zeros(RATE_HZ, np.float32)]
    sound = tmp_path / "speech.flac"
    soundfile.write(sound, np.concatenate(lines), RATE_HZ)
    utterances = tuple(
        Utterance(index, "ann", SPOKEN_S * index, SPOKEN_S * index + min(SPOKEN_S, len(line) / RATE_HZ), "")
        for index, line in enumerate(lines)
    )
    found = measure_prosody(speech=sound, utterances=utterances).prosody
    assert [line.index for line in found] == [0, 1, 2, 3, 4]
    assert abs(found[2].rise_semitones - 12 * np.log2(150 / 120)) < 0.5
    assert 1.3 < found[2].range_factor < 1.6
    for usual in (found[0], found[1], found[3], found[4]):
        assert abs(usual.rise_semitones) < 0.3
        assert 0.85 < usual.range_factor < 1.15


def test_a_pause_within_a_line_is_told(tmp_path: Path) -> None:
    sound = tmp_path / "speech.flac"
    soundfile.write(sound, voice(120, 4), RATE_HZ)
    words = (Word("one", 0.0, 0.4, 0.9), Word("two", 0.9, 1.4, 0.9))
    [line] = measure_prosody(
        speech=sound, utterances=(Utterance(0, "ann", 0.0, 1.4, "one two", words),)
    ).prosody
    assert line.pauses == (InnerPause(0.5, 0.5),)
