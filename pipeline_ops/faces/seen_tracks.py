"""What is measured of each face in each shot, once all of it has been seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.face_landmarks.boxes import box_around
from models.faces.geometry import eye_distance_px, fit_pose, reference_face
from pipeline_ops.faces.jumps import jumps_among, steps_of
from pipeline_ops.faces.records import Fault
from pipeline_ops.quality.face_visibility import judge_visibility, mouth_inside
from pipeline_ops.quality.head_pose import facing_camera

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.faces.records import Shot
    from pipeline_ops.faces.sightings import SightingFile

REFERENCE_FACES = 250
"""Enough for a median face; a track may have thousands."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenTrack:
    """One face in one shot.

    Attributes:
        face: As the tracker numbers it.
        shot: Position of its shot.
        frames: Shape (sightings,): in which frames it was seen, rising; all else is of the same shape.
        yaw_deg: Turn of the head against the camera.
        pitch_deg: Tilt of the head.
        unlikeness: Of the lips' colours to their usual ones.
        faults: `Fault`, as bits.
        size_px: Median side of the square around it.
        eye_distance_px: Median distance of the eyes' outer corners.
    """

    face: int
    shot: int
    frames: NDArray[np.int64]
    yaw_deg: NDArray[np.float64]
    pitch_deg: NDArray[np.float64]
    unlikeness: NDArray[np.float64]
    faults: NDArray[np.uint32]
    size_px: float
    eye_distance_px: float

    @property
    def first_frame(self) -> int:
        """The first in which it is seen."""
        return int(self.frames[0])

    @property
    def end_frame(self) -> int:
        """The one after the last in which it is seen."""
        return int(self.frames[-1]) + 1


def find_jumps(sightings: SightingFile) -> Iterator[int]:
    """Yield the frames at which a face is suddenly elsewhere, in no order."""
    for face in sightings.faces:
        frames = sightings.frames(face)
        steps: list[NDArray[np.float64]] = []
        last: NDArray[np.float32] = np.zeros((0, 1, 1), dtype=np.float32)
        for block in sightings.blocks(face, int(frames[0]), int(frames[-1]) + 1):
            landmarks = np.concatenate([last, block["landmarks"]]) if len(last) else block["landmarks"]
            steps.append(steps_of(landmarks))
            last = block["landmarks"][-1:].copy()
        # What happened while it was lost is no jump.
        told = np.where(np.diff(frames) > 1, 0.0, np.concatenate(steps))
        yield from (int(frames[jump + 1]) for jump in jumps_among(told))


def measure_tracks(
    sightings: SightingFile,
    shots: Sequence[Shot],
    times_s: NDArray[np.float64],
    size_px: tuple[int, int],
) -> tuple[SeenTrack, ...]:
    """Return every face in every shot, in the order of their first frames.

    Args:
        sightings: All of them.
        shots: All of the video.
        times_s: When each frame is shown.
        size_px: Width and height of the upright picture.
    """
    tracks = []
    starts = [shot.first_frame for shot in shots]
    for face in sightings.faces:
        frames = sightings.frames(face)
        for shot in np.unique(np.searchsorted(starts, frames, side="right") - 1):
            tracks.append(
                _measure(sightings, face, int(shot), span=shots[shot], times_s=times_s, size_px=size_px)
            )
    return tuple(sorted(tracks, key=lambda track: (track.first_frame, track.face)))


def _measure(
    sightings: SightingFile,
    face: int,
    shot: int,
    *,
    span: Shot,
    times_s: NDArray[np.float64],
    size_px: tuple[int, int],
) -> SeenTrack:
    first, end = span.first_frame, span.end_frame
    reference = facing_camera(reference_face(sightings.spread(face, first, end, REFERENCE_FACES)))
    parts = [_measures(block, reference, size_px) for block in sightings.blocks(face, first, end)]
    frames, colours, sharpness_db, yaw_deg, pitch_deg, inside, sizes, eyes = (
        np.concatenate(values) for values in zip(*parts, strict=True)
    )
    sight = judge_visibility(times_s[frames], colours, sharpness_db, yaw_deg, pitch_deg)
    faults = np.zeros(len(frames), dtype=np.uint32)
    for fault, wrong in (
        (Fault.COVERED, sight.covered),
        (Fault.BLURRED, sight.blurred),
        (Fault.TURNED, sight.turned),
        (Fault.TILTED, sight.tilted),
        (Fault.OUTSIDE, ~inside),
    ):
        faults[wrong] |= np.uint32(fault)
    return SeenTrack(
        face=face,
        shot=shot,
        frames=frames.astype(np.int64),
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg,
        unlikeness=sight.unlikeness,
        faults=faults,
        size_px=float(np.median(sizes)),
        eye_distance_px=float(np.median(eyes)),
    )


def _measures(
    block: NDArray[Any], reference: NDArray[np.float64], size_px: tuple[int, int]
) -> tuple[NDArray[Any], ...]:
    """Return what is measured of each sighting of a block, in the order in which `_measure` takes it."""
    landmarks = block["landmarks"]
    poses = [fit_pose(points, reference) for points in landmarks]
    # Copies: a view of one field would hold the whole block in memory.
    return (
        block["frame"].copy(),
        block["colours"].copy(),
        block["sharpness_db"].copy(),
        np.array([pose.yaw_deg for pose in poses]),
        np.array([pose.pitch_deg for pose in poses]),
        mouth_inside(landmarks, *size_px),
        np.array([box_around(points, 1.0).size_px for points in landmarks]),
        np.array([eye_distance_px(points[np.newaxis]) for points in landmarks]),
    )
