"""Follows faces from frame to frame: points from where the face just was, detection now and then.

Landmarks are located anew in every frame, in the square around those of the frame before (Kartynnik et al.,
"Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019). Detectors look at a shot's
first frame, every so often for faces that have come, and when one was lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.face_landmarks.boxes import box_around, overlap
from models.types import FaceBox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.base import FaceLandmarker

SAME_FACE = 0.3
"""Squares that share more than this (intersection over union) are of one face: heads side by side touch."""

NEAR_WHERE_IT_WAS = 0.1
"""A face that was lost is itself again where its square still meets the last one: it moved on meanwhile."""

LEAST_PRESENCE = 0.5
"""The mesh's own threshold. It gives more to 3 of 500 squares without a face; covered faces keep 1.0."""

LOOKS = 2
"""At a detected face: the second from the square around the points of the first, as in all later frames."""


@dataclass(frozen=True, slots=True)
class TrackingLimits:
    """How hard faces are looked for.

    Attributes:
        detect_every_s: How long a face that has come may stay unseen. Detection costs as much as locating the
            points of ten faces.
        retry_every_s: The same while a face is lost.
        lost_s: A face that stays lost for longer, behind a hand or a passer-by, has gone; one that comes is
            another.
        most_faces: In a crowd, the largest ones are followed: each costs 3 ms a frame.
    """

    detect_every_s: float = 0.5
    retry_every_s: float = 0.1
    lost_s: float = 0.5
    most_faces: int = 6


@dataclass(frozen=True, slots=True)
class Sighting:
    """One face in one frame.

    Attributes:
        face: Its number: the same for as long as it is followed, rising, from 0.
        landmarks: Shape (468, 3), float32, pixels.
        presence: How sure it is that it is a face, 0 to 1.
    """

    face: int
    landmarks: NDArray[np.float32]
    presence: float


@dataclass(slots=True)
class _Followed:
    face: int
    box: FaceBox
    seen_s: float
    sighting: Sighting | None
    """In the frame at hand."""


class FaceTracker:
    """Follows all faces of a video, a frame at a time, in order."""

    def __init__(self, model: FaceLandmarker, limits: TrackingLimits) -> None:
        self._model = model
        self._limits = limits
        self._followed: list[_Followed] = []
        self._next_face = 0
        self._searched_s: float | None = None

    def begin_shot(self) -> None:
        """Let go of all faces: who comes after a cut is somebody else."""
        self._followed = []
        self._searched_s = None

    def wants_picture(self, time_s: float) -> bool:
        """Return whether a frame at that time need be looked at: somebody is followed, or it is searched."""
        return bool(self._followed) or self._is_search_due(time_s)

    def look(self, image: NDArray[np.uint8], time_s: float) -> tuple[Sighting, ...]:
        """Return the faces of a frame, those followed for longest first.

        Args:
            image: R'G'B', upright, shape (height, width, 3).
            time_s: When it is shown, later than the one before.
        """
        for one in self._followed:
            one.sighting = self._locate(one.face, image, one.box, looks=1)
        self._settle(time_s)
        if self._is_search_due(time_s):
            self._search(image)
            self._searched_s = time_s
            self._settle(time_s)
        return tuple(one.sighting for one in self._followed if one.sighting is not None)

    def _is_search_due(self, time_s: float) -> bool:
        lost = any(one.sighting is None for one in self._followed)
        wait_s = self._limits.retry_every_s if lost else self._limits.detect_every_s
        return self._searched_s is None or time_s - self._searched_s >= wait_s

    def _locate(self, face: int, image: NDArray[np.uint8], box: FaceBox, *, looks: int) -> Sighting | None:
        for _ in range(looks):
            points, presence = self._model.locate_landmarks(image, box)
            if presence < LEAST_PRESENCE:
                return None
            box = box_around(points, presence)
        return Sighting(face, points, presence)

    def _settle(self, time_s: float) -> None:
        """Let go of who is gone, and of all but the first of those that ended up on one face."""
        kept: list[_Followed] = []
        for one in self._followed:
            if one.sighting is not None:
                box = box_around(one.sighting.landmarks, one.sighting.presence)
                if any(other.sighting and overlap(other.box, box) > SAME_FACE for other in kept):
                    continue
                one.box, one.seen_s = box, time_s
            if time_s - one.seen_s <= self._limits.lost_s:
                kept.append(one)
        self._followed = kept

    def _search(self, image: NDArray[np.uint8]) -> None:
        found = [
            box
            for box in self._model.detect_faces(image)
            if not any(one.sighting and overlap(one.box, box) > SAME_FACE for one in self._followed)
        ]
        for box in sorted(found, key=lambda box: -box.size_px):
            lost = [one for one in self._followed if one.sighting is None]
            known = nearest(box, [one.box for one in lost])
            if known is None and len(self._followed) >= self._limits.most_faces:
                continue
            face = self._next_face if known is None else lost[known].face
            sighting = self._locate(face, image, box, looks=LOOKS)
            if sighting is None:
                continue
            if known is None:
                self._followed.append(_Followed(face, box, float("-inf"), sighting))
                self._next_face += 1
            else:
                lost[known].sighting = sighting


def nearest(box: FaceBox, others: Sequence[FaceBox]) -> int | None:
    """Return which of some squares a square shares most with; None where it hardly meets any."""
    shares = [overlap(box, other) for other in others]
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] > NEAR_WHERE_IT_WAS else None
