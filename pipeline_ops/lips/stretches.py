"""Cuts a video's frames into stretches that are drawn and encoded on their own, in whichever process."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

LONGEST = 300
"""Ten seconds at 30 Hz: long enough that finding the keyframe before it costs little, short enough that two
processes share even a clip of half a minute evenly."""


def stretches_of(
    frame_count: int, shot_starts: Sequence[int], *, seekable: bool = True
) -> tuple[tuple[int, int], ...]:
    """Return (first, last) for each stretch, `last` not included: shots, long ones cut into equal parts.

    A video in which nothing can be sought is one stretch: each one would be decoded from the beginning. The
    stretches depend on nothing but the video, so that the result has the same bytes however many processes
    share the work, and where one was killed.
    """
    if not seekable:
        return ((0, frame_count),)
    starts = sorted({0, *(start for start in shot_starts if 0 < start < frame_count), frame_count})
    stretches: list[tuple[int, int]] = []
    for first, last in itertools.pairwise(starts):
        parts = -(-(last - first) // LONGEST)
        edges = [first + (last - first) * part // parts for part in range(parts + 1)]
        stretches.extend(itertools.pairwise(edges))
    return tuple(stretches)
