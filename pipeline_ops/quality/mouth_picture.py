"""Is a drawn mouth as sharp, and as steady, as the speaker's own?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINE_PX, COARSE_PX = 1.0, 3.0
"""Standard deviations of two blurs: what the first takes away is fine detail, what lies between them coarse.
Drawing twice, averaging frames or coding hard lose the one and keep the other."""

FEWEST_FRAMES = 3
"""A second difference needs three."""


def sharpness_ratio(drawn: Sequence[NDArray[np.generic]], source: Sequence[NDArray[np.generic]]) -> float:
    """Return how much fine detail drawn mouths have, in parts of what the source's own have; 1 is as much.

    Of each picture, the deviation of its fine detail over that of its coarse detail: open mouths with teeth
    have more of both than closed ones, so that the ratio of the two compares mouths of different shapes. The
    answer is the ratio of both medians.

    Args:
        drawn: Pictures of mouths at their native size, shape (height, width) or (height, width, 3), of any
            sizes.
        source: Pictures of the same speaker's mouth, cut out in the same way, of any number.

    Raises:
        ValueError: there are no pictures on one side.
    """
    if not drawn or not source:
        message = "Sharpness is compared between pictures; one side has none"
        raise ValueError(message)
    own = float(np.median([fine_detail(picture) for picture in source]))
    return float(np.median([fine_detail(picture) for picture in drawn])) / max(own, 1e-9)


def fine_detail(picture: NDArray[np.generic]) -> float:
    """Return the deviation of a picture's fine detail over that of its coarse detail.

    Args:
        picture: Shape (height, width) or (height, width, 3), any unit.
    """
    import cv2

    grey = picture.astype(np.float32)
    if grey.ndim > 2:  # noqa: PLR2004
        grey = grey.mean(axis=2)
    soft = cv2.GaussianBlur(grey, (0, 0), FINE_PX)
    softer = cv2.GaussianBlur(grey, (0, 0), COARSE_PX)
    return float((grey - soft).std() / max(float((soft - softer).std()), 1e-9))


def flicker_ratio(drawn: NDArray[np.generic], source: NDArray[np.generic]) -> float:
    """Return how jerky something moves, in parts of how jerky the source does; 1 is as steady.

    Jerkiness is the mean absolute second difference over time in parts of the mean absolute first one: what
    jumps to and fro has up to twice as much of the second as of the first, what moves evenly has none. A
    mouth that says more than the source's does moves more, and is not jerkier for that.

    Args:
        drawn: Shape (frames, ...): landmarks of a mouth without pose, or pictures of one fixed part of the
            frame. Frames that hold NaN are left out, with those next to them.
        source: The same of the source, shape (frames, ...), of any number of frames.

    Raises:
        ValueError: one side has less than three frames in a row.
    """
    return jerkiness(drawn) / max(jerkiness(source), 1e-12)


def jerkiness(values: NDArray[np.generic]) -> float:
    """Return the mean absolute second difference of values (frames, ...) in parts of the first one's.

    Raises:
        ValueError: there are less than three frames in a row.
    """
    if len(values) >= FEWEST_FRAMES:
        flat = values.reshape(len(values), -1).astype(np.float64)
        turned = np.abs(np.diff(flat, n=2, axis=0)).mean(axis=1)
        moved = np.abs(np.diff(flat, axis=0)).mean(axis=1)
        moved = (moved[1:] + moved[:-1]) / 2
        if np.isfinite(turned).any():
            return float(np.nanmean(turned) / max(np.nanmean(moved), 1e-12))
    message = f"Flicker is measured over at least {FEWEST_FRAMES} frames in a row"
    raise ValueError(message)
