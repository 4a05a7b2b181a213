from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.media.chroma import downsample_chroma, upsample_chroma
from pipeline_ops.media.planar import plain_format

SAMPLINGS = ("420", "422", "444", "440", "411", "410")


@given(
    sampling=st.sampled_from(SAMPLINGS),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    seed=st.integers(0, 1000),
)
@settings(deadline=None)
def test_going_up_and_down_again_changes_nothing(sampling: str, width: int, height: int, seed: int) -> None:
    planar = plain_format(sampling, 8)
    shape = (-(-height >> planar.chroma_shift_y), -(-width >> planar.chroma_shift_x))
    samples = np.random.default_rng(seed).uniform(0, 255, shape).astype(np.float32)
    pixels = upsample_chroma(samples, (height, width), planar)
    assert pixels.shape == (height, width)
    assert downsample_chroma(pixels, planar) == pytest.approx(samples, abs=1e-3)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_flat_colour_stays_flat_both_ways(sampling: str) -> None:
    planar = plain_format(sampling, 8)
    shape = (-(-14 >> planar.chroma_shift_y), -(-18 >> planar.chroma_shift_x))
    assert upsample_chroma(np.full(shape, 90, np.float32), (14, 18), planar) == pytest.approx(90)
    assert downsample_chroma(np.full((14, 18), 90, np.float32), planar) == pytest.approx(90)


def test_samples_lie_on_the_first_pixel_of_a_row_and_midway_in_a_column() -> None:
    planar = plain_format("420", 8)
    # Colour that rises by 10 a pixel to the right and by 1 downwards, sampled where MPEG-2 samples it.
    columns, rows = np.arange(8) * 2.0, np.arange(8) * 2.0 + 0.5
    samples = (10 * columns[np.newaxis, :] + rows[:, np.newaxis]).astype(np.float32)
    pixels = upsample_chroma(samples, (16, 16), planar)
    wanted = 10 * np.arange(16)[np.newaxis, :] + np.arange(16)[:, np.newaxis]
    assert pixels[2:-2, :-2] == pytest.approx(wanted[2:-2, :-2])
    assert downsample_chroma(wanted.astype(np.float32), planar)[:, 1:-1] == pytest.approx(samples[:, 1:-1])


def test_detail_finer_than_a_sample_is_smoothed_away() -> None:
    stripes = np.tile(np.array([0, 255], np.float32), (8, 8))
    assert downsample_chroma(stripes, plain_format("422", 8))[:, 1:-1] == pytest.approx(127.5)
