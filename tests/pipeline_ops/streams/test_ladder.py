from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.streams.ladder import LEAST_STEP, ladder


def sizes(size_px: tuple[int, int], **changes: object) -> list[tuple[int, int]]:
    settings = {"frame_rate_hz": 30.0, "source_bits_per_s": 8e6} | changes
    return [(rung.width_px, rung.height_px) for rung in ladder(size_px, **settings)]  # type: ignore[arg-type]


def test_a_usual_video_gets_the_usual_rungs() -> None:
    assert sizes((1920, 1080)) == [(426, 240), (640, 360), (854, 480), (1280, 720), (1920, 1080)]


def test_upright_video_is_counted_by_its_width() -> None:
    assert sizes((1080, 1920))[-2:] == [(720, 1280), (1080, 1920)]


def test_the_sources_own_size_is_the_largest_and_a_rung_next_to_it_is_left_out() -> None:
    assert sizes((1024, 576)) == [(426, 240), (640, 360), (1024, 576)]


def test_a_very_large_source_is_bounded_and_a_very_small_one_is_kept() -> None:
    assert sizes((3840, 2160))[-1] == (1920, 1080)
    assert sizes((160, 120)) == [(160, 120)]


@given(
    st.integers(2, 4096),
    st.integers(2, 4096),
    st.floats(1, 240),
    st.floats(1e4, 1e8),
    st.lists(st.integers(2, 2160), min_size=1, max_size=6),
)
def test_no_rung_is_above_the_source_and_each_brings_something(
    width_px: int, height_px: int, rate_hz: float, bits: float, sides: list[int]
) -> None:
    rungs = ladder(
        (width_px, height_px),
        frame_rate_hz=rate_hz,
        source_bits_per_s=bits,
        short_sides_px=sides,
    )
    assert rungs
    for rung in rungs:
        assert 2 <= rung.width_px <= width_px
        assert 2 <= rung.height_px <= height_px
        assert rung.width_px % 2 == rung.height_px % 2 == 0
        assert rung.most_bits_per_s <= max(100_000, 1.5 * bits + 1)
        assert rung.short_side_px <= max(2, *sides) + 1  # made even
    for small, large in itertools.pairwise(rungs):
        assert small.most_bits_per_s <= large.most_bits_per_s
        # A pixel of rounding to even sizes is allowed for.
        assert large.short_side_px + 2 >= LEAST_STEP * (small.short_side_px - 2)


@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
def test_more_frames_and_more_pixels_may_take_more_bits_but_not_in_proportion(rate_hz: float) -> None:
    small, large = (
        ladder((1920, 1080), frame_rate_hz=rate, source_bits_per_s=1e9)[-1].most_bits_per_s
        for rate in (rate_hz, 2 * rate_hz)
    )
    assert small < large < 2 * small
