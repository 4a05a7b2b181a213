"""Faces freed of pose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.faces.geometry import fit_pose, mouth_measures, reference_face, without_pose
from models.faces.points import LOWER_LIP_INNER, POINT_COUNT


def face() -> np.ndarray:
    return np.random.default_rng(0).normal(0.0, 50.0, (POINT_COUNT, 3))


def turned(points: np.ndarray, yaw_deg: float, pitch_deg: float, scale: float, shift: float) -> np.ndarray:
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    return scale * points @ (about_y @ about_x).T + shift


@given(
    yaw_deg=st.floats(-60, 60),
    pitch_deg=st.floats(-40, 40),
    scale=st.floats(0.2, 5),
    shift=st.floats(-900, 900),
)
def test_however_a_head_is_turned_and_moved_its_shape_is_found_again(
    yaw_deg: float, pitch_deg: float, scale: float, shift: float
) -> None:
    reference = face()
    seen = turned(reference, yaw_deg, pitch_deg, scale, shift)
    pose = fit_pose(seen, reference)
    np.testing.assert_allclose(pose.to_reference(seen), reference, atol=1e-6)
    np.testing.assert_allclose(pose.to_frame(reference), seen, atol=1e-6)


@pytest.mark.parametrize("yaw_deg", [-30.0, 0.0, 25.0])
def test_yaw_is_the_angle_by_which_the_head_was_turned(yaw_deg: float) -> None:
    pose = fit_pose(turned(face(), yaw_deg, 0.0, 1.0, 0.0), face())
    assert abs(pose.yaw_deg) == pytest.approx(abs(yaw_deg), abs=1e-6)


@pytest.mark.parametrize("pitch_deg", [-20.0, 0.0, 15.0])
def test_pitch_is_the_angle_by_which_the_head_was_tilted(pitch_deg: float) -> None:
    pose = fit_pose(turned(face(), 0.0, pitch_deg, 1.0, 0.0), face())
    assert abs(pose.pitch_deg) == pytest.approx(abs(pitch_deg), abs=1e-6)


def test_frames_without_a_face_stay_without_one() -> None:
    landmarks = np.stack([face(), np.full((POINT_COUNT, 3), np.nan), face()])
    aligned, poses = without_pose(landmarks, reference_face(landmarks))
    assert poses[1] is None
    assert np.isnan(aligned[1]).all()
    assert np.isfinite(aligned[[0, 2]]).all()


def test_a_mouth_that_opens_measures_wider_open_at_any_distance() -> None:
    closed, opened = face(), face()
    opened[LOWER_LIP_INNER, 1] += 20.0
    landmarks = np.stack([closed, 3.0 * opened + 100.0])
    aligned, _ = without_pose(landmarks, reference_face(np.stack([closed, closed])))
    same, _ = without_pose(np.stack([closed, opened]), reference_face(np.stack([closed, closed])))
    np.testing.assert_allclose(mouth_measures(aligned), mouth_measures(same), atol=1e-9)
