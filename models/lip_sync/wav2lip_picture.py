"""The picture's side of Wav2Lip: where the face is cut out, and how its new mouth gets back.

The generator was trained on the boxes of a face detector, forehead to chin, squeezed to a square
(https://github.com/Rudrabha/Wav2Lip, `preprocess.py` and `inference.py`); here the box comes from landmarks.
All boxes are (left, top, right, bottom) in pixels of the upright frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.points import MOUTH, OUTER_LIPS
from models.lip_sync.wav2lip_network import SIDE_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.types import FaceFrame

CHIN_MARGIN = 0.04
"""Of the face's height, added below the chin: the authors add 10 px to faces of about 250."""

SMOOTHING_S = 0.2
"""The authors average boxes over 5 frames at 25 Hz; without it the mouth trembles with the landmarks."""

SAME_PLACE = 0.25
"""Of the box's height: a box further away belongs to another shot and is not averaged with this one."""

FEATHER = 0.05
"""Of the box's height: how wide the seam between new and old is. The chin may sink by as much."""

TONE_BLUR_PX = 10.0
"""Of the generator's 96: light and skin tone vary over more than this, mouths over less."""

LIPS_MARGIN_PX = 8
"""Of the generator's 96, around the lips: as far as they reach when they open, telling nothing of tone."""

TRUST_FLOOR = 1e-3
"""Keeps the tone's correction at nothing where no skin is near."""


def face_boxes(landmarks: NDArray[np.floating], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the box around each face, smoothed over time, shape (frames, 4); NaN where there is none.

    Args:
        landmarks: Shape (frames, 468, 3), pixels; NaN where there is no face.
        times_s: When each frame is shown, rising.
    """
    corners = np.concatenate([landmarks[:, :, :2].min(axis=1), landmarks[:, :, :2].max(axis=1)], axis=1)
    boxes = corners.astype(np.float64)
    boxes[:, 3] += CHIN_MARGIN * (boxes[:, 3] - boxes[:, 1])
    firsts = np.searchsorted(times_s, times_s - SMOOTHING_S / 2, side="left")
    lasts = np.searchsorted(times_s, times_s + SMOOTHING_S / 2, side="right")
    smooth = boxes.copy()
    for index, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        around, own = boxes[first:last], boxes[index]
        near = np.abs(around - own).max(axis=1) <= SAME_PLACE * (own[3] - own[1])
        if near.any():
            smooth[index] = around[near].mean(axis=0)
    return smooth


@dataclass(frozen=True, slots=True)
class FaceCut:
    """A face as the generator sees it, and where it came from.

    Attributes:
        face: R'G'B', shape (96, 96, 3), float32, 0 to 1.
        box: Whole pixels, shape (4,).
    """

    face: NDArray[np.float32]
    box: NDArray[np.int64]


def cut_face(frame: FaceFrame, box: NDArray[np.float64]) -> FaceCut | None:
    """Cut a face out and squeeze it to the generator's square; None where none of it is in the picture.

    What of the box lies outside the frame's part is filled with the pixels at its border, so that the mouth
    stays where the generator expects it.
    """
    import cv2

    whole = np.round(box).astype(np.int64)
    height, width = frame.pixels.shape[:2]
    columns = np.arange(whole[0], whole[2]) - frame.left_px
    rows = np.arange(whole[1], whole[3]) - frame.top_px
    if not (_any_inside(columns, width) and _any_inside(rows, height)):
        return None
    crop = frame.pixels[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    face = cv2.resize(crop, (SIDE_PX, SIDE_PX), interpolation=_scaling(len(rows), SIDE_PX))
    return FaceCut(np.clip(face, 0.0, 1.0).astype(np.float32), whole)


def match_tone(
    generated: NDArray[np.float32], cut: FaceCut, landmarks: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Give a generated face the light and skin tone of the real one; detail and mouth stay as generated.

    The difference of the two on the skin is spread smoothly over the rest (normalised convolution: Knutsson
    and Westin, 1993).

    Args:
        generated: R'G'B', shape (96, 96, 3), 0 to 1.
        cut: The real face.
        landmarks: Its points, shape (468, 3), pixels of the upright frame.
    """
    import cv2

    left, top, right, bottom = cut.box
    points = (landmarks[:, :2] - [left, top]) * [SIDE_PX / (right - left), SIDE_PX / (bottom - top)]
    skin = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    cv2.fillConvexPoly(skin, _hull(points), 1.0)
    lips = np.zeros_like(skin, np.uint8)
    cv2.fillConvexPoly(lips, _hull(points[list(OUTER_LIPS)]), 1)
    skin[cv2.distanceTransform(1 - lips, cv2.DIST_L2, 5) <= LIPS_MARGIN_PX] = 0.0

    def blurred(image: NDArray[np.float32]) -> NDArray[np.float32]:
        soft = cv2.GaussianBlur(image, (0, 0), TONE_BLUR_PX, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(soft, np.float32)

    shift = blurred((cut.face - generated) * skin[..., None]) / (blurred(skin) + TRUST_FLOOR)[..., None]
    toned: NDArray[np.float32] = np.clip(generated + shift, 0.0, 1.0)
    return toned


def blend_mouth(
    frame: FaceFrame, cut: FaceCut, generated: NDArray[np.float32], strength: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]] | None:
    """Put a generated mouth and chin into the frame's part, with a soft edge.

    Args:
        frame: The frame's part.
        cut: Where the face was cut out.
        generated: R'G'B', shape (96, 96, 3), 0 to 1.
        strength: Above 0, up to 1: how much of the generated mouth is seen.

    Returns:
        The new pixels and which of them changed, or None where the mouth lies outside the frame's part.
    """
    import cv2

    height, width = frame.pixels.shape[:2]
    left, top = cut.box[:2] - [frame.left_px, frame.top_px]
    right, bottom = cut.box[2:] - [frame.left_px, frame.top_px]
    rows, columns = slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))
    mouth = frame.landmarks[list(MOUTH), :2] - [frame.left_px + columns.start, frame.top_px + rows.start]
    weight = strength * _soft_mask(
        mouth, (rows.stop - rows.start, columns.stop - columns.start), FEATHER * (bottom - top)
    )
    if not weight.any():
        return None
    size = (int(right - left), int(bottom - top))
    enlarged = cv2.resize(generated, size, interpolation=_scaling(SIDE_PX, size[1]))
    visible = np.clip(enlarged, 0.0, 1.0)[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    pixels = frame.pixels.copy()
    pixels[rows, columns] += weight[..., None] * (visible - pixels[rows, columns])
    changed = np.zeros((height, width), np.bool_)
    changed[rows, columns] = weight > 0.0
    return pixels, changed


def _soft_mask(
    points: NDArray[np.floating], shape: tuple[int, int], feather_px: float
) -> NDArray[np.float32]:
    """Return 1 inside the hull of points, falling to 0 over the feather and towards the array's edges."""
    import cv2

    hull = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(hull, _hull(points), 1)
    if not hull.any():
        return np.zeros(shape, np.float32)
    near = (cv2.distanceTransform(1 - hull, cv2.DIST_L2, 5) < feather_px).astype(np.uint8)
    depth_px = cv2.distanceTransform(np.pad(near, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    share = np.clip(depth_px / feather_px, 0.0, 1.0)
    smooth: NDArray[np.float32] = (share * share * (3.0 - 2.0 * share)).astype(np.float32)
    return smooth


def _hull(points: NDArray[np.floating]) -> NDArray[np.int32]:
    import cv2

    return np.asarray(cv2.convexHull(np.round(points).astype(np.int32)), np.int32)


def _any_inside(positions: NDArray[np.int64], size: int) -> bool:
    return bool(((positions >= 0) & (positions < size)).any())


def _scaling(from_px: int, to_px: int) -> int:
    """Return the interpolation that neither aliases when shrinking nor shows squares when enlarging."""
    import cv2

    return cv2.INTER_AREA if to_px < from_px else cv2.INTER_CUBIC
