"""Tells headphones from loudspeakers by tones that cancel each other in the air.

Woods, Siegel, Traer and McDermott 2017, "Headphone screening to facilitate web-based auditory experiments":
of three tones of 200 Hz one is 6 dB quieter, and another has its phase turned round in one ear. Who listens
by loudspeakers hears the turned one as the quietest, since its two halves cancel; with headphones it is the
quiet one. Six trials; who finds five of them wears headphones.
"""

from __future__ import annotations

import io
import random
import wave
from dataclasses import dataclass

import numpy as np

TRIALS = 6
PASSED_FROM = 5
"""Right answers of six: by guessing 1.8 % get there, by loudspeakers fewer (Woods et al.)."""

TONES = 3
SAMPLE_RATE_HZ = 16_000
FREQUENCY_HZ = 200.0
TONE_S, RAMP_S, GAP_S = 1.0, 0.1, 0.5
QUIETER_DB = -6.0
LEVEL = 0.5
"""Of full scale: well above the noise of a room at the loudness that people set for speech."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Which of the three tones is the quiet one, and which one is turned round; counted from 0."""

    quiet: int
    turned: int


def trials_of(seed: str) -> tuple[Trial, ...]:
    """Return the six trials of one attempt.

    Args:
        seed: A secret of the attempt; the same seed gives the same trials.
    """
    generator = random.Random(f"headphones {seed}")  # noqa: S311  the seed is what is secret
    return tuple(Trial(*generator.sample(range(TONES), 2)) for _ in range(TRIALS))


def passed(seed: str, answers: tuple[int, ...]) -> bool:
    """Return whether enough of the quiet tones were found.

    Args:
        seed: As for `trials_of`.
        answers: Which tone was said to be the quietest, from 0, one for each trial.
    """
    right = sum(trial.quiet == answer for trial, answer in zip(trials_of(seed), answers, strict=True))
    return right >= PASSED_FROM


def sound_of(trial: Trial) -> bytes:
    """Return the three tones as a WAV file, stereo, 16 bits."""
    gap = np.zeros((round(GAP_S * SAMPLE_RATE_HZ), 2))
    parts = []
    for number in range(TONES):
        level = LEVEL * (10 ** (QUIETER_DB / 20) if number == trial.quiet else 1.0)
        tone = level * _tone()
        parts += [np.stack([tone, -tone if number == trial.turned else tone], axis=1), gap]
    samples = np.round(np.concatenate(parts[:-1]) * 32767).astype("<i2")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(samples.tobytes())
    return stream.getvalue()


def _tone() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    time_s = np.arange(round(TONE_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    edge = np.minimum(np.minimum(time_s, TONE_S - time_s) / RAMP_S, 1.0)
    ramp = 0.5 - 0.5 * np.cos(np.pi * edge)
    return np.asarray(ramp * np.sin(2 * np.pi * FREQUENCY_HZ * time_s))
