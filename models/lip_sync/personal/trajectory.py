"""Turns a row of chosen mouths and predicted shapes into one smooth movement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOUTH_PULL = 1.0
"""How strongly a frame's shape is held to that of the real mouth that is shown."""

PREDICTION_PULL = 6.0
"""How strongly to the predicted shape. The mouths that are chosen lie within an eighth of a deviation of what
is drawn, so that bending them does not look false, and what the footage does not hold is made up for."""

SPEED_PULL = 1.5
"""How strongly movement is held to that of the footage: jumps spread over about a frame on either side."""


def move_smoothly(
    chosen: NDArray[np.float64],
    speeds: NDArray[np.float64],
    predicted: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the shapes that are drawn, shape (frames, components): least squares of three wishes.

    Each shape is near that of the mouth that is shown and near the prediction, and moves from frame to frame
    as the footage does.

    Args:
        chosen: Shape (frames, components), of the real mouths.
        speeds: Shape (frames - 1, components), how the footage moves from each frame to the next.
        predicted: Shape (frames, components).
    """
    import scipy.linalg

    frames = len(chosen)
    asked = MOUTH_PULL * chosen + PREDICTION_PULL * predicted
    diagonal = np.full(frames, MOUTH_PULL + PREDICTION_PULL)
    diagonal[:-1] += SPEED_PULL
    diagonal[1:] += SPEED_PULL
    asked[:-1] -= SPEED_PULL * speeds
    asked[1:] += SPEED_PULL * speeds
    bands = np.zeros((2, frames))
    bands[0, 1:] = -SPEED_PULL
    bands[1] = diagonal
    moved: NDArray[np.float64] = scipy.linalg.solveh_banded(bands, asked)
    return moved


def footage_speeds(
    shapes: NDArray[np.float64], follows: NDArray[np.bool_], path: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return how the footage moves at each step of a path, shape (frames - 1, components).

    Where the path jumps, the mean of how the one mouth went on and how the other came about.

    Args:
        shapes: Shape (mouths, components).
        follows: Shape (mouths,), bool: filmed right after the one before.
        path: Shape (frames,), numbers of mouths.
    """
    into = np.zeros_like(shapes)
    into[1:][follows[1:]] = np.diff(shapes, axis=0)[follows[1:]]
    onwards = np.zeros_like(shapes)
    onwards[:-1][follows[1:]] = into[1:][follows[1:]]
    speeds = 0.5 * (onwards[path[:-1]] + into[path[1:]])
    plays_on = (path[1:] == path[:-1] + 1) & follows[path[1:]]
    speeds[plays_on] = into[path[1:][plays_on]]
    return speeds
