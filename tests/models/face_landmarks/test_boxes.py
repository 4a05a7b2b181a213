"""Squares around faces and the crops that networks are shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.face_landmarks.boxes import box_around, crop_transform, inverse, overlap, rotation
from models.faces.points import LEFT_EYE_OUTER, POINT_COUNT, RIGHT_EYE_OUTER
from models.types import FaceBox

boxes = st.builds(
    FaceBox,
    centre_x_px=st.floats(-500, 2000),
    centre_y_px=st.floats(-500, 2000),
    size_px=st.floats(8, 1500),
    score=st.just(1.0),
    roll_deg=st.floats(-180, 180),
)


def upright_face() -> np.ndarray:
    """Points in a square from (100, 200) to (180, 280), eyes level."""
    points = np.random.default_rng(0).uniform([100, 200, -9], [180, 280, 9], (POINT_COUNT, 3))
    points[0, :2], points[1, :2] = [100, 200], [180, 280]
    points[LEFT_EYE_OUTER, :2], points[RIGHT_EYE_OUTER, :2] = [120, 230], [160, 230]
    return points


def test_the_box_of_an_upright_face_is_the_square_around_its_points() -> None:
    box = box_around(upright_face(), 0.9)
    assert (box.centre_x_px, box.centre_y_px) == pytest.approx((140, 240))
    assert (box.size_px, box.score, box.roll_deg) == pytest.approx((80, 0.9, 0))


@given(lean_deg=st.floats(-179, 179))
def test_a_leaning_face_has_the_same_box_leaning(lean_deg: float) -> None:
    face = upright_face()
    face[:, :2] = (face[:, :2] - [140, 240]) @ rotation(lean_deg).T + [140, 240]
    box = box_around(face, 1.0)
    assert (box.centre_x_px, box.centre_y_px) == pytest.approx((140, 240))
    assert box.size_px == pytest.approx(80)
    assert box.roll_deg == pytest.approx(lean_deg)


@given(box=boxes)
def test_a_crop_has_the_face_in_its_middle_upright_and_is_undone_exactly(box: FaceBox) -> None:
    transform = crop_transform(box, 1.5, 192)
    centre = np.array([box.centre_x_px, box.centre_y_px])
    to_right = rotation(box.roll_deg) @ [box.size_px / 2, 0]
    placed = np.array([centre, centre + to_right]) @ transform[:, :2].T + transform[:, 2]
    np.testing.assert_allclose(placed, [[95.5, 95.5], [95.5 + 64, 95.5]], atol=1e-6)
    back = inverse(transform)
    np.testing.assert_allclose(placed[0] @ back[:, :2].T + back[:, 2], centre, atol=1e-6)


@given(one=boxes, other=boxes)
def test_overlap_is_a_share_and_mutual(one: FaceBox, other: FaceBox) -> None:
    assert 0.0 <= overlap(one, other) <= 1.0 + 1e-9
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert overlap(one, one) == pytest.approx(1.0)


def test_boxes_half_a_side_apart_share_a_third() -> None:
    assert overlap(FaceBox(0, 0, 10, 1), FaceBox(5, 0, 10, 1)) == pytest.approx(1 / 3)
    assert overlap(FaceBox(0, 0, 10, 1), FaceBox(10, 0, 10, 1)) == 0.0
