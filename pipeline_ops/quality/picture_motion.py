"""Does the finished picture move where the original's does?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_SIDE_PX = 96
"""Of the pictures that are compared: a sensor's noise is averaged away, a talking head's mouth is left."""

MOVING_SHARE = 0.05
"""Of the picture: a talking head before a wall moves no more of it than that."""

LEAST_MOTION = 2.0
"""In steps of 255: below it nobody is sure that the original moves."""

FROZEN_BELOW = 0.2
"""In parts of the original's motion."""


def motion(pictures: Sequence[NDArray[np.float32]]) -> float:
    """Return how much moves from picture to picture: the mean change of the part that changes most.

    Unit: steps of 255. Source: mean absolute difference of frames, of the most changed twentieth of the
    picture. Noise: that of a sensor and of coding, some tenths of a step.

    Args:
        pictures: Grey, each of shape (height, width), at least two, 0 to 255.
    """
    changes = np.mean(np.abs(np.diff(np.stack(pictures), axis=0)), axis=0).ravel()
    most = max(1, round(MOVING_SHARE * len(changes)))
    return float(np.mean(np.partition(changes, -most)[-most:]))


def frozen_share(
    moments: Iterable[tuple[Sequence[NDArray[np.float32]], Sequence[NDArray[np.float32]]]],
) -> float | None:
    """Return the share of moments in which the original moves and the finished picture stands still.

    Unit: none, 0 to 1. Direction: lower is better; a picture that was copied or drawn well has 0. Source:
    `motion` of both, held against each other. Noise: none seen; a picture with new lips moved 0.83 to 1.01
    times as much as its original, a frozen one 0.00 times. None where the original moves nowhere.

    Args:
        moments: Of each, the original's pictures and the finished ones, as many; fewer than two tell nothing.
    """
    frozen = [
        motion(after) < FROZEN_BELOW * before_motion
        for before, after in moments
        if min(len(before), len(after)) > 1 and (before_motion := motion(before)) >= LEAST_MOTION
    ]
    return round(sum(frozen) / len(frozen), 4) if frozen else None
