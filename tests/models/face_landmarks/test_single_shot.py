"""Anchors, decoding and merging of a single-shot detector's answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.face_landmarks.single_shot import (
    CANDIDATE_VALUES,
    LEFT_EYE,
    anchor_centres,
    decode,
    merge_overlapping,
    overlaps,
    probabilities,
    without_nested,
)

positions = st.floats(0, 100, allow_subnormal=False)
sizes = st.floats(1, 100, allow_subnormal=False)


@st.composite
def boxes(draw: st.DrawFn) -> list[float]:
    left, top, width, height = draw(positions), draw(positions), draw(sizes), draw(sizes)
    return [left, top, left + width, top + height]


def candidates(*edges: list[float]) -> np.ndarray:
    faces = np.zeros((len(edges), CANDIDATE_VALUES))
    faces[:, :4] = edges
    return faces


@pytest.mark.parametrize(
    ("input_px", "layers", "count"),
    [(128, ((8, 2), (16, 6)), 896), (192, ((4, 1),), 2304)],
    ids=["near", "far"],
)
def test_there_are_as_many_anchors_as_the_network_has_answers(
    input_px: int, layers: tuple[tuple[int, int], ...], count: int
) -> None:
    anchors = anchor_centres(input_px, layers)
    assert anchors.shape == (count, 2)
    assert anchors.min() > 0
    assert anchors.max() < input_px


def test_anchors_run_along_the_rows_and_those_of_a_cell_follow_each_other() -> None:
    anchors = anchor_centres(16, ((8, 2),))
    expected = [(4, 4), (4, 4), (12, 4), (12, 4), (4, 12), (4, 12), (12, 12), (12, 12)]
    np.testing.assert_array_equal(anchors, expected)


def test_an_answer_is_a_box_and_points_seen_from_its_anchor() -> None:
    raw = np.zeros((1, CANDIDATE_VALUES), np.float32)
    raw[0, :6] = [10, -20, 30, 40, -5, -8]
    (face,) = decode(raw, np.array([[100.0, 60.0]], np.float32))
    np.testing.assert_allclose(face[:4], [95, 20, 125, 60])
    np.testing.assert_allclose(face[LEFT_EYE], [95, 52])


def test_no_answers_are_no_candidates() -> None:
    nothing = decode(np.zeros((0, CANDIDATE_VALUES), np.float32), np.zeros((0, 2), np.float32))
    faces, scores = without_nested(*merge_overlapping(nothing, np.zeros(0)))
    assert faces.shape == (0, CANDIDATE_VALUES)
    assert len(scores) == 0


@given(raw=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=5))
def test_scores_become_probabilities_in_the_same_order(raw: list[float]) -> None:
    values = np.array(sorted(raw), np.float32)
    sure = probabilities(values)
    assert ((sure >= 0) & (sure <= 1)).all()
    assert (np.diff(sure) >= 0).all()


@given(one=boxes(), other=boxes())
def test_overlap_is_mutual_and_a_box_overlaps_itself_wholly(one: list[float], other: list[float]) -> None:
    both = np.array([one, other])
    assert overlaps(both[0], both)[0] == pytest.approx(1.0)
    assert overlaps(both[0], both)[1] == pytest.approx(overlaps(both[1], both)[0])
    assert overlaps(both[0], both, of_smaller=True)[1] >= overlaps(both[0], both)[1] - 1e-12


def test_overlap_is_the_shared_area_over_the_whole() -> None:
    shared = overlaps(np.array([0.0, 0, 2, 2]), np.array([[1.0, 0, 3, 2], [5.0, 5, 6, 6]]))
    np.testing.assert_allclose(shared, [2 / 6, 0])


@given(
    edges=st.lists(boxes(), min_size=1, max_size=8),
    data=st.data(),
)
def test_merged_faces_are_the_surest_first_and_stay_within_the_boxes_they_came_from(
    edges: list[list[float]], data: st.DataObject
) -> None:
    scores = np.array(data.draw(st.lists(st.floats(0.5, 1), min_size=len(edges), max_size=len(edges))))
    found = candidates(*edges)
    faces, sure = merge_overlapping(found, scores)
    assert 1 <= len(faces) <= len(edges)
    assert (np.diff(sure) <= 0).all()
    assert sure[0] == scores.max()
    assert (faces.min(axis=0) >= found.min(axis=0) - 1e-9).all()
    assert (faces.max(axis=0) <= found.max(axis=0) + 1e-9).all()


def test_answers_for_one_face_become_their_mean_weighted_by_score() -> None:
    faces, scores = merge_overlapping(
        candidates([0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]), np.array([0.9, 0.6, 0.7])
    )
    np.testing.assert_allclose(faces[:, 0], [0.8, 50])
    np.testing.assert_allclose(scores, [0.9, 0.7])


def test_a_box_around_a_surer_one_is_left_out() -> None:
    faces, _ = without_nested(candidates([40, 40, 60, 60], [20, 20, 90, 90], [0, 0, 9, 9]), np.ones(3))
    np.testing.assert_array_equal(faces[:, 0], [40, 0])
