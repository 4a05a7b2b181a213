from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.quality.dub_timing import hurried_share, overflow_max_s, start_error_p95_s
from pipeline_ops.quality.sampling import evenly, windows


@given(st.integers(0, 3000), st.integers(2, 40))
def test_a_spread_has_first_and_last_and_is_never_too_many(count: int, most: int) -> None:
    chosen = evenly(count, most)
    assert len(chosen) == min(count, most)
    assert list(chosen) == sorted(set(chosen))
    if count:
        assert (chosen[0], chosen[-1]) == (0, count - 1)


@given(st.floats(0.5, 1800.0), st.integers(1, 6))
def test_windows_are_disjoint_and_within_the_video(duration_s: float, most: int) -> None:
    found = windows(duration_s, 9.01, most)
    assert 1 <= len(found) <= most
    assert all(before.end_s <= after.start_s + 1e-9 for before, after in pairwise(found))
    assert found[0].start_s >= 0
    assert found[-1].end_s <= duration_s + 1e-6
    assert all(window.duration_s == pytest.approx(min(9.01, duration_s)) for window in found)


def test_timing_is_told_by_its_worst_lines() -> None:
    assert start_error_p95_s([0.1, 2.0], [0.0, 2.0]) == pytest.approx(0.095)
    assert overflow_max_s([1.0, 3.5], [1.2, 3.0]) == pytest.approx(0.5)
    assert hurried_share([1.0, 1.3, 1.1, 1.25], 1.2) == 0.5
    assert start_error_p95_s([], []) is overflow_max_s([], []) is hurried_share([], 1.2) is None
