"""Intervals for other clips and other raters than these: both are drawn again, with replacement.

The bootstrap of two crossed factors (Owen 2007, "The pigeonhole bootstrap"): a rating counts as often as its
clip times as often as its rater were drawn. Clips of one content go together. That counts the noise of single
ratings three times (theorem 2 there); two of them are taken out again. Raters keep the weight that the model
gave them: fitted anew, a rater who was drawn three times would agree with themselves and take all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.rater_model import RaterModelFit
from pipeline_ops.ratings.table import Interval, RatingTable, mean_by

RESAMPLES = 300
"""Standard errors are known to 4 % with so many."""

ROUNDS = 4
"""Of means and biases in turns; where everybody rated everything the first one is exact."""


def system_errors(
    table: RatingTable,
    content_of: Mapping[str, str],
    weights: Sequence[NDArray[np.float64]],
    fit: RaterModelFit,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Return standard errors of weighted means of scores over other contents and other raters.

    Args:
        table: The ratings.
        content_of: Item -> the content that it shows.
        weights: Each of shape (items,): positive entries of one mean, negative ones of a mean to subtract.
        fit: The model of the same table.
        resamples: How often both are drawn.
        seed: Of the draws.
    """
    contents = sorted(set(content_of.values()))
    content = np.array([contents.index(content_of[item]) for item in table.items])
    generator = np.random.default_rng(seed)
    draws = np.full((resamples, len(weights)), np.nan)
    for number in range(resamples):
        content_times = _multiplicities(len(contents), generator)
        rater_times = _multiplicities(len(table.raters), generator)
        times = content_times[content]
        kept = np.flatnonzero(times[table.item] * rater_times[table.rater])
        if len(kept) == 0:
            continue
        drawn = RatingTable(table.items, table.raters, table.item[kept], table.rater[kept], table.score[kept])
        counts = times[drawn.item] * rater_times[drawn.rater]
        quality = _unbiased_means(drawn, counts, fit.inconsistency**-2)
        draws[number] = [_mean(weight, times, quality) for weight in weights]
    count = np.bincount(table.item, minlength=len(table.items))
    noise = np.array([np.sum(weight**2 * fit.rating_variance() / count) for weight in weights])
    return np.asarray(np.sqrt(np.maximum(np.nanvar(draws, axis=0, ddof=1) - 2 * noise, noise)))


def interval_for_others(estimate: float, error: float, *, contents: int, raters: int) -> Interval:
    """Return the 95 % interval by Student's t: there are only so many contents and raters to judge from."""
    from scipy.stats import t

    freedom = max(min(contents, raters) - 1, 1)
    return Interval.of(estimate, error, float(t.ppf(0.975, freedom)))


def _unbiased_means(
    table: RatingTable, counts: NDArray[np.float64], precision: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each item's mean without its raters' biases, raters weighted by their precision."""
    weight = counts * precision[table.rater]
    bias = np.zeros(len(table.raters))
    for _ in range(ROUNDS):
        quality = mean_by(table.item, table.score - bias[table.rater], len(table.items), weight)
        bias = mean_by(table.rater, table.score - quality[table.item], len(table.raters), counts)
        bias -= np.nanmean(bias)
    return mean_by(table.item, table.score - bias[table.rater], len(table.items), weight)


def _mean(weight: NDArray[np.float64], times: NDArray[np.float64], quality: NDArray[np.float64]) -> float:
    known = ~np.isnan(quality)
    total = 0.0
    for sign in (1.0, -1.0):
        part = np.where(known, np.maximum(sign * weight, 0.0) * times, 0.0)
        if part.sum() > 0:
            total += sign * float(part @ np.nan_to_num(quality)) / float(part.sum())
        elif np.any(sign * weight > 0):
            return float("nan")
    return total


def _multiplicities(count: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return np.bincount(generator.integers(0, count, count), minlength=count).astype(np.float64)
