"""What of a long video is measured where all of it would cost too much: evenly spread, not by chance."""

from __future__ import annotations

import numpy as np

from models.types import TimeSpan


def evenly(count: int, most: int) -> tuple[int, ...]:
    """Return at most `most` of the numbers below `count`, spread evenly, first and last among them."""
    if count <= most:
        return tuple(range(count))
    return tuple(int(place) for place in np.unique(np.linspace(0, count - 1, most).round()))


def windows(duration_s: float, window_s: float, most: int) -> tuple[TimeSpan, ...]:
    """Return at most `most` disjoint windows of equal length, spread evenly; one, if need be shorter."""
    count = max(1, min(most, int(duration_s // window_s)))
    length_s = min(window_s, duration_s)
    free_s = (duration_s - count * length_s) / count
    starts = [place * (length_s + free_s) + free_s / 2 for place in range(count)]
    return tuple(TimeSpan(start, start + length_s) for start in starts)
