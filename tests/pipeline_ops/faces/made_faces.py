"""Faces made by hand: points that a test can move, and a landmarker that finds them without looking."""

from __future__ import annotations

import numpy as np

from models.faces.points import (
    CHIN_TIP,
    LEFT_EYE_OUTER,
    LOWER_LIP_BOTTOM,
    LOWER_LIP_INNER,
    NOSE_TIP,
    POINT_COUNT,
    RIGHT_EYE_OUTER,
)
from models.types import TimeSpan

SIZE_PX = 100.0


def face_at(
    x_px: float, y_px: float, *, size_px: float = SIZE_PX, opening: float = 0.0, seed: int = 0
) -> np.ndarray:
    """An upright face in a square around a point, its mouth open by a share of its size."""
    points = np.random.default_rng(seed).uniform(-0.5, 0.5, (POINT_COUNT, 3))
    points[0, :2], points[1, :2] = [-0.5, -0.5], [0.5, 0.5]
    points[LEFT_EYE_OUTER], points[RIGHT_EYE_OUTER] = [-0.25, -0.2, 0.0], [0.25, -0.2, 0.0]
    points[NOSE_TIP], points[CHIN_TIP] = [0.0, 0.05, -0.3], [0.0, 0.48, 0.0]
    points[LOWER_LIP_INNER, 1] += opening
    points[LOWER_LIP_BOTTOM, 1] += opening
    return (points * size_px + [x_px, y_px, 0.0]).astype(np.float32)


def spans(*edges_s: tuple[float, float]) -> list[TimeSpan]:
    return [TimeSpan(start_s, end_s) for start_s, end_s in edges_s]
