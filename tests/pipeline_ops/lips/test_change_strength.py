"""How far each frame's mouth is changed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.types import TimeSpan
from pipeline_ops.lips.change_strength import LEAD_S, RAMP_S, change_strength

frame_times_s = np.arange(0.0, 10.0, 0.04)
all_usable = np.ones(len(frame_times_s), bool)


def strength_of(
    spoken: list[TimeSpan],
    usable: np.ndarray = all_usable,
    *,
    begins_at_cut: bool = True,
    ends_at_cut: bool = True,
) -> np.ndarray:
    return change_strength(
        frame_times_s, spoken, usable, begins_at_cut=begins_at_cut, ends_at_cut=ends_at_cut
    )


def test_a_mouth_is_changed_fully_while_somebody_is_heard_and_not_at_all_in_silence() -> None:
    strength = strength_of([TimeSpan(2.0, 3.0), TimeSpan(2.5, 4.0)])
    assert (strength[(frame_times_s >= 2.0 - LEAD_S) & (frame_times_s <= 4.0 + LEAD_S)] == 1.0).all()
    away = LEAD_S + RAMP_S
    assert (strength[(frame_times_s < 2.0 - away) | (frame_times_s > 4.0 + away)] == 0.0).all()


def test_a_frame_that_cannot_be_changed_is_approached_slowly() -> None:
    usable = all_usable.copy()
    usable[100:105] = False
    strength = strength_of([TimeSpan(0.0, 10.0)], usable)
    assert (strength[100:105] == 0.0).all()
    assert (np.diff(strength[95:101]) <= 0.0).all()
    assert 0.0 < strength[99] < 0.5 < strength[97] < 1.0
    assert strength[90] == 1.0


def test_a_cut_hides_the_hand_over_and_the_end_of_a_track_does_not() -> None:
    spoken = [TimeSpan(0.0, 10.0)]
    assert (strength_of(spoken) == 1.0).all()
    followed = strength_of(spoken, ends_at_cut=False, begins_at_cut=False)
    assert 0.0 < followed[0] < 0.3
    assert 0.0 < followed[-1] < 0.3
    assert (followed[10:-10] == 1.0).all()


def test_where_nobody_speaks_nothing_is_changed() -> None:
    assert not strength_of([]).any()


@given(
    spans=st.lists(st.tuples(st.floats(0, 9), st.floats(0, 2)), max_size=4),
    unusable=st.sets(st.integers(0, len(frame_times_s) - 1)),
)
def test_strength_stays_within_its_bounds_and_never_touches_what_is_not_usable(
    spans: list[tuple[float, float]], unusable: set[int]
) -> None:
    usable = all_usable.copy()
    usable[list(unusable)] = False
    strength = strength_of([TimeSpan(start_s, start_s + length_s) for start_s, length_s in spans], usable)
    assert strength.shape == frame_times_s.shape
    assert ((strength >= 0.0) & (strength <= 1.0)).all()
    assert not strength[~usable].any()
