"""Is the mean of paired differences other than nothing? Over recordings, since what one holds goes together.

The lines and languages of one recording share its speaker, its noise and its recogniser's errors, so their
differences are averaged first; a recording then counts once. How far recordings differ is taken to be the
metric's noise at least, so that a few which agree by chance prove nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FEWEST_RECORDINGS = 4
"""With three, Student's t asks for 4.3 standard errors and still trusts a spread of two degrees of freedom.
One odd recording would decide, so nothing is told."""

ENOUGH_TO_RESAMPLE = 20
"""From here on the bootstrap knows the tails of skewed differences better than Student's t does; below, it
makes intervals too narrow (Efron and Tibshirani 1993, sec. 13.4)."""

RESAMPLES = 9999
"""The smallest p-value is one in ten thousand, enough to be corrected for a hundred metrics."""

CONFIDENCE = 0.95
SEED = 20
"""The same differences give the same verdict, on every machine."""

Method = Literal["identical", "one_recording", "student_t", "bootstrap_t"]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A mean difference.

    Attributes:
        pairs: How many differences.
        recordings: Of how many recordings.
        mean: Over recordings.
        low: Lower limit of the 95 % interval; minus infinity for a single recording.
        high: Upper limit.
        p_value: Two-sided, that there is none; 1 where all are 0 or there is one recording.
        method: How that was found.
    """

    pairs: int
    recordings: int
    mean: float
    low: float
    high: float
    p_value: float
    method: Method


def paired_difference(
    differences: Sequence[float],
    recordings: Sequence[str],
    noise: float,
    *,
    resamples: int = RESAMPLES,
) -> PairedDifference:
    """Return the mean of paired differences with its interval.

    Args:
        differences: One a pair; at least one.
        recordings: Which recording each is of.
        noise: Of one difference where nothing changed, above 0.
        resamples: How often recordings are drawn again, from `ENOUGH_TO_RESAMPLE` on.

    Source: Student's t below `ENOUGH_TO_RESAMPLE` recordings, the symmetric bootstrap-t (Hall 1988) above.
    """
    means = np.array(_means(differences, recordings))
    count, mean = len(means), float(means.mean())
    if not any(differences):
        return PairedDifference(len(differences), count, 0.0, 0.0, 0.0, 1.0, "identical")
    if count == 1:
        return PairedDifference(len(differences), 1, mean, -math.inf, math.inf, 1.0, "one_recording")
    error = float(_standard_errors(means[None, :], noise)[0])
    method: Method = "student_t" if count < ENOUGH_TO_RESAMPLE else "bootstrap_t"
    if method == "student_t":
        from scipy.stats import t

        p_value = 2 * float(t.sf(abs(mean) / error, count - 1))
        width = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    else:
        drawn = _drawn_statistics(means, noise, resamples)
        p_value = float((1 + np.sum(drawn >= abs(mean) / error)) / (resamples + 1))
        width = float(np.quantile(drawn, CONFIDENCE)) * error
    return PairedDifference(len(differences), count, mean, mean - width, mean + width, p_value, method)


def difference_of_means(one: Sequence[float], other: Sequence[float], noise: float) -> tuple[float, float]:
    """Return by how much the mean of one group is above another's, and the p-value that it is not.

    Args:
        one: A value for each recording, two at least.
        other: Likewise.
        noise: As for `paired_difference`.

    Source: Welch 1947.
    """
    from scipy.stats import t

    sides = [np.array(values) for values in (one, other)]
    variances = [float(_standard_errors(side[None, :], noise)[0]) ** 2 for side in sides]
    difference = float(sides[0].mean() - sides[1].mean())
    freedom = sum(variances) ** 2 / sum(
        variance**2 / (len(side) - 1) for variance, side in zip(variances, sides, strict=True)
    )
    return difference, 2 * float(t.sf(abs(difference) / math.sqrt(sum(variances)), freedom))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values that may each be held against one limit, however many there are (Holm 1979)."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, min(1.0, p_values[name] * (len(p_values) - place)))
        adjusted[name] = highest
    return adjusted


def _means(differences: Sequence[float], recordings: Sequence[str]) -> list[float]:
    of_recording: dict[str, list[float]] = {}
    for difference, recording in zip(differences, recordings, strict=True):
        of_recording.setdefault(recording, []).append(difference)
    return [fmean(values) for values in of_recording.values()]


def _standard_errors(rows: NDArray[np.float64], noise: float) -> NDArray[np.float64]:
    """Return the standard error of each row's mean, for a spread of at least `noise`."""
    spread = np.maximum(rows.std(axis=1, ddof=1), noise)
    return np.asarray(spread / math.sqrt(rows.shape[1]))


def _drawn_statistics(means: NDArray[np.float64], noise: float, resamples: int) -> NDArray[np.float64]:
    """Return how many standard errors means of drawn recordings lie from the mean of all."""
    generator = np.random.default_rng(SEED)
    drawn = means[generator.integers(0, len(means), (resamples, len(means)))]
    return np.asarray(np.abs(drawn.mean(axis=1) - means.mean()) / _standard_errors(drawn, noise))
