"""Lays a mouth from one picture of a face into another so that no seam, stain or loss of detail shows.

Two bands (Burt and Adelson, "A multiresolution spline", 1983; two of them suffice: Brown and Lowe, 2007):
tones cross over widely, detail narrowly, so that skin is nowhere the blurred mean of two skins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.lip_sync.personal.warp import Window

CELLS_A_EYE_DISTANCE = 28
"""Tones are worked on in cells of this many to the eyes' distance."""

FEATHER = 0.15
"""Of the eyes' distance: over which tones cross."""

DETAIL_FEATHER = 0.3
"""Of the mask's own range: detail crosses where the mask lies within this about one half."""

EDGE_RANGE = (0.02, 0.7)
"""Of the mask: where both pictures show the same skin, so that their tones can be compared."""

INSIDE = 127
"""Of 255: a pixel that is drawn by more than half."""

TONE_REACH = 0.10
"""Of the eyes' distance: how far tones at the edge are averaged before they are carried inwards."""

MOST_GAIN = 0.35
"""Natural log: light on a face changes by less than this between the frames of one video."""

DARKEST = 0.02
"""Added before ratios are taken: black has no colour."""

RELAXATIONS = 60


def cell_px(eye_distance: float) -> int:
    """Return the side of a cell, pixels."""
    return max(round(eye_distance / CELLS_A_EYE_DISTANCE), 1)


def mouth_mask(edge: NDArray[np.floating], window: Window, eye_distance: float) -> NDArray[np.float32]:
    """Return how much of the new mouth is taken, shape (height, width), 0 to 1, and 0 from the edge outwards.

    Args:
        edge: Shape (points, 2), where it has faded out, pixels of the frame.
        window: What is drawn.
        eye_distance: Pixels.
    """
    import cv2

    scale = cell_px(eye_distance) / 2.0 if eye_distance > 2 * CELLS_A_EYE_DISTANCE else 1.0
    width, height = round(window.width_px / scale), round(window.height_px / scale)
    feather = max(FEATHER * eye_distance / scale, 1.0)
    corners = (edge + 0.5 - (window.left_px, window.top_px)) * (
        width / window.width_px,
        height / window.height_px,
    )
    hull = cv2.convexHull((corners - 0.5).astype(np.float32)).reshape(-1, 2)
    filled = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(filled, np.round(hull * 16).astype(np.int32), 255, lineType=cv2.LINE_AA, shift=4)
    depth = cv2.distanceTransform((filled > INSIDE).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    depth = cv2.GaussianBlur(depth, (0, 0), 0.25 * feather)
    ramp = np.clip((depth - 0.3 * feather) / feather, 0.0, 1.0)
    fine = cv2.resize(ramp, (window.width_px, window.height_px), interpolation=cv2.INTER_LINEAR)
    smooth: NDArray[np.float32] = (fine * fine * (3.0 - 2.0 * fine)).astype(np.float32)
    return smooth


def match_tones(
    mouth: NDArray[np.float32], own: NDArray[np.float32], mask: NDArray[np.float32], eye_distance: float
) -> NDArray[np.float32]:
    """Give a mouth the light of the frame: what differs at the mask's edge is carried smoothly inwards.

    The membrane of Perez, Gangnet and Blake ("Poisson image editing", 2003), as a factor instead of a sum, so
    that the dark of the mouth stays dark.
    """
    import cv2

    cell = cell_px(eye_distance)
    height, width = mask.shape
    size = (max(width // cell, 4), max(height // cell, 4))
    small_mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    small = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in (own, mouth)]
    ratio = np.log((np.maximum(small[0], 0) + DARKEST) / (np.maximum(small[1], 0) + DARKEST))
    ratio = np.clip(ratio, -MOST_GAIN, MOST_GAIN)
    known = ((small_mask > EDGE_RANGE[0]) & (small_mask < EDGE_RANGE[1])).astype(np.float32)
    gain = _membrane(ratio, known, TONE_REACH * eye_distance / cell)
    factor = cv2.resize(np.exp(gain), (width, height), interpolation=cv2.INTER_CUBIC)
    matched: NDArray[np.float32] = mouth * factor
    return matched


def _membrane(values: NDArray[np.float32], known: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    """Spread values from where they are known to everywhere, smoothly.

    Each pass averages over a wider neighbourhood and fills what the finer one could not reach (push-pull:
    Gortler et al., "The Lumigraph", 1996).
    """
    import cv2

    filled = np.zeros_like(values)
    left = np.ones_like(known)
    for widening in (1.0, 2.0, 4.0, 8.0):
        spread = reach * widening
        weight = cv2.GaussianBlur(known, (0, 0), spread, borderType=cv2.BORDER_REPLICATE)
        mean = cv2.GaussianBlur(values * known[..., None], (0, 0), spread, borderType=cv2.BORDER_REPLICATE)
        share = np.minimum(weight / 0.15, 1.0) * left
        filled += share[..., None] * mean / np.maximum(weight, 1e-6)[..., None]
        left = left - share
    filled += left[..., None] * mean / np.maximum(weight, 1e-6)[..., None]
    return filled


def blend(
    mouth: NDArray[np.float32], own: NDArray[np.float32], mask: NDArray[np.float32], eye_distance: float
) -> NDArray[np.float32]:
    """Cross from a frame to a new mouth: tones over the whole mask, detail near its middle.

    Args:
        mouth: R'G'B', shape (height, width, 3).
        own: The frame's, the same shape.
        mask: Shape (height, width), 0 to 1.
        eye_distance: Pixels.
    """
    detail_mask = np.clip((mask - 0.5) / DETAIL_FEATHER + 0.5, 0.0, 1.0)[..., None]
    difference = mouth - own
    tone = tones(difference, cell_px(eye_distance))
    # own + detail_mask * (detail of the difference) + mask * (tone of the difference)
    blended: NDArray[np.float32] = own + detail_mask * difference + (mask[..., None] - detail_mask) * tone
    return blended


def tones(picture: NDArray[np.float32], cell: int) -> NDArray[np.float32]:
    """Return what of a picture is coarser than a cell, at its full size.

    Args:
        picture: Shape (height, width, 3).
        cell: Pixels.
    """
    import cv2

    height, width = picture.shape[:2]
    size = (max(width // cell, 2), max(height // cell, 2))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32, copy=False)
