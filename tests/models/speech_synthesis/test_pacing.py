from __future__ import annotations

import numpy as np
import pytest

from models.speech_synthesis.pacing import synthesize_to_duration
from models.types import AudioClip, HeardMixes, Voice, VoiceDesign


class Bending:
    """Speaks for 2 s at speed 1, and answers a wish for speed only in part, as real voices do."""

    sample_rate_hz = 1000
    voices: tuple[Voice, ...] = ()
    heard_mixes: HeardMixes | None = None

    def __init__(self, answer: float) -> None:
        self.answer = answer
        self.asked: list[float] = []

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        self.asked.append(speed)
        return AudioClip(np.ones((1, round(2000 / speed**self.answer)), np.float32), 1000)


def say(synthesizer: Bending, target_duration_s: float) -> tuple[AudioClip, float]:
    return synthesize_to_duration(
        synthesizer,
        "text",
        language="pt",
        voice=VoiceDesign.of("voice"),
        target_duration_s=target_duration_s,
        natural_duration_s=2.0,
        speed_limits=(0.85, 1.3),
    )


@pytest.mark.parametrize("answer", [0.6, 0.9, 1.4])
@pytest.mark.parametrize("target_duration_s", [1.75, 1.9, 2.1])
def test_a_duration_is_met_closely_whatever_the_voice_makes_of_speed(
    answer: float, target_duration_s: float
) -> None:
    clip, _ = say(Bending(answer), target_duration_s)
    assert clip.duration_s == pytest.approx(target_duration_s, rel=0.02)


def test_the_limits_of_speed_are_kept_and_not_tried_twice() -> None:
    synthesizer = Bending(1.0)
    clip, speed = say(synthesizer, 1.0)
    assert speed == pytest.approx(1.3)
    assert clip.duration_s == pytest.approx(2 / 1.3, abs=0.001)
    assert synthesizer.asked == [pytest.approx(1.3)]


def test_a_voice_that_ignores_speed_is_given_up_on() -> None:
    synthesizer = Bending(0.0)
    clip, _ = say(synthesizer, 1.8)
    assert clip.duration_s == 2.0
    assert len(synthesizer.asked) <= 3
