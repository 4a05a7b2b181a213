"""What a mouth knows of speech: its encoding around each frame, freed of what is slower than syllables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.faces.mouth_motion import RATE_HZ, slow_window, without_slow
from models.types import ENCODING_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.types import SpeechEncoding

TAPS = 1
"""A mouth is foretold from the moments at its frame and a frame (40 ms) before and after it; none foretells
speakers left out worse (0.49 against 0.52), two no better."""


def sound_around(encoding: SpeechEncoding, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is said around each frame, shape (frames, 3 * width), without its slow part.

    A mean and whatever else does not change (voice, room, microphone) fall out with the slow part.

    Args:
        encoding: Beyond its ends, its first and last moment go on.
        times_s: Shape (frames,): consecutive frames at 25 Hz, the middle of each.
    """
    margin_s = np.arange(1, len(slow_window()) // 2 + 1) / RATE_HZ
    wider_s = np.concatenate([times_s[0] - margin_s[::-1], times_s, times_s[-1] + margin_s])
    taps = [moments_at(encoding, wider_s + tap / RATE_HZ) for tap in range(-TAPS, TAPS + 1)]
    around: NDArray[np.float64] = without_slow(np.concatenate(taps, axis=1))
    return around[len(margin_s) : len(margin_s) + len(times_s)]


def moments_at(encoding: SpeechEncoding, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is said at any times, shape (times, width), between moments by a line.

    Args:
        encoding: Beyond its ends, its first and last moment go on.
        times_s: Shape (times,).
    """
    moments = encoding.moments
    place = np.clip((times_s - encoding.start_s) * ENCODING_RATE_HZ - 0.5, 0.0, len(moments) - 1.0)
    before = np.minimum(place.astype(np.intp), max(len(moments) - 2, 0))
    after = np.minimum(before + 1, len(moments) - 1)
    share = (place - before)[:, None]
    at: NDArray[np.float64] = moments[before] * (1.0 - share) + moments[after] * share
    return at
