"""Cuts a face's track into takes that are planned one by one, so that a long video needs no more memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_S = 30.0
"""A plan of a minute takes about 100 MB while it is made, one of half a minute half of it; talk without a
pause of half a second in fifteen is rare, so that takes end where nothing is drawn."""

AROUND_S = 2.0
"""Seen on either side of a take: what is smoothed most strongly, the speaker's face, reaches 1.2 s."""


@dataclass(frozen=True, slots=True)
class Take:
    """Frames of a track that are planned together, counted from the track's first.

    Attributes:
        first: The first frame that may be drawn.
        last: The frame after the last one.
        seen_first: The first frame that is looked at.
        seen_last: The frame after the last one.
    """

    first: int
    last: int
    seen_first: int
    seen_last: int

    def strength(self, whole: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the take's part of a track's strength, 0 in frames that are only looked at."""
        part = np.zeros(self.seen_last - self.seen_first, np.float32)
        part[self.first - self.seen_first : self.last - self.seen_first] = whole[self.first : self.last]
        return part


def takes_of(strength: NDArray[np.float32], times_s: NDArray[np.float64]) -> tuple[Take, ...]:
    """Return the takes of a track in which anything is drawn, each of at most half a minute.

    A take ends in the second half of the time that it may have, at the last frame that is not changed; where
    there is none, at the one that is changed least.

    Args:
        strength: Shape (frames,), how far each mouth is changed.
        times_s: Shape (frames,), when each frame is shown, rising.
    """
    takes = []
    first, frames = 0, len(strength)
    while first < frames:
        last = int(np.searchsorted(times_s, times_s[first] + LONGEST_S))
        if last < frames:
            earliest = max(first + 1, int(np.searchsorted(times_s, times_s[first] + LONGEST_S / 2)))
            late = strength[earliest : last + 1][::-1]
            last -= int(late.argmin())  # of equal ones, the last
        if strength[first:last].any():
            seen = np.searchsorted(times_s, [times_s[first] - AROUND_S, times_s[last - 1] + AROUND_S])
            takes.append(Take(first, last, int(seen[0]), int(seen[1])))
        first = last
    return tuple(takes)
