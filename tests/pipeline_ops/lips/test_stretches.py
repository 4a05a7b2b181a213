"""How a video is cut for drawing."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.lips.stretches import LONGEST, stretches_of


@given(frame_count=st.integers(1, 5000), cuts=st.lists(st.integers(0, 5000), max_size=20))
def test_stretches_hold_every_frame_once_in_order_and_none_crosses_a_cut(
    frame_count: int, cuts: list[int]
) -> None:
    stretches = stretches_of(frame_count, cuts)
    assert stretches[0][0] == 0
    assert stretches[-1][1] == frame_count
    assert all(before[1] == after[0] for before, after in itertools.pairwise(stretches))
    assert all(0 < last - first <= LONGEST for first, last in stretches)
    assert {cut for cut in cuts if 0 < cut < frame_count} <= {first for first, _ in stretches}


def test_a_long_shot_is_cut_into_equal_parts() -> None:
    assert stretches_of(700, []) == ((0, 233), (233, 466), (466, 700))


def test_where_nothing_can_be_sought_there_is_one_stretch() -> None:
    assert stretches_of(700, [100, 200], seekable=False) == ((0, 700),)
