"""The probability of a whole number that was rounded from a normal impression, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.table import HIGHEST, LOWEST

LEAST_PROBABILITY = 1e-300
"""A rating further off than doubles can tell counts as this unlikely, not as impossible."""

FAR = 30.0
"""Standard deviations beyond which the normal density is nothing."""


@dataclass(frozen=True, slots=True)
class Derivatives:
    """Of the logarithm of each rating's probability, shape (ratings,) each.

    Attributes:
        log_probability: The logarithm itself.
        by_mean: First derivative by the mean of the impression.
        by_log_deviation: First derivative by the logarithm of its standard deviation.
        by_mean_twice: Second derivative by the mean.
        by_both: The mixed one.
        by_log_deviation_twice: The second by the logarithm of the deviation.
    """

    log_probability: NDArray[np.float64]
    by_mean: NDArray[np.float64]
    by_log_deviation: NDArray[np.float64]
    by_mean_twice: NDArray[np.float64]
    by_both: NDArray[np.float64]
    by_log_deviation_twice: NDArray[np.float64]


def derivatives_of(
    score: NDArray[np.float64], mean: NDArray[np.float64], log_deviation: NDArray[np.float64]
) -> Derivatives:
    """Return log P(score - 1/2 < impression < score + 1/2) and its derivatives; the end numbers are open.

    Args:
        score: Whole numbers from 1 to 5, shape (ratings,).
        mean: Of the impressions, same shape.
        log_deviation: Logarithm of their standard deviations, same shape.
    """
    from scipy.special import log_ndtr, ndtr

    deviation = np.exp(log_deviation)
    low = np.where(score <= LOWEST, -np.inf, (score - 0.5 - mean) / deviation)
    high = np.where(score >= HIGHEST, np.inf, (score + 0.5 - mean) / deviation)
    # Upper tails are taken as lower ones: 1 - (1 - tiny) would be nothing.
    flipped = low > 0
    left, right = np.where(flipped, -high, low), np.where(flipped, -low, high)
    probability = np.maximum(ndtr(right) - ndtr(left), LEAST_PROBABILITY)
    log_probability = np.where(np.isneginf(left), log_ndtr(right), np.log(probability))
    probability = np.maximum(probability, np.exp(np.maximum(log_probability, -690.0)))
    low, high = np.clip(low, -FAR, FAR), np.clip(high, -FAR, FAR)
    density_low, density_high = _density(low), _density(high)
    mean_1 = -(density_high - density_low) / deviation / probability
    mean_2 = (low * density_low - high * density_high) / deviation**2 / probability
    log_1 = (low * density_low - high * density_high) / probability
    log_2 = (high * density_high * (1 - high**2) - low * density_low * (1 - low**2)) / probability
    both = (density_high * (1 - high**2) - density_low * (1 - low**2)) / deviation / probability
    return Derivatives(
        log_probability,
        mean_1,
        log_1,
        mean_2 - mean_1**2,
        both - mean_1 * log_1,
        log_2 - log_1**2,
    )


def _density(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(-0.5 * value**2) / np.sqrt(2 * np.pi))
