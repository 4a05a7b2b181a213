"""Maps between pictures of one face: smooth, solved from points, evaluated on a coarse grid, sampled once.

Thin-plate splines: Bookstein, "Principal warps", 1989; smoothed as by Wahba, "Spline models", 1990.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS_A_WINDOW = 26
"""Nodes along a window's longer side. Splines are smooth: between nodes, cubics follow them closely."""


FINEST_LIFT = 0.03
"""What a cubic kernel loses half-way between two pixels, and is lifted by there: the strength of the filter
1 + c (2 - 2 cos w)^2 that brings the fine detail of natural pictures back (power falling as 1 / w^3). In
between, its loss goes with the third power of 4 f (1 - f), f being the fraction of a pixel."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of a picture, in whole pixels."""

    left_px: int
    top_px: int
    width_px: int
    height_px: int

    @property
    def right_px(self) -> int:
        """The first column beyond it."""
        return self.left_px + self.width_px

    @property
    def bottom_px(self) -> int:
        """The first row below it."""
        return self.top_px + self.height_px

    def within(self, other: Window) -> Window:
        """Return what both cover; its sides are 0 where they do not meet."""
        left, top = max(self.left_px, other.left_px), max(self.top_px, other.top_px)
        width = max(min(self.right_px, other.right_px) - left, 0)
        height = max(min(self.bottom_px, other.bottom_px) - top, 0)
        return Window(left, top, width, height)


def window_around(points: NDArray[np.floating], margin_px: float) -> Window:
    """Return the smallest window with all points, shape (points, 2), and a margin about them."""
    left, top = np.floor(points.min(axis=0) - margin_px).astype(int)
    right, bottom = np.ceil(points.max(axis=0) + margin_px).astype(int)
    return Window(int(left), int(top), int(right - left) + 1, int(bottom - top) + 1)


def spline(
    at: NDArray[np.float64], values: NDArray[np.float64], query: NDArray[np.float64], smoothing: float
) -> NDArray[np.float64]:
    """Return a thin-plate spline through values at points, evaluated elsewhere, shape (queries, k).

    Args:
        at: Shape (points, 2), spread over about one unit.
        values: Shape (points, k).
        query: Shape (queries, 2).
        smoothing: 0 passes through all values; more bends less.
    """
    count = len(at)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(at, at) + smoothing * np.eye(count)
    system[:count, count] = system[count, :count] = 1.0
    system[:count, count + 1 :] = at
    system[count + 1 :, :count] = at.T
    weights = np.linalg.solve(system, np.concatenate([values, np.zeros((3, values.shape[1]))]))
    plane = weights[count] + query @ weights[count + 1 :]
    bent: NDArray[np.float64] = plane + _kernel(query, at) @ weights[:count]
    return bent


def _kernel(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return r^2 log r between all points; written with r^2 alone, so that no root is taken."""
    squared = np.sum(one**2, axis=1)[:, None] + np.sum(other**2, axis=1)[None, :] - 2.0 * one @ other.T
    squared = np.maximum(squared, 1e-12)
    kernel: NDArray[np.float64] = 0.5 * squared * np.log(squared)
    return kernel


def shift_field(
    seen: NDArray[np.float64], wanted: NDArray[np.float64], window: Window, smoothing: float
) -> NDArray[np.float32]:
    """Return for each pixel of a window by how much to look elsewhere, shape (height, width, 2), x then y.

    Args:
        seen: Shape (points, 2), where points lie in the picture that is looked at, pixels.
        wanted: Shape (points, 2), where they are to lie in the window's picture, pixels.
        window: What is drawn.
        smoothing: Of the spline, in square units of the window's longer side.
    """
    import cv2

    size = float(max(window.width_px, window.height_px))
    step = max(int(np.ceil(size / STEPS_A_WINDOW)), 1)
    columns, rows = -(-window.width_px // step) + 2, -(-window.height_px // step) + 2
    # A node sits where cv2.resize takes the centre of its cell to be; one cell more on every side.
    x = (np.arange(columns) - 0.5) * step - 0.5 + window.left_px
    y = (np.arange(rows) - 0.5) * step - 0.5 + window.top_px
    nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    middle = wanted.mean(axis=0)
    shifts = spline((wanted - middle) / size, seen - wanted, (nodes - middle) / size, smoothing)
    coarse = shifts.reshape(rows, columns, 2).astype(np.float32)
    fine = cv2.resize(coarse, (columns * step, rows * step), interpolation=cv2.INTER_CUBIC)
    field = fine[step : step + window.height_px, step : step + window.width_px]
    return np.ascontiguousarray(field, np.float32)


def sample(
    picture: NDArray[np.float32],
    left_px: int,
    top_px: int,
    window: Window,
    shifts: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Draw a window by looking up each of its pixels in another picture, once, with a cubic kernel.

    What the kernel loses of the finest detail, the more the farther from a pixel's middle it looks, is made
    up for; what is not shifted keeps its very bits.

    Args:
        picture: Shape (height, width) or (height, width, channels).
        left_px: Where the picture's first column lies in the coordinates of the shifted points.
        top_px: Where its first row lies.
        window: What is drawn.
        shifts: Shape (height, width, 2), as of `shift_field`.
    """
    import cv2

    x = np.arange(window.left_px - left_px, window.right_px - left_px, dtype=np.float32)
    y = np.arange(window.top_px - top_px, window.bottom_px - top_px, dtype=np.float32)
    drawn: NDArray[np.float32] = cv2.remap(
        picture,
        shifts[..., 0] + x[None, :],
        shifts[..., 1] + y[:, None],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32, copy=False)
    fractions = shifts - np.floor(shifts)
    lifts = np.float32(FINEST_LIFT) * (4.0 * fractions * (1.0 - fractions)) ** 3
    if drawn.ndim > lifts.ndim - 1:
        lifts = lifts[..., None, :]
    drawn += lifts[..., 0] * _finest(drawn, along=1)
    drawn += lifts[..., 1] * _finest(drawn, along=0)
    return drawn


def _finest(picture: NDArray[np.float32], *, along: int) -> NDArray[np.float32]:
    """Return the finest detail of a picture along its rows (1) or columns (0): the filter (2 - 2 cos w)^2."""
    import cv2

    taps, alone = np.array([1.0, -4.0, 6.0, -4.0, 1.0]), np.ones(1)
    rows, columns = (taps, alone) if along == 1 else (alone, taps)
    detail: NDArray[np.float32] = cv2.sepFilter2D(
        picture, -1, rows, columns, borderType=cv2.BORDER_REPLICATE
    ).astype(np.float32, copy=False)
    return detail
