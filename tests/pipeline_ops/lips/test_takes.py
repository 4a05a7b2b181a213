"""Cutting a long track into takes that are planned one by one."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.lips.takes import AROUND_S, LONGEST_S, takes_of

RATE_HZ = 10.0


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(1, 900), st.floats(0.0, 1.0, width=32) | st.just(0.0)), min_size=1, max_size=6
    )
)
def test_every_changed_frame_is_in_one_take_of_at_most_half_a_minute(parts: list[tuple[int, float]]) -> None:
    strength = np.concatenate([np.full(frames, value, np.float32) for frames, value in parts])
    times_s = np.arange(len(strength)) / RATE_HZ
    takes = takes_of(strength, times_s)
    planned = np.zeros(len(strength), np.float32)
    for take in takes:
        assert 0 <= take.seen_first <= take.first < take.last <= take.seen_last <= len(strength)
        assert take.last - take.first <= LONGEST_S * RATE_HZ
        planned[take.seen_first : take.seen_last] += take.strength(strength)
    assert all(one.last <= other.first for one, other in itertools.pairwise(takes))
    np.testing.assert_array_equal(planned, strength)


def test_half_a_minute_is_one_take_and_nothing_else_is_looked_at() -> None:
    [take] = takes_of(np.ones(300, np.float32), np.arange(300) / RATE_HZ)
    assert (take.first, take.last, take.seen_first, take.seen_last) == (0, 300, 0, 300)


def test_a_take_ends_in_the_last_pause_of_its_second_half() -> None:
    strength = np.ones(500, np.float32)
    for pause in (50, 180, 260, 310):
        strength[pause : pause + 5] = 0.0
    first, second = takes_of(strength, np.arange(500) / RATE_HZ)
    assert first.last == second.first == 264
    assert second.seen_first == 264 - AROUND_S * RATE_HZ


def test_without_a_pause_a_take_ends_where_the_mouth_is_changed_least() -> None:
    strength = np.ones(500, np.float32)
    strength[200] = 0.5
    first, second = takes_of(strength, np.arange(500) / RATE_HZ)
    assert first.last == second.first == 200


def test_nothing_is_planned_where_nothing_changes() -> None:
    assert takes_of(np.zeros(500, np.float32), np.arange(500) / RATE_HZ) == ()
