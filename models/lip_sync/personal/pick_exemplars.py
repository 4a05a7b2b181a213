"""Which frames of a long footage are kept as pictures: few enough to store, with every kind of mouth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.lip_sync.personal.distances import distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_EXEMPLARS = 360
"""Twelve to fourteen seconds of mouths; at 1080 lines about a hundred megabytes."""

RUN_FRAMES = 12
"""Kept together: half a second, two syllables. Footage played on looks natural, jumps may not."""

RUN_STEP = 4
MOST_POINTS = 1500
"""Coverage is measured on at most so many frames of the footage, evenly spaced."""


def pick_exemplars(
    features: NDArray[np.float64], usable: NDArray[np.bool_], most: int = MOST_EXEMPLARS
) -> NDArray[np.intp]:
    """Return the frames to keep, rising: all usable ones, or runs of them that lie close to all others.

    Greedy facility location (Nemhauser, Wolsey and Fisher, 1978): the next run is always the one that brings
    the footage closest to what is kept.

    Args:
        features: Shape (frames, values), what tells frames apart; distances of about 1 are usual.
        usable: Shape (frames,), bool.
        most: How many to keep.
    """
    numbers = np.flatnonzero(usable)
    if len(numbers) <= most:
        return numbers
    runs = _runs(numbers)
    points = numbers[np.unique(np.linspace(0, len(numbers) - 1, MOST_POINTS).round().astype(int))]
    # How far each point of the footage is from the nearest frame of each run.
    reach = np.stack([distances(features[points], features[run]).min(axis=1) for run in runs])
    nearest = np.full(len(points), reach.max() + 1.0)
    kept: set[int] = set()
    left = list(range(len(runs)))
    while left:
        gains = np.maximum(nearest - reach[left], 0.0).sum(axis=1)
        best = left.pop(int(gains.argmax()))
        if len(kept | set(runs[best].tolist())) > most:
            break
        kept |= set(runs[best].tolist())
        nearest = np.minimum(nearest, reach[best])
    return np.array(sorted(kept), np.intp)


def _runs(numbers: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return overlapping runs of consecutive frames; a stretch shorter than a run is one by itself."""
    runs = []
    for stretch in np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1):
        starts = range(0, max(len(stretch) - RUN_FRAMES, 0) + 1, RUN_STEP)
        runs += [stretch[start : start + RUN_FRAMES] for start in starts]
    return runs
