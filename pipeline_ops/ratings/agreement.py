"""How far raters agree, beyond chance: Krippendorff's alpha."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.table import HIGHEST, LOWEST, Interval, RatingTable

RESAMPLES = 500


def krippendorff_alpha(table: RatingTable, level: Literal["ordinal", "interval"] = "ordinal") -> float:
    """Return Krippendorff's alpha of whole-number ratings: 1 agrees, 0 is chance (Krippendorff 2011).

    Not a number where no item has two ratings, or where all ratings are equal.
    """
    return _alpha(_coincidences(_counts(table)), level)


def alpha_interval(
    table: RatingTable, level: Literal["ordinal", "interval"] = "ordinal", seed: int = 0
) -> Interval:
    """Return alpha with a 95 % interval of a bootstrap over items."""
    counts = _counts(table)
    generator = np.random.default_rng(seed)
    draws = [
        _alpha(_coincidences(counts[generator.integers(0, len(counts), len(counts))]), level)
        for _ in range(RESAMPLES)
    ]
    finite = [value for value in draws if np.isfinite(value)]
    low, high = np.quantile(finite, (0.025, 0.975)) if finite else (np.nan, np.nan)
    return Interval(_alpha(_coincidences(counts), level), float(low), float(high))


def _counts(table: RatingTable) -> NDArray[np.float64]:
    """Return how often each item got each score, shape (items, scores)."""
    counts = np.zeros((len(table.items), HIGHEST - LOWEST + 1))
    np.add.at(counts, (table.item, table.score.astype(np.intp) - LOWEST), 1.0)
    return counts


def _coincidences(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Krippendorff's matrix of pairs within items, shape (scores, scores)."""
    paired = counts[counts.sum(axis=1) > 1]
    weight = 1.0 / (paired.sum(axis=1) - 1.0)
    matrix = np.einsum("n,na,nb->ab", weight, paired, paired)
    return np.asarray(matrix - np.diag(weight @ paired))


def _alpha(coincidences: NDArray[np.float64], level: str) -> float:
    margin = coincidences.sum(axis=0)
    total = margin.sum()
    distance = _distance(margin, level)
    expected = float(np.sum(distance * np.outer(margin, margin)))
    if total <= 1 or expected == 0.0:
        return float("nan")
    return 1.0 - float(np.sum(distance * coincidences)) * float(total - 1) / expected


def _distance(margin: NDArray[np.float64], level: str) -> NDArray[np.float64]:
    if level == "interval":
        place = np.arange(len(margin), dtype=np.float64)
    else:  # ordinal: how many ratings lie between, half of the two classes themselves among them
        place = np.cumsum(margin) - margin / 2
    return np.asarray((place[:, None] - place[None, :]) ** 2)
