"""How a mouth moves: six of its measures at 25 Hz, freed of pose and of what is slower than syllables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.geometry import reference_face, without_pose
from models.faces.points import (
    CHIN_TIP,
    LOWER_LIP_BOTTOM,
    LOWER_LIP_INNER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_TIP,
    UPPER_LIP_INNER,
    UPPER_LIP_TOP,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 25.0
"""The slowest usual frame rate: nothing is made up for it, and syllables (4 to 8 Hz) are well below half."""

LONGEST_BRIDGE_S = 0.12
"""Two frames further apart are not joined by a line: a phone in the dark still gives one each 67 ms."""

SLOW_S = 0.64
"""What moves more slowly than this (expressions, the head, what is left of its pose) is taken away: it goes
with foreign sound as often as with the own. Of 0.3 to 1.2 s, 0.5 to 0.8 s tell the own sound best."""

LARGEST = 3.0
"""In standard deviations: a landmark that slips counts no more than a wide open mouth."""

FEWEST_NEAR = 0.5
"""A frame counts where at least half of its surroundings, over which the slow part is taken, is seen."""

REFERENCE_FRAMES = 500
BLOCK_FRAMES = 1000
"""Of a long video: enough for a median face, and what is held in double precision at a time."""

MEASURES = ("opening", "width", "upper_lip", "corners", "lower_lip", "chin")
"""The parts that the drop of the jaw consists of, from the nose down: height of the upper lip below the nose,
opening, thickness of the lower lip, chin; the mouth's width; the height of its corners. Further measures
(lips' height and thickness, inner width, the jaw itself) foretell nothing more of speakers left out."""


@dataclass(frozen=True, slots=True)
class MouthMotion:
    """A mouth at 25 Hz.

    Attributes:
        times_s: Shape (frames,): multiples of 40 ms, the middle of what each frame shows.
        motion: Shape (frames, 6): deviations of the measures from their own course over 0.64 s, each with
            mean 0 and standard deviation 1 over the frames that are seen; 0 elsewhere.
        seen: Shape (frames,), bool.
    """

    times_s: NDArray[np.float64]
    motion: NDArray[np.float64]
    seen: NDArray[np.bool_]


def mouth_motion(
    landmarks: NDArray[np.float32], times_s: NDArray[np.float64], usable: NDArray[np.bool_]
) -> MouthMotion | None:
    """Return how a mouth moves, or None where no frame can be used.

    Args:
        landmarks: Shape (frames, 468, 3), pixels; NaN where there is no face.
        times_s: Shape (frames,): when each frame is shown, rising, in steps of any size.
        usable: Shape (frames,): which frames count.
    """
    used = usable & np.isfinite(landmarks[:, 0, 0])
    if np.count_nonzero(used) < 2:  # noqa: PLR2004  a line needs two ends
        return None
    faces = np.flatnonzero(used)
    reference = reference_face(landmarks[faces[:: 1 + len(faces) // REFERENCE_FRAMES]])
    blocks = (faces[first : first + BLOCK_FRAMES] for first in range(0, len(faces), BLOCK_FRAMES))
    measures = np.concatenate([_measures(without_pose(landmarks[block], reference)[0]) for block in blocks])
    middles_s = times_s[faces] + float(np.median(np.diff(times_s))) / 2
    grid_s = np.arange(np.ceil(middles_s[0] * RATE_HZ), np.floor(middles_s[-1] * RATE_HZ) + 1) / RATE_HZ
    if not len(grid_s):
        return None
    after = np.clip(np.searchsorted(middles_s, grid_s), 1, len(middles_s) - 1)
    seen = middles_s[after] - middles_s[after - 1] <= LONGEST_BRIDGE_S
    course = between_times(grid_s, middles_s, measures)
    slow, coverage = _weighted_mean(course, seen, slow_window())
    seen &= coverage >= FEWEST_NEAR
    motion = (course - slow) * seen[:, None]
    return MouthMotion(grid_s, _standardised(motion, seen), seen)


def without_slow(course: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take the slow part from what a sound lets expect, as it is taken from the mouth.

    Args:
        course: Shape (frames, any), at 25 Hz, without gaps.
    """
    return course - smoothed_course(course, np.ones(len(course), dtype=bool))


def between_times(
    wanted_s: NDArray[np.float64], times_s: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what was measured at some times at others, between them by a line, shape (wanted, columns).

    Args:
        wanted_s: Shape (wanted,).
        times_s: Shape (times,), rising.
        values: Shape (times, columns).
    """
    return np.stack([np.interp(wanted_s, times_s, column) for column in values.T], axis=1)


def smoothed_course(course: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the slow part of anything that was seen of a mouth, shape (frames, any).

    Args:
        course: Shape (frames, any), at 25 Hz.
        seen: Shape (frames,): which frames count.
    """
    return _weighted_mean(course, seen, slow_window())[0]


def slow_window() -> NDArray[np.float64]:
    """Return the weights over which the slow part is taken: Hann's, `SLOW_S` wide."""
    window = np.hanning(round(SLOW_S * RATE_HZ) // 2 * 2 + 3)[1:-1]
    normalised: NDArray[np.float64] = window / window.sum()
    return normalised


def _measures(aligned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the six measures, shape (frames, 6), of faces without pose."""

    def distance(one: int, other: int) -> NDArray[np.float64]:
        apart: NDArray[np.float64] = np.linalg.norm(aligned[:, one] - aligned[:, other], axis=-1)
        return apart

    height = aligned[:, :, 1]
    return np.stack(
        [
            distance(UPPER_LIP_INNER, LOWER_LIP_INNER),
            distance(MOUTH_LEFT, MOUTH_RIGHT),
            height[:, UPPER_LIP_TOP] - height[:, NOSE_TIP],
            (height[:, MOUTH_LEFT] + height[:, MOUTH_RIGHT]) / 2 - height[:, NOSE_TIP],
            distance(LOWER_LIP_INNER, LOWER_LIP_BOTTOM),
            distance(LOWER_LIP_BOTTOM, CHIN_TIP),
        ],
        axis=1,
    )


def _weighted_mean(
    course: NDArray[np.float64], seen: NDArray[np.bool_], window: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean over a window of the frames that are seen, and their share of the window's weight."""
    from scipy.ndimage import convolve1d

    weight = seen.astype(np.float64)
    coverage = convolve1d(weight, window, mode="constant")
    total = convolve1d(course * weight[:, None], window, axis=0, mode="constant")
    return total / np.maximum(coverage, 1e-9)[:, None], coverage


def _standardised(motion: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give each measure mean 0 and deviation 1 over the frames that are seen, and cut what slipped."""
    if not seen.any():
        return motion
    mean, deviation = motion[seen].mean(axis=0), motion[seen].std(axis=0)
    standardised: NDArray[np.float64] = (motion - mean) / np.maximum(deviation, 1e-9)
    return np.clip(standardised, -LARGEST, LARGEST) * seen[:, None]
