from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.quality.pitch import median_pitch_hz

RATE_HZ = 16_000


def voiced(pitch_hz: float, duration_s: float) -> np.ndarray:
    """A buzz with the falling harmonics of a voice."""
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    harmonics = sum(np.sin(2 * np.pi * pitch_hz * number * time_s) / number for number in range(1, 12))
    return (0.1 * harmonics).astype(np.float32)


@pytest.mark.parametrize("pitch_hz", [85.0, 120.0, 210.0, 300.0])
def test_the_pitch_of_a_steady_voice_is_found(pitch_hz: float) -> None:
    assert median_pitch_hz(voiced(pitch_hz, 1.0), RATE_HZ) == pytest.approx(pitch_hz, rel=0.02)


def test_silence_and_noise_between_vowels_do_not_count() -> None:
    hiss = np.random.default_rng(3).normal(0, 0.003, RATE_HZ).astype(np.float32)
    samples = np.concatenate([hiss, voiced(150.0, 1.0), hiss[: RATE_HZ // 2]])
    assert median_pitch_hz(samples, RATE_HZ) == pytest.approx(150.0, rel=0.03)


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(RATE_HZ, np.float32)])
def test_what_is_not_voiced_has_no_pitch(samples: np.ndarray) -> None:
    assert median_pitch_hz(samples, RATE_HZ) is None
