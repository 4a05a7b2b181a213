"""Where a video is cut: changes of the picture's edges that neither movement nor light explains.

Two neighbouring frames are compared by the edges of small grey copies, laid over each other as they fit best:
a camera that pans moves all edges alike, and a light that comes on leaves them where they are. A flash comes
back to where it began, and a camera that is swung around goes on for longer than a cut. Dissolves and fades
are no cuts here: there is no frame at which the picture changes.

Method after Zabih, Miller and Mai, "A feature-based algorithm for detecting and classifying production
effects", 1999 (edges, after motion compensation), with normalised correlation instead of edge pixels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")

SIDE_PX = 64
"""Of the grey copies: small enough to lose grain and text, large enough to show a person's outline."""

REACH_PX = 8
"""Copies are shifted by at most an eighth of their side: a pan by the picture's width in eight frames."""

NOISE_ENERGY = 4.0
"""Mean square of slopes, in code values, that grain leaves in the copies: without edges all is alike."""

CELLS = 8
"""Along each side, of which each is compared on its own."""

LEAST_CLEAR = 1.0
"""Where all cells together have edges worth less than one clear cell, there is nothing to compare."""

UNLIKE = 0.5
"""Frames of two different ones of 13 clips differ by 0.52 or more, by 0.78 in all but the nearest twentieth;
neighbouring frames of one clip by 0.39 at most, where a head that fills the picture turns."""

AROUND = 3
"""Frames on either side that are weighed. Flashes, and white frames between two shots, are over within as
many; a shot shorter than this is no shot to work on."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Slopes of a small grey copy of a picture, shape (2, 64, 64): across, then down."""

    slopes: NDArray[np.float32]


def edges_of(image: NDArray[np.uint8]) -> Edges:
    """Return the edges of a picture.

    Args:
        image: R'G'B', shape (height, width, 3), of any size.
    """
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    across = np.diff(small, axis=1, append=small[:, -1:])
    down = np.diff(small, axis=0, append=small[-1:])
    return Edges(np.stack([across, down]))


def change_between(one: Edges, other: Edges) -> float:
    """Return how much the picture changed, 0 for not at all and 1 for altogether, whatever moved alike.

    Each cell of the picture that has edges in either counts alike: a title that appears changes a few cells,
    however strong its edges are.
    """
    down, across = _best_shift(one, other)
    here = one.slopes[:, _kept(down), _kept(across)]
    there = other.slopes[:, _kept(-down), _kept(-across)]
    alike, energy, other_energy = _cell_means(np.stack([here * there, here**2, there**2])) + NOISE_ENERGY
    changes = 1.0 - np.clip(alike / np.sqrt(energy * other_energy), 0.0, 1.0)
    clear = 1.0 - NOISE_ENERGY / np.maximum(energy, other_energy)
    return float(np.sum(changes * clear) / max(float(np.sum(clear)), LEAST_CLEAR))


def _best_shift(one: Edges, other: Edges) -> tuple[int, int]:
    """Return how many rows and columns the second picture's edges lie before the first one's."""
    size = SIDE_PX + REACH_PX
    spectra = [np.fft.rfft2(edges.slopes, s=(size, size)) for edges in (one, other)]
    fits = np.fft.irfft2((spectra[0] * spectra[1].conj()).sum(axis=0), s=(size, size))
    reach = np.r_[0 : REACH_PX + 1, -REACH_PX:0]
    best = np.unravel_index(np.argmax(fits[np.ix_(reach, reach)]), (len(reach), len(reach)))
    return int(reach[best[0]]), int(reach[best[1]])


def _cell_means(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return sums over both directions of slopes, averaged over cells, shape (values, 8, 8).

    Args:
        values: Shape (values, 2, rows, columns).
    """
    total = values.sum(axis=1, dtype=np.float64)
    rows, columns = (np.linspace(0, length, CELLS + 1).astype(int) for length in total.shape[1:])
    cells = np.add.reduceat(np.add.reduceat(total, rows[:-1], axis=1), columns[:-1], axis=2)
    means: NDArray[np.float64] = cells / np.outer(np.diff(rows), np.diff(columns))
    return means


def _kept(shift_px: int) -> slice:
    """Return the rows or columns that are still in both pictures when one is shifted."""
    return slice(max(0, shift_px), SIDE_PX + min(0, shift_px))


def unlike_around(changes: Sequence[float]) -> tuple[int, int] | None:
    """Return where a cut may lie: the first and the last change of a short turmoil whose peak is the middle.

    Args:
        changes: From each frame to the next, 2 * `AROUND` + 1 of them.

    Returns:
        Two positions in `changes`, or None where the middle is no peak, or the turmoil is not short.
    """
    middle = changes[AROUND]
    if middle < UNLIKE or middle <= max(changes[:AROUND]) or middle < max(changes[AROUND + 1 :]):
        return None
    unlike = [place for place, change in enumerate(changes) if change >= UNLIKE]
    return (unlike[0], unlike[-1]) if len(unlike) <= AROUND else None


def mark_cuts(frames: Iterable[T], picture: Callable[[T], NDArray[np.uint8]]) -> Iterator[tuple[T, bool]]:
    """Yield each frame with whether a shot begins with it; the first one does.

    It holds back `AROUND` frames and no more.

    Args:
        frames: In order.
        picture: Gives a frame's picture as R'G'B', of any size.
    """
    window: deque[_Seen[T]] = deque(maxlen=2 * AROUND + 2)
    """The frames whose changes are weighed, and the one before them."""
    waiting = 0
    for frame in frames:
        edges = edges_of(picture(frame))
        window.append(_Seen(frame, edges, change_between(window[-1].edges, edges) if window else 1.0))
        waiting += 1
        if waiting > AROUND:
            yield _judged(window, waiting)
            waiting -= 1
    while waiting:
        yield _judged(window, waiting)
        waiting -= 1


@dataclass(frozen=True, slots=True)
class _Seen(Generic[T]):
    """A frame and the change into it."""

    frame: T
    edges: Edges
    change: float


def _judged(window: Sequence[_Seen[T]], waiting: int) -> tuple[T, bool]:
    """Return the first of the frames that wait, the last ones of the window, with whether a shot begins."""
    seen = list(window)
    middle = len(seen) - waiting
    if middle == 0:
        return seen[0].frame, True
    first = middle - AROUND
    places = range(first, first + 2 * AROUND + 1)
    # The change into the very first frame is none: nothing is before it.
    changes = [seen[place].change if 0 < place < len(seen) else 0.0 for place in places]
    turmoil = unlike_around(changes)
    begins = turmoil is not None and (
        change_between(seen[first + turmoil[0] - 1].edges, seen[first + turmoil[1]].edges) >= UNLIKE
    )
    return seen[middle].frame, begins
