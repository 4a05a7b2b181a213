"""The square around a face: from the points of the frame before, and what of it a network is shown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from models.faces.points import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from models.types import FaceBox

if TYPE_CHECKING:
    from numpy.typing import NDArray


def roll_deg(left_eye: NDArray[np.floating], right_eye: NDArray[np.floating]) -> float:
    """Return how far the line from the viewer's left eye to the right one falls, in degrees, clockwise."""
    across_px, down_px = right_eye[0] - left_eye[0], right_eye[1] - left_eye[1]
    return float(np.degrees(np.arctan2(down_px, across_px)))


def box_around(points: NDArray[np.floating], score: float) -> FaceBox:
    """Return the square around a face's points that leans as the face does.

    Args:
        points: Shape (468, 2 or 3), pixels.
        score: How sure it is that a face is there.
    """
    lean_deg = roll_deg(points[LEFT_EYE_OUTER], points[RIGHT_EYE_OUTER])
    upright = rotation(-lean_deg)
    turned = points[:, :2].astype(np.float64) @ upright.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    centre = (low + high) / 2 @ upright  # an orthonormal matrix: this turns back
    return FaceBox(float(centre[0]), float(centre[1]), float((high - low).max()), score, lean_deg)


def rotation(angle_deg: float) -> NDArray[np.float64]:
    """Return the matrix, shape (2, 2), that turns x and y clockwise on a screen, where y grows downwards."""
    angle = np.radians(angle_deg)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def crop_transform(box: FaceBox, margin: float, side_px: int) -> NDArray[np.float64]:
    """Return the affine map, shape (2, 3), from the picture to a square crop in which the face is upright.

    Pixel centres are whole numbers on both sides.

    Args:
        box: Where the face is.
        margin: Side of the crop over side of the box.
        side_px: Of the crop.
    """
    linear = rotation(-box.roll_deg) * (side_px / (margin * box.size_px))
    middle = (side_px - 1) / 2
    shift = middle - linear @ np.array([box.centre_x_px, box.centre_y_px])
    return np.column_stack([linear, shift])


def upright_crop(
    image: NDArray[np.uint8], box: FaceBox, margin: float, side_px: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return a square of the picture in which the face is upright, and the map to it (`crop_transform`).

    It is black beyond the picture's edges. A face that is shrunk is sampled at a whole multiple of the crop's
    side and averaged down: sampled straight, landmarks of a large face tremble half as much again (370
    pixels, third differences).

    Args:
        image: R'G'B', shape (height, width, 3).
        box: Where the face is.
        margin: Side of the crop over side of the box.
        side_px: Of the crop.
    """
    import cv2

    transform = crop_transform(box, margin, side_px)
    multiple = max(1, math.floor(margin * box.size_px / side_px))
    finer = crop_transform(box, margin, side_px * multiple)
    sampled = cv2.warpAffine(image, finer, (side_px * multiple, side_px * multiple), flags=cv2.INTER_LINEAR)
    crop = cv2.resize(sampled, (side_px, side_px), interpolation=cv2.INTER_AREA)
    return np.asarray(crop, dtype=np.uint8), transform


def inverse(transform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the affine map, shape (2, 3), that undoes `transform`."""
    linear = np.linalg.inv(transform[:, :2])
    return np.column_stack([linear, -linear @ transform[:, 2]])


def overlap(one: FaceBox, other: FaceBox) -> float:
    """Return intersection over union of two boxes, as if neither leaned."""
    half, other_half = one.size_px / 2, other.size_px / 2
    width = min(one.centre_x_px + half, other.centre_x_px + other_half) - max(
        one.centre_x_px - half, other.centre_x_px - other_half
    )
    height = min(one.centre_y_px + half, other.centre_y_px + other_half) - max(
        one.centre_y_px - half, other.centre_y_px - other_half
    )
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.size_px**2 + other.size_px**2 - shared)
