from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.quality.finished_sound import clipped_share, envelope, sound_offset_s

RATE_HZ = 16_000


def bursts(seconds: float = 6.0) -> np.ndarray:
    """Noise that comes and goes at uneven times, as speech does."""
    chance = np.random.default_rng(3)
    samples = chance.normal(0.0, 0.1, round(seconds * RATE_HZ))
    gates = np.repeat(chance.random(round(seconds * 8)) > 0.5, RATE_HZ // 8)
    return (samples * gates).astype(np.float32)


def level(samples: np.ndarray) -> np.ndarray:
    return envelope(np.array_split(samples[None, :], 7, axis=1), RATE_HZ)


@settings(deadline=None, max_examples=20)
@given(st.integers(min_value=-140, max_value=140))
def test_a_shift_is_found_to_ten_milliseconds(steps: int) -> None:
    planned = bursts()
    finished = np.roll(np.pad(planned, (3 * RATE_HZ, 3 * RATE_HZ)), steps * RATE_HZ // 100)
    found = sound_offset_s(level(np.pad(planned, (3 * RATE_HZ, 3 * RATE_HZ))), level(finished))
    assert found == pytest.approx(steps / 100, abs=0.0101)


def test_music_as_loud_as_the_speech_hides_no_shift() -> None:
    planned = bursts()
    music = 0.1 * np.sin(np.arange(len(planned)) * 0.05).astype(np.float32)
    found = sound_offset_s(level(planned), level(np.roll(planned, round(0.3 * RATE_HZ)) + music))
    assert found == pytest.approx(0.3, abs=0.021)


def test_silence_has_no_offset() -> None:
    assert sound_offset_s(level(bursts()), level(np.zeros(6 * RATE_HZ, np.float32))) is None


def test_blocks_make_no_difference_to_a_level() -> None:
    samples = bursts()
    assert level(samples) == pytest.approx(envelope([samples[None, :]], RATE_HZ))


def test_runs_at_full_scale_are_clipping_and_single_peaks_are_none() -> None:
    sound = np.zeros((1, 1000), np.float32)
    sound[0, [10, 20, 30]] = 1.0
    assert clipped_share([sound]) == 0.0
    sound[0, 100:110] = -1.0
    assert clipped_share([sound]) == pytest.approx(8 / 1000)
