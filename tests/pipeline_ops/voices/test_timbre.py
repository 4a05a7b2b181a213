from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.voices.timbre import BANDS_HZ, band_levels_db, colour, correction_db

RATE_HZ = 24_000


def noise(seconds: float = 4.0) -> np.ndarray:
    return np.random.default_rng(1).normal(0.0, 0.05, round(seconds * RATE_HZ)).astype(np.float32)


def test_a_voice_takes_the_colour_that_it_is_given() -> None:
    wanted_db = np.array([4.0 if centre > 1500.0 else -1.0 for centre in BANDS_HZ])
    before = band_levels_db(noise(), RATE_HZ)
    gains = correction_db(before, before + wanted_db, 6.0)
    after = band_levels_db(colour(noise(), RATE_HZ, gains), RATE_HZ)
    # At the lowest bands, and where the gain jumps, the filter is wider than a band.
    steady = [index for index, centre in enumerate(BANDS_HZ) if centre > 250.0 and not 1100 < centre < 2000]
    assert (after - before)[steady] == pytest.approx(np.array(gains)[steady], abs=0.7)


def test_gains_keep_to_their_limit_and_to_the_loudness() -> None:
    level = band_levels_db(noise(), RATE_HZ)
    gains = correction_db(level, level + np.linspace(-30.0, 30.0, len(BANDS_HZ)), 3.0)
    assert max(gains) == 3.0
    assert min(gains) == -3.0
    assert correction_db(level, level + 20.0, 3.0) == pytest.approx([0.0] * len(BANDS_HZ))


def test_colour_neither_delays_nor_lengthens() -> None:
    click = np.zeros(RATE_HZ, np.float32)
    click[5000] = 1.0
    gains = tuple(3.0 if 500.0 < centre < 2000.0 else 0.0 for centre in BANDS_HZ)
    coloured = colour(click, RATE_HZ, gains)
    assert len(coloured) == len(click)
    assert int(np.argmax(np.abs(coloured))) == 5000


def test_without_gains_not_a_sample_changes() -> None:
    samples = noise(0.2)
    assert colour(samples, RATE_HZ, ()) is samples
