"""What can be told of a finished dub's sound from its samples alone, block by block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENVELOPE_RATE_HZ = 100
"""Ten milliseconds: a third of what a viewer notices of sound that comes early (ITU-R BT.1359-1: 45 ms)."""

FURTHEST_OFFSET_S = 1.5
"""Sound that is further away is no longer late but lost, and found by other measures."""

FULL_SCALE = 0.999
CLIPPED_RUN = 3
"""Consecutive samples at full scale: one or two can be a peak, three are a cut-off one."""


def envelope(blocks: Iterable[NDArray[np.float32]], sample_rate_hz: int) -> NDArray[np.float64]:
    """Return a sound's level (RMS) every 10 ms, shape (steps,); the last, shorter step is left out.

    Args:
        blocks: Consecutive mono blocks of shape (1, frames).
        sample_rate_hz: Their rate, a multiple of `ENVELOPE_RATE_HZ`.
    """
    levels: list[NDArray[np.float64]] = []
    waiting = np.zeros(0, np.float32)
    step = sample_rate_hz // ENVELOPE_RATE_HZ
    for block in blocks:
        samples = np.concatenate([waiting, block[0]])
        whole = len(samples) // step * step
        levels.append(
            np.sqrt(np.mean(np.square(samples[:whole].reshape(-1, step), dtype=np.float64), axis=1))
        )
        waiting = samples[whole:]
    return np.concatenate([*levels, np.zeros(0)])


def sound_offset_s(planned: NDArray[np.float64], finished: NDArray[np.float64]) -> float | None:
    """Return how late a finished sound is against the speech track that it was made of, in seconds.

    What it is: the shift at which the two envelopes correlate best. Unit: s, positive is late. Direction:
    nearer to 0 is better. Source: cross-correlation of envelopes, as SyncNet's offset search (Chung and
    Zisserman, 2016) does between sound and lips. Noise: 10 ms; music as loud as the speech 20 ms.

    Args:
        planned: The speech's envelope, at `ENVELOPE_RATE_HZ`.
        finished: That of the finished sound.

    Returns None where one side does not change.
    """
    from scipy.signal import correlate

    length = min(len(planned), len(finished))
    one, other = (side[:length] - side[:length].mean() if length else side for side in (planned, finished))
    if length < ENVELOPE_RATE_HZ or not one.any() or not other.any():
        return None
    furthest = min(round(FURTHEST_OFFSET_S * ENVELOPE_RATE_HZ), length - 1)
    correlation = correlate(other, one, method="fft")[length - 1 - furthest : length + furthest]
    return round(float(np.argmax(correlation) - furthest) / ENVELOPE_RATE_HZ, 3)


def clipped_share(blocks: Iterable[NDArray[np.float32]]) -> float:
    """Return the share of a sound's samples that are cut off at full scale.

    Unit: none, 0 to 1. Direction: lower is better; a sound that was limited has 0. Source: runs of three or
    more samples at full scale. Noise: none, but clipping before an attenuation is not seen.

    Args:
        blocks: Consecutive blocks of shape (channels, frames).
    """
    clipped = total = 0
    for block in blocks:
        full = np.abs(block) >= FULL_SCALE
        run = full.copy()
        for shift in range(1, CLIPPED_RUN):
            run[:, : full.shape[1] - shift] &= full[:, shift:]
            run[:, max(full.shape[1] - shift, 0) :] = False
        clipped += int(np.count_nonzero(run))
        total += full.size
    return round(clipped / total, 6) if total else 0.0
