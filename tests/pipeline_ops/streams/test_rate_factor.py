from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.streams.rate_factor import (
    COARSEST_RATE_FACTOR,
    FINEST_RATE_FACTOR,
    next_rate_factor,
    sample_stretches,
)


def test_the_second_trial_goes_where_the_first_one_points() -> None:
    assert next_rate_factor([(23.0, 96.0)], target=93.0) == 25.0
    assert next_rate_factor([(23.0, 90.0)], target=93.0) == 21.0


def test_the_answer_lies_where_the_line_through_both_meets_the_target() -> None:
    assert next_rate_factor([(23.0, 97.0), (25.5, 92.0)], target=93.0) == 25.0


@pytest.mark.parametrize(("quality", "factor"), [(100.0, COARSEST_RATE_FACTOR), (20.0, FINEST_RATE_FACTOR)])
def test_it_stays_within_what_makes_sense(quality: float, factor: float) -> None:
    assert next_rate_factor([(23.0, quality)], target=80.0) == factor


def test_trials_that_say_the_opposite_of_what_can_be_are_not_believed() -> None:
    assert next_rate_factor([(23.0, 90.0), (21.0, 89.0)], target=93.0) == FINEST_RATE_FACTOR


@given(st.integers(1, 200_000))
def test_samples_lie_within_the_video_and_never_overlap(frame_count: int) -> None:
    stretches = sample_stretches(frame_count)
    assert stretches[0][0] >= 0
    assert stretches[-1][1] <= frame_count
    assert sum(last - first for first, last in stretches) == min(frame_count, 72)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(stretches))
