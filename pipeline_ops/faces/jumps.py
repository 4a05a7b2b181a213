"""Where a face jumps: somebody sat still, the recording was cut, and the face is a little elsewhere.

Such a cut changes too little of the picture to be told from a title that appears (`media/cuts.py`); the face
tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.faces.points import LEFT_EYE_OUTER, RIGHT_EYE_OUTER, STABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 0.08
"""Distances of the eyes: a smaller jump is hardly seen, and no track suffers from it."""

STANDING_OUT = 3.0
"""Times the largest step around it. No step of 2900 in twelve clips stands out so far; of jumps by more than
0.15, made by leaving out a second or two, nine in ten do."""

AROUND = 3
"""Steps on either side."""


def steps_of(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how far a head moves from each frame to the next, in distances of its eyes, shape (frames - 1,).

    Args:
        landmarks: Shape (frames, 468, 3), pixels.
    """
    eyes = landmarks[1:, LEFT_EYE_OUTER] - landmarks[1:, RIGHT_EYE_OUTER]
    moved = np.diff(landmarks[:, list(STABLE), :2].astype(np.float64), axis=0)
    steps: NDArray[np.float64] = np.linalg.norm(moved, axis=2).mean(axis=1) / np.linalg.norm(eyes, axis=1)
    return steps


def jumps_among(steps: NDArray[np.float64]) -> list[int]:
    """Return which steps are jumps; those too near to either end to be told are none.

    Args:
        steps: Shape (steps,), from `steps_of`.
    """
    found = []
    for place in range(AROUND, len(steps) - AROUND):
        around = np.concatenate([steps[place - AROUND : place], steps[place + 1 : place + AROUND + 1]])
        if steps[place] >= max(LEAST, STANDING_OUT * float(around.max())):
            found.append(place)
    return found
