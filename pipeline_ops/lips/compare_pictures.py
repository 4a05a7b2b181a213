"""Looks at a rendered picture beside its original, frame by frame, as it was encoded.

Both are decoded side by side over one stretch of the video, and landmarks are found again in the rendered
faces. Of the pictures nothing is kept but close-ups of a few moments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.face_landmarks.boxes import box_around
from pipeline_ops.lips.contact_sheet import CloseUp, close_up
from pipeline_ops.lips.face_frames import lift_face
from pipeline_ops.lips.mouth_looks import MouthLooks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.base import FaceLandmarker
    from pipeline_ops.media.frame import Frame

LEAST_PRESENCE = 0.5
"""The mesh's own threshold of a face being there."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was seen.

    Attributes:
        found: Landmarks in the rendered frames, shape (frames of the stretch, 468, 3), pixels; NaN where no
            face was found or the frame was not looked at.
        close_ups: The chosen moments.
        sharpness: How sharp the rendered mouth is, in parts of the original's; None where it was not seen.
        flicker: How restless it is, in parts of the original's.
    """

    found: NDArray[np.float32]
    close_ups: tuple[CloseUp, ...]
    sharpness: float | None
    flicker: float | None


def compare_pictures(
    frames: Iterable[tuple[Frame, Frame]],
    landmarks: NDArray[np.float32],
    looked_at: NDArray[np.bool_],
    moments: frozenset[int],
    model: FaceLandmarker,
) -> Comparison:
    """Find the faces again in rendered frames, and compare their mouths as pictures.

    Args:
        frames: Original and rendered frames of the stretch, side by side.
        landmarks: Of the original, shape (frames of the stretch, 468, 3), pixels.
        looked_at: Shape (frames of the stretch,).
        moments: Numbers within the stretch of which close-ups are kept.
        model: Finds the landmarks.
    """
    found = np.full_like(landmarks, np.nan)
    close_ups: list[CloseUp] = []
    looks = MouthLooks(landmarks)
    followed: NDArray[np.float32] | None = None
    for number, (original, rendered) in enumerate(frames):
        if looked_at[number]:
            # As `track_faces` follows a face: around where it was the frame before. Around the original's,
            # the original's open mouth would move what is found in the new one.
            around = landmarks[number] if followed is None else followed
            new = rendered.rgb()
            points, presence = model.locate_landmarks(new, box_around(around, 1.0))
            followed = points if presence >= LEAST_PRESENCE else None
            if followed is not None:
                found[number] = followed
            looks.look(number, original.rgb(), new)
        else:
            followed = None
            looks.skip()
        if number in moments:
            before, after = (lift_face(frame, landmarks[number], number) for frame in (original, rendered))
            if before is not None and after is not None:
                pair = (close_up(face, landmarks[number]) for face in (before, after))
                close_ups.append(CloseUp(original.time_s, *pair))
    return Comparison(found, tuple(close_ups), looks.sharpness(), looks.flicker())
