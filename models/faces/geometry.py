"""Faces freed of where the head is and how it is turned, so that shapes of one mouth can be compared.

Landmarks are float arrays of shape (frames, 468, 3): x right, y down, z away from the camera, all in pixels.
A frame without a face holds NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.points import (
    CHIN_TIP,
    LEFT_EYE_OUTER,
    LOWER_LIP_BOTTOM,
    LOWER_LIP_INNER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_BRIDGE,
    RIGHT_EYE_OUTER,
    STABLE,
    UPPER_LIP_INNER,
    UPPER_LIP_TOP,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

POSE_PASSES = 2
"""The reference face is the median of the aligned ones; a third pass moves it by under a thousandth."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How a frame's face lies against the reference.

    `reference = scale * (face - centre) @ rotation.T + home`.

    Attributes:
        scale: Reference units a pixel.
        rotation: Shape (3, 3), orthonormal.
        centre: Shape (3,), the mean of the frame's stable points, pixels.
        home: Shape (3,), the mean of the reference's stable points, reference units.
    """

    scale: float
    rotation: NDArray[np.float64]
    centre: NDArray[np.float64]
    home: NDArray[np.float64]

    def to_reference(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Turn points of the frame, shape (points, 3), into the reference's frame."""
        turned: NDArray[np.float64] = self.scale * (points - self.centre) @ self.rotation.T + self.home
        return turned

    def to_frame(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Turn points of the reference, shape (points, 3), into the frame's pixels."""
        turned: NDArray[np.float64] = (points - self.home) @ self.rotation / self.scale + self.centre
        return turned

    @property
    def yaw_deg(self) -> float:
        """How far the head is turned to the side against the reference; positive to the viewer's right."""
        return float(np.degrees(np.arctan2(-self.rotation[2, 0], self.rotation[2, 2])))

    @property
    def pitch_deg(self) -> float:
        """How far the head is tilted up or down against the reference."""
        return float(np.degrees(np.arcsin(np.clip(self.rotation[2, 1], -1.0, 1.0))))


def eye_distance_px(landmarks: NDArray[np.floating]) -> float:
    """Return the median distance of the eyes' outer corners in three dimensions, over frames with a face."""
    apart = landmarks[:, LEFT_EYE_OUTER] - landmarks[:, RIGHT_EYE_OUTER]
    return float(np.nanmedian(np.linalg.norm(apart, axis=-1)))


def fit_pose(face: NDArray[np.floating], reference: NDArray[np.floating]) -> Pose:
    """Return the similarity that lays a face's stable points on the reference's, least squares.

    Method: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991.

    Args:
        face: Shape (468, 3), pixels.
        reference: Shape (468, 3), any unit.
    """
    stable = list(STABLE)
    points, wanted = face[stable].astype(np.float64), reference[stable].astype(np.float64)
    centre, home = points.mean(axis=0), wanted.mean(axis=0)
    left, sizes, right = np.linalg.svd((points - centre).T @ (wanted - home))
    handedness = np.array([1.0, 1.0, np.sign(np.linalg.det(right.T @ left.T))])
    rotation = right.T @ np.diag(handedness) @ left.T
    scale = float(np.sum(sizes * handedness) / np.sum((points - centre) ** 2))
    return Pose(scale, rotation, centre, home)


def reference_face(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a speaker's typical face, shape (468, 3), in units of the eyes' distance.

    Args:
        landmarks: Shape (frames, 468, 3), pixels; at least one frame must hold a face.
    """
    faces = landmarks[np.isfinite(landmarks[:, 0, 0])].astype(np.float64)
    reference = np.median(faces, axis=0)
    for _ in range(POSE_PASSES):
        aligned = np.stack([fit_pose(face, reference).to_reference(face) for face in faces])
        reference = np.median(aligned, axis=0)
    distance = np.linalg.norm(reference[LEFT_EYE_OUTER] - reference[RIGHT_EYE_OUTER])
    centred: NDArray[np.float64] = (reference - reference[NOSE_BRIDGE]) / distance
    return centred


def without_pose(
    landmarks: NDArray[np.floating], reference: NDArray[np.floating]
) -> tuple[NDArray[np.float64], list[Pose | None]]:
    """Return all faces laid on the reference, shape (frames, 468, 3), with poses; NaN or None without."""
    aligned = np.full(landmarks.shape, np.nan)
    poses: list[Pose | None] = []
    for index, face in enumerate(landmarks):
        pose = fit_pose(face, reference) if np.isfinite(face[0, 0]) else None
        poses.append(pose)
        if pose is not None:
            aligned[index] = pose.to_reference(face)
    return aligned, poses


def mouth_measures(aligned: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return opening, width, height of the lips and drop of the jaw, shape (frames, 4).

    Args:
        aligned: Faces without pose, shape (frames, 468, 3), in units of the eyes' distance.
    """

    def distance(one: int, other: int) -> NDArray[np.float64]:
        apart: NDArray[np.float64] = np.linalg.norm(aligned[:, one] - aligned[:, other], axis=-1)
        return apart

    return np.stack(
        [
            distance(UPPER_LIP_INNER, LOWER_LIP_INNER),
            distance(MOUTH_LEFT, MOUTH_RIGHT),
            distance(UPPER_LIP_TOP, LOWER_LIP_BOTTOM),
            aligned[:, CHIN_TIP, 1] - aligned[:, NOSE_BRIDGE, 1],
        ],
        axis=1,
    )
