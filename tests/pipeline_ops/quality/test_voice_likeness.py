from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.quality.voice_likeness import line_likenesses, speaker_likenesses


class PitchEncoder:
    """Tells voices apart by how often their sound changes its sign."""

    sample_rate_hz, width, space = 1000, 2, "pitch"

    def embed(self, samples: np.ndarray) -> np.ndarray:
        angle = np.mean(np.signbit(samples[1:]) != np.signbit(samples[:-1])) * 3
        return np.array([np.cos(angle), np.sin(angle)], np.float32)


def tone(pitch_hz: float, seconds: float = 2.0) -> np.ndarray:
    return np.sin(2 * np.pi * pitch_hz * np.arange(round(seconds * 1000)) / 1000 + 0.1).astype(np.float32)


def test_a_line_is_held_against_its_own_speaker() -> None:
    original, speakers = [tone(50), tone(200), tone(50)], ["one", "other", "one"]
    likenesses = line_likenesses(original, [tone(50), tone(200), tone(200)], speakers, PitchEncoder())
    assert likenesses[:2] == pytest.approx((1.0, 1.0), abs=0.01)
    assert (likenesses[2] or 1.0) < 0.8


def test_all_lines_of_a_speaker_together_are_one_voice() -> None:
    original, speakers = [tone(50), tone(200), tone(50)], ["one", "other", "one"]
    found = speaker_likenesses(original, [tone(50), tone(50), tone(50)], speakers, PitchEncoder())
    assert found["one"] == pytest.approx(1.0, abs=0.01)
    assert found["other"] < 0.8


def test_short_and_silent_lines_are_not_compared() -> None:
    original = [tone(50), tone(50)]
    dub = [tone(50, 0.4), np.zeros(2000, np.float32)]
    assert line_likenesses(original, dub, ["one", "one"], PitchEncoder()) == (None, None)
    silence = [np.zeros(2000, np.float32)] * 2
    assert speaker_likenesses(original, silence, ["one", "one"], PitchEncoder()) == {}
