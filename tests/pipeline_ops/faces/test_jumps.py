"""Faces that jump are told from faces that move."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.faces.jumps import AROUND, LEAST, jumps_among, steps_of
from tests.pipeline_ops.faces.made_faces import SIZE_PX, face_at


def test_a_step_is_measured_in_distances_of_the_eyes() -> None:
    eyes_px = SIZE_PX / 2
    steps = steps_of(np.stack([face_at(100, 100), face_at(100 + 0.3 * eyes_px, 100), face_at(115, 100)]))
    np.testing.assert_allclose(steps, [0.3, 0.0], atol=1e-6)


def test_one_frame_has_no_steps() -> None:
    assert len(steps_of(face_at(0, 0)[np.newaxis])) == 0


def test_a_face_that_is_suddenly_elsewhere_jumps() -> None:
    quiet = np.full(10, 0.02)
    assert jumps_among(np.concatenate([quiet, [0.3], quiet])) == [10]


def test_a_head_that_turns_quickly_does_not_jump() -> None:
    assert jumps_among(np.array([0.02, 0.02, 0.05, 0.12, 0.2, 0.25, 0.2, 0.12, 0.05, 0.02, 0.02])) == []


@pytest.mark.parametrize("place", [0, AROUND - 1, 19 - AROUND + 1, 19])
def test_at_the_ends_nothing_can_be_told(place: int) -> None:
    steps = np.full(20, 0.01)
    steps[place] = 1.0
    assert jumps_among(steps) == []


@given(st.lists(st.floats(0, 2), max_size=40))
def test_jumps_are_large_and_stand_alone(steps: list[float]) -> None:
    jumps = jumps_among(np.array(steps))
    assert all(steps[jump] >= LEAST for jump in jumps)
    assert all(later - earlier > AROUND for earlier, later in itertools.pairwise(jumps))
