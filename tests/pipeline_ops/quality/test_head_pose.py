"""A head's turn against the camera is found, whatever its usual pose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.faces.geometry import fit_pose
from models.faces.points import POINT_COUNT
from pipeline_ops.quality.head_pose import BELOW_NOSE, FOREHEAD, PAIRS, PROFILE_TILT_DEG, facing_camera


def head() -> np.ndarray:
    """Points of a head that looks into the camera: alike on both sides, its profile tilted as heads' are."""
    points = np.random.default_rng(0).normal(0.0, 1.0, (POINT_COUNT, 3))
    for left, right in PAIRS:
        points[left, 0] = -abs(points[left, 0]) - 0.3
        points[right] = points[left] * [-1, 1, 1]
    tilt = np.radians(PROFILE_TILT_DEG)
    points[FOREHEAD] = [0.0, -1.0, 0.2]
    points[BELOW_NOSE] = points[FOREHEAD] + 1.5 * np.array([0.0, np.cos(tilt), np.sin(tilt)])
    return points


def turned(points: np.ndarray, yaw_deg: float, pitch_deg: float, roll_deg: float) -> np.ndarray:
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return points @ (about_z @ about_y @ about_x).T


angles = st.floats(-60, 60)


@given(yaw_deg=angles, pitch_deg=st.floats(-40, 40), roll_deg=angles)
def test_however_a_head_is_held_it_is_turned_to_the_camera(
    yaw_deg: float, pitch_deg: float, roll_deg: float
) -> None:
    np.testing.assert_allclose(facing_camera(turned(head(), yaw_deg, pitch_deg, roll_deg)), head(), atol=1e-9)


@pytest.mark.parametrize("usual_deg", [-50.0, 0.0, 35.0])
@pytest.mark.parametrize("yaw_deg", [-45.0, 0.0, 20.0])
def test_yaw_is_against_the_camera_even_of_who_always_looks_aside(usual_deg: float, yaw_deg: float) -> None:
    reference = facing_camera(turned(head(), usual_deg, 5.0, 0.0))
    pose = fit_pose(turned(head(), yaw_deg, 0.0, 0.0), reference)
    assert abs(pose.yaw_deg) == pytest.approx(abs(yaw_deg), abs=1e-6)
    assert pose.pitch_deg == pytest.approx(0.0, abs=1e-6)
