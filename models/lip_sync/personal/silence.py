"""When nothing is said: lips rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 16_000
LOUD_PERCENTILE = 95.0

SILENT_BELOW = 5.0
"""Natural log of power under the loud parts: 22 dB down there is no speech, only its echo and breath."""

LEVEL_WINDOW = 640
"""40 ms, about a frame."""


def is_silent(speech: NDArray[np.float32], times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether a sound is far below its own loud parts at each time; beyond its ends it is.

    Args:
        speech: Mono, shape (samples,), at 16 kHz.
        times_s: Shape (frames,).
    """
    energy = np.concatenate([[0.0], np.cumsum(speech.astype(np.float64) ** 2)])

    def power(middles: NDArray[np.intp]) -> NDArray[np.float64]:
        first, last = (
            np.clip(middles + half, 0, len(speech)) for half in (-LEVEL_WINDOW // 2, LEVEL_WINDOW // 2)
        )
        mean: NDArray[np.float64] = (energy[last] - energy[first]) / LEVEL_WINDOW
        return mean

    everywhere = power(np.arange(0, len(speech) + 1, LEVEL_WINDOW))
    loud = np.percentile(everywhere[everywhere > 0.0], LOUD_PERCENTILE) if everywhere.any() else 1.0
    here = power(np.round(times_s * RATE_HZ).astype(np.intp))
    silent: NDArray[np.bool_] = here < loud * np.exp(-SILENT_BELOW)
    return silent
