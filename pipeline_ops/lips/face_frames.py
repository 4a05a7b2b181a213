"""The part of a frame that shows a face, lifted for an engine and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.faces.points import CHIN_TIP, LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from models.types import FaceFrame, FacePart, FacePatch
from pipeline_ops.media.orientation import PixelBox
from pipeline_ops.media.patches import lift_patch, put_patch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.media.frame import Frame

MARGIN = 0.15
"""Of the mesh's width, on each side: what lies beside a face is needed to warp its contour. Generators want
the whole mesh from forehead to chin, and a little below."""


def face_box(
    landmarks: NDArray[np.floating], width_px: int, height_px: int, part: FacePart = "face"
) -> PixelBox | None:
    """Return the box around a face, or around what lies below its eyes; None where it lies outside the frame.

    Args:
        landmarks: Shape (468, 3), pixels of the upright frame.
        width_px: Of the upright frame.
        height_px: Of the upright frame.
        part: What of the face.
    """
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    margin = MARGIN * float(high[0] - low[0])
    if part == "below_eyes":
        low = np.array([low[0], landmarks[[LEFT_EYE_OUTER, RIGHT_EYE_OUTER], 1].min() + margin])
    left, top = (max(0, int(np.floor(value - margin))) for value in low)
    right, bottom = int(np.ceil(high[0] + margin)), int(np.ceil(high[1] + margin))
    right, bottom = min(width_px, right), min(height_px, bottom)
    if right <= left or bottom <= top or landmarks[CHIN_TIP, 1] < 0:
        return None
    return PixelBox(left, top, right - left, bottom - top)


def lift_face(
    frame: Frame, landmarks: NDArray[np.float32], number: int, part: FacePart = "face"
) -> FaceFrame | None:
    """Return the part of a frame that shows a face; None where the face lies outside of it.

    Args:
        frame: From `read_frames`.
        landmarks: Shape (468, 3), pixels of the upright frame.
        number: The frame's number in the footage that the engine knows.
        part: What of the face: half of it takes half the time.
    """
    box = face_box(landmarks, *frame.format.upright_size_px, part)
    if box is None:
        return None
    return FaceFrame(number, landmarks, lift_patch(frame, box), box.left_px, box.top_px)


def put_face(frame: Frame, face: FaceFrame, patch: FacePatch) -> Frame:
    """Return the frame with a face's new mouth; every other pixel stays as it was, to the bit."""
    height_px, width_px = patch.changed.shape
    box = PixelBox(face.left_px, face.top_px, width_px, height_px)
    rows, columns = np.flatnonzero(patch.changed.any(axis=1)), np.flatnonzero(patch.changed.any(axis=0))
    if not len(rows):
        return frame
    # Only what changes is turned back into code values: a mouth is a sixth of a face.
    tight = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    mouth = PixelBox(
        box.left_px + int(columns[0]),
        box.top_px + int(rows[0]),
        int(columns[-1] - columns[0]) + 1,
        int(rows[-1] - rows[0]) + 1,
    )
    return put_patch(frame, mouth, patch.pixels[tight], patch.changed[tight])
