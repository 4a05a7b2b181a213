from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.speaker_embedding.filterbank import SAMPLE_RATE_HZ, log_mel_bands


def tone(frequency_hz: float, seconds: float = 0.5, level: float = 0.1) -> np.ndarray:
    times_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (level * np.sin(2 * np.pi * frequency_hz * times_s)).astype(np.float32)


def test_there_is_a_row_for_every_ten_milliseconds_with_a_whole_window() -> None:
    assert log_mel_bands(tone(440.0, seconds=1.0)).shape == (98, 80)


def test_less_than_a_window_has_no_row() -> None:
    assert log_mel_bands(np.zeros(399, np.float32)).shape == (0, 80)


@pytest.mark.parametrize("frequency_hz", [200.0, 1000.0, 5000.0])
def test_a_tone_is_loudest_in_the_band_of_its_frequency(frequency_hz: float) -> None:
    mels = np.linspace(1127 * np.log1p(20 / 700), 1127 * np.log1p(8000 / 700), 82)
    nearest = int(np.argmin(np.abs(mels[1:-1] - 1127 * np.log1p(frequency_hz / 700))))
    assert abs(int(np.argmax(log_mel_bands(tone(frequency_hz)).mean(axis=0))) - nearest) <= 1


@settings(max_examples=20, deadline=None)
@given(gain=st.floats(1.0, 10.0))
def test_louder_sound_has_the_same_bands_but_for_a_constant(gain: float) -> None:
    sound = np.random.default_rng(0).normal(0.0, 0.1, 4000).astype(np.float32)
    shift = log_mel_bands(sound * np.float32(gain)) - log_mel_bands(sound)
    assert np.allclose(shift, 2 * np.log(gain), atol=1e-2)
