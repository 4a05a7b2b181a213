"""Maps between pictures."""

from __future__ import annotations

import numpy as np
import pytest

from models.lip_sync.personal.warp import (
    Window,
    sample,
    shift_field,
    spline,
    window_around,
)
from pipeline_ops.quality.mouth_picture import fine_detail

RANDOM = np.random.default_rng(0)


def test_a_spline_passes_through_its_values_and_bends_no_plane() -> None:
    at, query = RANDOM.uniform(-0.5, 0.5, (20, 2)), RANDOM.uniform(-0.5, 0.5, (30, 2))
    values = RANDOM.normal(size=(20, 3))
    np.testing.assert_allclose(spline(at, values, at, 0.0), values, atol=1e-8)
    plane = np.array([[1.0, 2.0], [-3.0, 0.5]])
    np.testing.assert_allclose(spline(at, at @ plane + 4.0, query, 1e-3), query @ plane + 4.0, atol=1e-8)


def test_points_that_stay_leave_the_picture_to_the_bit() -> None:
    picture = RANDOM.uniform(0, 1, (60, 80, 3)).astype(np.float32)
    points, window = RANDOM.uniform(15, 45, (12, 2)), Window(10, 12, 40, 30)
    shifts = shift_field(points, points, window, 1e-4)
    np.testing.assert_array_equal(sample(picture, 0, 0, window, shifts), picture[12:42, 10:50])


@pytest.mark.parametrize("window", [Window(10, 12, 40, 30), Window(20, 20, 7, 33)])
def test_points_that_all_move_alike_move_the_picture_by_as_much(window: Window) -> None:
    picture = RANDOM.uniform(0, 1, (80, 90)).astype(np.float32)
    points = RANDOM.uniform(15, 50, (12, 2))
    shifts = shift_field(points + np.array([3.0, -2.0]), points, window, 1e-4)
    drawn = sample(picture[5:, 4:], 4, 5, window, shifts)
    seen = picture[window.top_px - 2 : window.bottom_px - 2, window.left_px + 3 : window.right_px + 3]
    np.testing.assert_allclose(drawn, seen, atol=2e-3)


def test_the_field_takes_each_point_to_where_it_was_seen() -> None:
    window = Window(0, 0, 100, 80)
    wanted = RANDOM.integers([20, 20], [80, 60], (10, 2)).astype(float)
    seen = wanted + RANDOM.normal(0, 1.0, wanted.shape)
    shifts = shift_field(seen, wanted, window, 0.0)
    at = shifts[wanted[:, 1].astype(int), wanted[:, 0].astype(int)]
    np.testing.assert_allclose(at, seen - wanted, atol=0.25)


def test_a_window_holds_its_points_and_what_two_windows_share() -> None:
    window = window_around(np.array([[3.2, 9.9], [7.5, 4.1]]), 1.0)
    assert window == Window(2, 3, 8, 9)
    assert window.within(Window(5, 0, 100, 6)) == Window(5, 3, 5, 3)
    assert window.within(Window(50, 50, 5, 5)).width_px == 0


def natural_picture(size_px: int = 160) -> np.ndarray:
    """Return noise whose power falls with the third power of frequency, as pictures' does."""
    frequencies = np.hypot(np.fft.fftfreq(size_px)[:, None], np.fft.rfftfreq(size_px)[None, :])
    frequencies[0, 0] = 1.0
    noise = np.fft.rfft2(RANDOM.normal(size=(size_px, size_px)))
    picture = np.fft.irfft2(noise / frequencies**1.5, (size_px, size_px))
    return (0.5 + 0.1 * (picture - picture.mean()) / picture.std()).astype(np.float32)


def test_flat_skin_stays_as_it_is() -> None:
    flat, window = np.full((30, 30, 3), 0.4, np.float32), Window(5, 5, 20, 20)
    np.testing.assert_allclose(
        sample(flat, 0, 0, window, np.full((20, 20, 2), 0.5, np.float32)), 0.4, atol=1e-6
    )


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.8])
def test_a_shift_by_part_of_a_pixel_loses_hardly_any_fine_detail(fraction: float) -> None:
    picture, window = natural_picture(), Window(10, 10, 140, 140)
    drawn = sample(picture, 0, 0, window, np.full((140, 140, 2), fraction, np.float32))
    assert fine_detail(drawn) == pytest.approx(fine_detail(picture), rel=0.05)
