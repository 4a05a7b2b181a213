"""Where a head is to a tenth of a pixel: the picture around the base of the nose is laid on the typical one.

Landmarks tremble by about one hundredth of the eyes' distance; a mouth laid in by them would swim on the
face. Gauss-Newton registration: Lucas and Kanade, 1981, in the inverse form of Baker and Matthews, 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.lip_sync.personal.warp import spline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.faces.geometry import Pose
    from models.types import FaceFrame

SPACING = 0.0125
"""Of the eyes' distance, between samples: about one pixel of a face in a small video."""

HALF_WIDTH = 0.40
ABOVE_BASE = 0.14
BELOW_BASE = 0.08
"""Nostrils, the skin under the nose, and the cheeks at their height: close to the mouth, and moved little by
speech. Reaching up to the tip and the ridge of the nose laid the skin above the lips less exactly."""

NOSE_BASE = 2

SURFACE = (
    *(6, 197, 195, 5, 4, 1, 19, 94, 2, 97, 326, 98, 327, 129, 358, 45, 275, 44, 274, 48, 278, 220, 440),
    *(122, 351, 174, 399, 198, 420, 131, 360, 49, 279, 209, 429, 126, 355, 217, 437, 114, 343, 188, 412),
    *(36, 266, 142, 371, 100, 329, 101, 330, 50, 280, 205, 425, 203, 423, 206, 426, 118, 347, 117, 346),
    *(133, 362, 33, 263, 116, 345, 123, 352, 187, 411, 207, 427, 119, 348, 120, 349, 47, 277, 121, 350),
)
"""Points that tell how far nose and cheeks stand out."""

RIM = 3
"""Samples at the edge that do not count: after a shift they come from beyond the grid."""

PASSES = 8
FINE_ENOUGH = 0.002
"""In samples: a further pass would move the picture by nothing that shows."""

FURTHEST = 0.04
"""Of the eyes' distance: landmarks err less; a registration that goes further has lost its way."""

SURE = 0.6
"""Correlation with the typical picture below which it is covered or blurred, and landmarks alone count."""

ROUNDS = 3
"""Of laying all pictures on their mean; a fourth moves them by under a hundredth of a pixel."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The typical look of the base of the nose, sampled on a grid that lies on the reference face.

    Attributes:
        grid: Shape (rows, columns, 3), eye distances, on the reference's surface.
        look: Shape (rows, columns), the typical picture, mean 0 and deviation 1.
        weights: Shape (rows, columns), how little it changes from frame to frame, 0 to 1.
    """

    grid: NDArray[np.float64]
    look: NDArray[np.float64]
    weights: NDArray[np.float64]

    def offset(self, frame: FaceFrame, pose: Pose) -> NDArray[np.float64]:
        """Return by how much a frame's face lies off where its pose says, (x, y), in eye distances."""
        offset, _ = register(look_at(frame, pose, self.grid, SPACING), self)
        return offset


def anchor_grid(reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points about the base of the nose of a reference face, evenly spaced as seen from the front."""
    base = reference[NOSE_BASE]
    x = np.arange(-HALF_WIDTH, HALF_WIDTH + SPACING / 2, SPACING) + base[0]
    y = np.arange(-ABOVE_BASE, BELOW_BASE + SPACING / 2, SPACING) + base[1]
    flat = np.stack(np.meshgrid(x, y), axis=-1)
    surface = reference[list(SURFACE)]
    depth = spline(surface[:, :2], surface[:, 2:], flat.reshape(-1, 2), 1e-4)
    return np.concatenate([flat, depth.reshape(*flat.shape[:2], 1)], axis=-1)


def look_at(frame: FaceFrame, pose: Pose, grid: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """Return the brightness of a frame at a grid's points, shape (rows, columns), mean 0 and deviation 1.

    Args:
        frame: The picture.
        pose: Of the head in the frame.
        grid: Shape (rows, columns, 3), reference units.
        spacing: Of the grid, reference units.
    """
    import cv2

    corner = (frame.left_px, frame.top_px)
    places = pose.to_frame(grid.reshape(-1, 3))[:, :2].reshape(*grid.shape[:2], 2) - corner
    spread_px = spacing / pose.scale
    margin_px = int(np.ceil(2 * spread_px)) + 3
    low = np.clip(np.floor(places.min(axis=(0, 1))) - margin_px, 0, None).astype(int)
    high = np.clip(np.ceil(places.max(axis=(0, 1))) + margin_px, 0, None).astype(int)
    part = frame.pixels[low[1] : high[1], low[0] : high[0]]
    if part.size == 0:
        return np.zeros(grid.shape[:2])
    brightness = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    if spread_px > 1.0:  # samples lie further apart than pixels: what is finer would alias
        brightness = cv2.GaussianBlur(brightness, (0, 0), 0.5 * spread_px)
    x, y = np.moveaxis((places - low).astype(np.float32), -1, 0)
    seen = cv2.remap(brightness, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float64)
    standard: NDArray[np.float64] = (seen - seen.mean()) / (seen.std() + 1e-6)
    return standard


def register(look: NDArray[np.float64], anchor: Anchor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by how much a look lies off the typical one, (x, y) in eye distances, and it laid on that.

    The point at `u` of the typical picture is at `u + offset` of this one. A picture that cannot be laid on
    the typical one stays where it is.
    """
    slope_y, slope_x = np.gradient(anchor.look)
    weights = np.zeros_like(anchor.weights)
    weights[RIM:-RIM, RIM:-RIM] = anchor.weights[RIM:-RIM, RIM:-RIM]
    # Besides being shifted, a look may differ in contrast and brightness.
    steepest = np.stack([slope_x, slope_y, anchor.look, np.ones_like(look)], axis=-1).reshape(-1, 4)
    weighed = steepest.T * weights.reshape(-1)
    normal = weighed @ steepest + 1e-9 * np.eye(4)
    offset, laid = np.zeros(2), look
    for _ in range(PASSES):
        step = np.linalg.solve(normal, weighed @ (laid - anchor.look).reshape(-1))[:2]
        offset = offset - step
        laid = shifted(look, offset)
        if np.abs(step).max() < FINE_ENOUGH:
            break
    lost = np.abs(offset).max() * SPACING > FURTHEST or _correlation(laid, anchor.look, weights) < SURE
    return (np.zeros(2), look) if lost else (offset * SPACING, laid)


def shifted(look: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what lies at an offset (x, y), in samples, from each sample."""
    import cv2

    rows, columns = look.shape
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    moved: NDArray[np.float64] = cv2.remap(
        look.astype(np.float32),
        x + np.float32(offset[0]),
        y + np.float32(offset[1]),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float64)
    return moved


def learn_anchor(grid: NDArray[np.float64], looks: NDArray[np.float64]) -> tuple[Anchor, NDArray[np.float64]]:
    """Lay many looks of one face on each other; return the typical one and each one's offset.

    Args:
        grid: Shape (rows, columns, 3).
        looks: Shape (pictures, rows, columns), as of `look_at`.
    """
    anchor = Anchor(grid, looks.mean(axis=0), np.ones(grid.shape[:2]))
    offsets = np.zeros((len(looks), 2))
    for _ in range(ROUNDS):
        laid = np.empty_like(looks)
        for number, look in enumerate(looks):
            offsets[number], laid[number] = register(look, anchor)
        typical, varied = laid.mean(axis=0), laid.var(axis=0)
        typical = (typical - typical.mean()) / (typical.std() + 1e-6)
        anchor = Anchor(grid, typical, 1.0 / (1.0 + varied / max(float(np.median(varied)), 1e-6)))
    return anchor, offsets


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    total = weights.sum()
    first = one - (one * weights).sum() / total
    second = other - (other * weights).sum() / total
    product = float((weights * first * second).sum())
    return product / float(np.sqrt((weights * first**2).sum() * (weights * second**2).sum()) + 1e-12)
