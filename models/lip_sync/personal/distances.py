"""Distances between rows of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def squared_distances(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the squared Euclidean distances of all rows to all others, shape (rows, other rows)."""
    first, second = one.astype(np.float64, copy=False), other.astype(np.float64, copy=False)
    squared = np.sum(first**2, axis=1)[:, None] + np.sum(second**2, axis=1)[None, :]
    apart: NDArray[np.float64] = np.maximum(squared - 2.0 * first @ second.T, 0.0)
    return apart


def distances(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the Euclidean distances of all rows to all others, shape (rows, other rows)."""
    apart: NDArray[np.float64] = np.sqrt(squared_distances(one, other))
    return apart
