"""Where the head is in every frame, and the face freed of that, both without the landmarks' jitter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.geometry import Pose, eye_distance_px, fit_pose
from models.lip_sync.personal.regions import MOUTH_POINTS
from models.lip_sync.personal.smoothing import smooth_over_time, unbroken_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

POSITION_BANDWIDTH_S = 0.03
"""Heads nod within tenths of a second: position is smoothed over about three frames."""

TURN_BANDWIDTH_S = 0.08
"""Turns and size change slower than position, and landmarks tell them less well."""

SHAPE_BANDWIDTH_S = 0.04
"""Lips are the fastest thing in a face: closing for a p takes 60 to 80 ms."""

IDENTITY_BANDWIDTH_S = 0.4
"""What is left of a face once its mouth's shape is taken away moves only with the head."""


@dataclass(frozen=True, slots=True)
class HeadTrack:
    """One face over time.

    Attributes:
        poses: For each frame, smoothed; None where there is no face.
        aligned: Shape (frames, points, 3), float32: the points of `regions.MOUTH_POINTS`, laid on the
            reference and smoothed; NaN where there is no face.
        runs: Frames of each stretch without a gap or cut.
    """

    poses: tuple[Pose | None, ...]
    aligned: NDArray[np.float32]
    runs: tuple[NDArray[np.intp], ...]

    def turns_deg(self) -> NDArray[np.float64]:
        """Return yaw, pitch and roll against the reference, shape (frames, 3); NaN where there is no face."""
        turns = np.full((len(self.poses), 3), np.nan)
        for index, pose in enumerate(self.poses):
            if pose is not None:
                roll_deg = np.degrees(np.arctan2(pose.rotation[1, 0], pose.rotation[0, 0]))
                turns[index] = pose.yaw_deg, pose.pitch_deg, roll_deg
        return turns

    def scales(self) -> NDArray[np.float64]:
        """Return reference units a pixel, shape (frames,); NaN where there is no face."""
        return np.array([np.nan if pose is None else pose.scale for pose in self.poses])


def track_head(
    times_s: NDArray[np.float64], landmarks: NDArray[np.floating], reference: NDArray[np.float64]
) -> HeadTrack:
    """Lay all faces on a reference and smooth both what moves the head and what is left.

    Args:
        times_s: Shape (frames,), rising.
        landmarks: Shape (frames, 468, 3), pixels, NaN where there is no face.
        reference: Shape (468, 3), in eye distances.
    """
    aligned = np.full((len(times_s), len(MOUTH_POINTS), 3), np.nan, np.float32)
    smoothed: list[Pose | None] = [None] * len(times_s)
    runs = unbroken_runs(times_s, landmarks, eye_distance_px(landmarks))
    for run in runs:
        when = times_s[run]
        seen = [fit_pose(face, reference) for face in landmarks[run]]
        mouths = [
            pose.to_reference(face) for pose, face in zip(seen, landmarks[run][:, MOUTH_POINTS], strict=True)
        ]
        aligned[run] = smooth_over_time(when, np.stack(mouths), SHAPE_BANDWIDTH_S)
        centres = smooth_over_time(when, np.stack([pose.centre for pose in seen]), POSITION_BANDWIDTH_S)
        sizes = smooth_over_time(when, np.log([pose.scale for pose in seen]), TURN_BANDWIDTH_S)
        turns = smooth_over_time(when, np.stack([pose.rotation for pose in seen]), TURN_BANDWIDTH_S)
        left, _, right = np.linalg.svd(turns)  # the nearest rotation to each mean of rotations
        for index, centre, size, turn in zip(run, centres, sizes, left @ right, strict=True):
            smoothed[index] = Pose(float(np.exp(size)), turn, centre, seen[0].home)
    return HeadTrack(tuple(smoothed), aligned, tuple(runs))
