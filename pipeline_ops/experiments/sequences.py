"""Intervals that hold however often one looks: confidence sequences.

A 95 % interval of the usual kind is right 95 times in a hundred if one looks once. Who looks every day and
stops when it excludes zero is wrong far more often (`docs/measurements.md` has figures). A confidence
sequence is right at all times at once with 95 %, so an experiment may be looked at, stopped or prolonged at
will.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Limits = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Estimate, lower and upper limit after each observation, shape (observations,) each."""

FEWEST_IN_ARM = 50
"""Observations that each arm must have before the asymptotic sequence claims anything: it leans on the
central limit theorem, as every usual interval does. With 5 in the smaller arm it was wrong in 13 % of
simulations."""

LARGEST_BET = 0.5
"""`c` of Waudby-Smith and Ramdas 2023: how much one observation may decide; 1/2 or 3/4 is their advice."""


def bounded_mean_sequence(
    values: NDArray[np.float64], *, highest: float = 1.0, error: float = 0.05
) -> Limits:
    """Return the empirical-Bernstein sequence of a mean: no assumption but the bounds.

    Waudby-Smith and Ramdas 2023, "Estimating means of bounded random variables by betting", theorem 2
    (predictable plug-in), which sharpens Howard, Ramdas, McAuliffe and Sekhon 2021.

    Args:
        values: In the order in which they came, between 0 and `highest`, shape (observations,).
        highest: The upper bound.
        error: How often the sequence may leave the mean out at any time at all.

    Raises:
        ValueError: a value lies outside.
    """
    if np.any((values < 0) | (values > highest)):
        message = f"A value lies outside of 0 to {highest}."
        raise ValueError(message)
    scaled = values / highest
    number = np.arange(1, len(scaled) + 1)
    mean = (0.5 + np.cumsum(scaled)) / (number + 1)
    variance = (0.25 + np.cumsum((scaled - mean) ** 2)) / (number + 1)
    mean_before = np.concatenate([[0.5], mean[:-1]])
    variance_before = np.concatenate([[0.25], variance[:-1]])
    bet = np.sqrt(2 * np.log(2 / error) / (variance_before * number * np.log(1 + number)))
    bet = np.minimum(bet, LARGEST_BET)
    cost = (-np.log1p(-bet) - bet) * (scaled - mean_before) ** 2
    total = np.cumsum(bet)
    centre = np.cumsum(bet * scaled) / total
    half_width = (np.log(2 / error) + np.cumsum(cost)) / total
    # Whatever was excluded once stays excluded: the limits may only come closer.
    low = np.maximum.accumulate(np.maximum(centre - half_width, 0.0))
    high = np.minimum.accumulate(np.minimum(centre + half_width, 1.0))
    return centre * highest, low * highest, high * highest


def difference_sequence(
    treated: NDArray[np.bool_],
    values: NDArray[np.float64],
    treated_share: float,
    *,
    error: float = 0.05,
    narrowest_at: int = 2000,
) -> Limits:
    """Return the asymptotic sequence of the difference between two arms' means.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, "Time-uniform central limit theory and asymptotic
    confidence sequences" (arXiv 2103.06476): the normal mixture of theorem 2.2 over the augmented
    inverse-propensity scores of section 3, each arm's outcome predicted by its mean so far.

    Args:
        treated: Which observations are of the treated arm, in the order in which they came.
        values: What came of them, same shape.
        treated_share: Of all units that go to one of the two arms, those that go to the treated one: as
            planned, not as counted.
        error: How often the sequence may leave the difference out at any time at all.
        narrowest_at: After how many observations the sequence is to be tightest.
    """
    count = np.arange(1, len(values) + 1)
    scores = _augmented_scores(treated, values, treated_share)
    mean = np.cumsum(scores) / count
    variance = np.maximum(np.cumsum(scores**2) / count - mean**2, 0.0)
    mixing = _mixing_variance(narrowest_at, error)
    inside = count * mixing + 1
    radius = np.sqrt(variance * 2 * inside / (count**2 * mixing) * np.log(np.sqrt(inside) / error))
    known = np.minimum(np.cumsum(treated), np.cumsum(~treated)) >= FEWEST_IN_ARM
    low = np.where(known, mean - radius, -np.inf)
    high = np.where(known, mean + radius, np.inf)
    return mean, low, high


def _augmented_scores(
    treated: NDArray[np.bool_], values: NDArray[np.float64], treated_share: float
) -> NDArray[np.float64]:
    """Return scores whose mean is the difference; predictions use earlier observations only."""
    with_it, without = _means_before(values, treated), _means_before(values, ~treated)
    residual = np.where(
        treated, (values - with_it) / treated_share, -(values - without) / (1 - treated_share)
    )
    return np.asarray(with_it - without + residual)


def _means_before(values: NDArray[np.float64], member: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean of members before each observation, 0 where there was none."""
    total = np.cumsum(np.where(member, values, 0.0)) - np.where(member, values, 0.0)
    number: NDArray[np.float64] = np.cumsum(member) - member.astype(np.float64)
    return np.asarray(total / np.maximum(number, 1))


def _mixing_variance(narrowest_at: int, error: float) -> float:
    """Return rho squared that makes the sequence tightest then (eq. 56 of the same paper)."""
    return float((-2 * np.log(error) + np.log(-2 * np.log(error) + 1)) / narrowest_at)
