"""Smooths what is measured frame by frame, without lag, at any frame rate and across gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUT_SHARE = 0.35
"""Of the eyes' distance: a head that moves further within one frame is cut to; no smoothing over cuts."""

REACH = 3.0
"""In bandwidths: what lies further weighs under 0.02 and is left out."""


def unbroken_runs(
    times_s: NDArray[np.float64], landmarks: NDArray[np.floating], eye_distance: float
) -> list[NDArray[np.intp]]:
    """Return the frames of each stretch in which the face is there and does not jump.

    Args:
        times_s: Shape (frames,).
        landmarks: Shape (frames, 468, 3), pixels, NaN where there is no face.
        eye_distance: Pixels.
    """
    there = np.isfinite(landmarks[:, 0, 0])
    centres = landmarks.mean(axis=1)
    moved = np.linalg.norm(np.diff(centres[:, :2], axis=0), axis=1) / eye_distance
    usual_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 1.0
    broken = ~there[1:] | ~there[:-1] | ~(moved < CUT_SHARE) | (np.diff(times_s) > 5 * usual_s)
    runs = np.split(np.arange(len(times_s)), np.flatnonzero(broken) + 1)
    return [run for run in runs if there[run[0]]]


def smooth_over_time(
    times_s: NDArray[np.float64], values: NDArray[np.float64], bandwidth_s: float
) -> NDArray[np.float64]:
    """Return values freed of jitter: at each time a parabola is fitted to the neighbours.

    Local quadratic regression with Gaussian weights (Cleveland and Devlin, 1988): no lag, peaks keep their
    height, ends need no padding, frames need not be evenly spaced.

    Args:
        times_s: Shape (frames,), rising.
        values: Shape (frames, ...).
        bandwidth_s: Standard deviation of the weights.
    """
    flat = values.reshape(len(values), -1).astype(np.float64)
    reach = REACH * bandwidth_s
    first = np.searchsorted(times_s, times_s - reach, side="left")
    last = np.searchsorted(times_s, times_s + reach, side="right")
    smoothed = np.empty_like(flat)
    for index, time_s in enumerate(times_s):
        near = slice(first[index], last[index])
        lag = (times_s[near] - time_s) / bandwidth_s
        degree = min(2, len(lag) - 1)
        powers = lag[:, None] ** np.arange(degree + 1)
        weights = np.exp(-0.5 * lag**2)
        # The parabola's value at lag 0 is a fixed combination of the neighbours.
        normal = powers.T @ (weights[:, None] * powers)
        share = np.linalg.solve(normal + 1e-9 * np.eye(degree + 1), powers.T * weights)[0]
        smoothed[index] = share @ flat[near]
    return smoothed.reshape(values.shape)
