"""Scores, rater bias and rater inconsistency as ITU-T P.910 Annex E has them.

The model: score = quality of the item + bias of the rater + inconsistency of the rater times normal noise.
Solved by alternating projection (Li, Bampis, Krasula, Janowski and Katsavounidis 2020, "A simple model for
subject behavior in subjective experiments"). It takes scores for real numbers: good for comparison with other
labs and as the fast estimate under a bootstrap. `rater_model` knows that scores are whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.table import RatingTable, mean_by

TOLERANCE = 1e-8
"""The iteration ends where all scores together change less (Annex E)."""

MOST_ROUNDS = 1000

SMALLEST_VARIANCE = 1e-8
"""Added to a rater's variance in weights, so that nobody who agrees with everybody gets all the weight."""


@dataclass(frozen=True, slots=True)
class AnnexEFit:
    """What the iteration ended with.

    Attributes:
        quality: Of each item, shape (items,).
        quality_error: Its standard error, from the spread of that item's ratings.
        bias: Of each rater, with mean zero over raters, shape (raters,).
        inconsistency: Of each rater, a standard deviation, shape (raters,).
    """

    quality: NDArray[np.float64]
    quality_error: NDArray[np.float64]
    bias: NDArray[np.float64]
    inconsistency: NDArray[np.float64]


def fit_annex_e(table: RatingTable, weight: NDArray[np.float64] | None = None) -> AnnexEFit:
    """Fit the model of P.910 Annex E.

    Args:
        table: The ratings; gaps are fine as long as raters and items hang together.
        weight: How often each rating counts, shape (ratings,): the multiplicities of a bootstrap.
    """
    items, raters = len(table.items), len(table.raters)
    times = np.ones(len(table)) if weight is None else weight
    quality = mean_by(table.item, table.score, items, times)
    bias = mean_by(table.rater, table.score - quality[table.item], raters, times)
    inconsistency = np.zeros(raters)
    for _ in range(MOST_ROUNDS):
        before = quality
        residual = table.score - quality[table.item] - bias[table.rater]
        inconsistency = _deviation(table.rater, residual, raters, times)
        precision = times / (inconsistency[table.rater] ** 2 + SMALLEST_VARIANCE)
        quality = mean_by(table.item, table.score - bias[table.rater], items, precision)
        bias = mean_by(table.rater, table.score - quality[table.item], raters, times)
        if np.linalg.norm(np.nan_to_num(quality - before)) < TOLERANCE:
            break
    spread = _deviation(table.item, residual, items, times)
    shift = float(np.nanmean(bias))
    count = np.bincount(table.item, times, items)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = spread / np.sqrt(count)
    return AnnexEFit(quality + shift, error, bias - shift, inconsistency)


def _deviation(
    index: NDArray[np.intp], value: NDArray[np.float64], length: int, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    centre = mean_by(index, value, length, weight)
    return np.sqrt(mean_by(index, (value - centre[index]) ** 2, length, weight))
