"""Strengths from "which is better": Bradley and Terry's model with ties and a pull of the first place.

Bradley and Terry 1952; ties by Davidson 1970: P(i), P(j), P(tie) are as
pi_i : pi_j : nu * sqrt(pi_i * pi_j); the first place raises a logarithm (Davidson and Beaver 1977).
Answers of one rater hang together, so intervals come from the sandwich estimator over raters, not from the
likelihood alone (Cattelan 2012).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.table import Interval

IMAGINARY_WINS = 0.5
"""Added to both sides of each pair that was compared, in equal parts from either place: a system that won
every time then has a finite strength, with a fair interval (Haldane 1955 for a pair; Firth 1993)."""

RIDGE = 1e-4
"""Holds the common level of strengths, which answers say nothing about."""

ROUNDS = 100
TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Comparison:
    """One answer.

    Attributes:
        rater: Who.
        first: The system that was played first.
        second: The other one.
        outcome: 1 where the first was better, -1 where the second was, 0 for no difference.
    """

    rater: str
    first: str
    second: str
    outcome: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the answers say.

    Attributes:
        systems: Names, sorted.
        strength: Logarithm of each system's strength, with mean zero, and its 95 % interval.
        covariance: Of the strengths, shape (systems, systems).
        tie: Logarithm of the ties' parameter; None where nobody answered "no difference".
        first_place: By how much the first place raises a strength, with its 95 % interval.
        wins: Row beat column so often, shape (systems, systems).
        ties: So often there was no difference, symmetric.
    """

    systems: tuple[str, ...]
    strength: tuple[Interval, ...]
    covariance: NDArray[np.float64]
    tie: float | None
    first_place: Interval
    wins: NDArray[np.float64]
    ties: NDArray[np.float64]

    def probability(self, winner: str, loser: str) -> Interval:
        """Return how likely one is preferred where a difference is heard, with the 95 % interval."""
        one, other = self.systems.index(winner), self.systems.index(loser)
        difference = self.strength[one].estimate - self.strength[other].estimate
        variance = self.covariance[one, one] + self.covariance[other, other] - 2 * self.covariance[one, other]
        logit = Interval.of(difference, float(np.sqrt(max(variance, 0.0))))
        return Interval(*(float(1 / (1 + np.exp(-v))) for v in (logit.estimate, logit.low, logit.high)))


def fit_preferences(comparisons: Iterable[Comparison]) -> Preferences:
    """Fit strengths, ties and the pull of the first place.

    Raises:
        ValueError: there is no answer.
    """
    answers = list(comparisons)
    if not answers:
        message = "There are no preferences."
        raise ValueError(message)
    systems = tuple(sorted({name for answer in answers for name in (answer.first, answer.second)}))
    first = np.array([systems.index(answer.first) for answer in answers])
    second = np.array([systems.index(answer.second) for answer in answers])
    outcome = np.array([answer.outcome for answer in answers])
    rater = np.unique([answer.rater for answer in answers], return_inverse=True)[1]
    with_ties = bool(np.any(outcome == 0))
    features = _features(first, second, len(systems), with_ties=with_ties)
    chosen = np.select([outcome > 0, outcome < 0], [0, 1], 2)
    imagined, imagined_choice, imagined_weight = _imagined(first, second, len(systems), with_ties=with_ties)
    parameters, slopes, information = _climb(
        np.concatenate([features, imagined]),
        np.concatenate([chosen, imagined_choice]),
        np.concatenate([np.ones(len(answers)), imagined_weight]),
    )
    slopes = slopes[: len(answers)]
    covariance = _sandwich(information, slopes, rater)
    count = len(systems)
    centring = np.eye(count) - 1.0 / count
    strength = centring @ parameters[:count]
    of_strengths = centring @ covariance[:count, :count] @ centring.T
    wins, ties = np.zeros((count, count)), np.zeros((count, count))
    np.add.at(wins, (first[outcome > 0], second[outcome > 0]), 1)
    np.add.at(wins, (second[outcome < 0], first[outcome < 0]), 1)
    np.add.at(ties, (first[outcome == 0], second[outcome == 0]), 1)
    return Preferences(
        systems,
        tuple(
            Interval.of(value, float(np.sqrt(max(variance, 0.0))))
            for value, variance in zip(strength, np.diag(of_strengths), strict=True)
        ),
        of_strengths,
        float(parameters[count + 1]) if with_ties else None,
        Interval.of(parameters[count], float(np.sqrt(covariance[count, count]))),
        wins,
        ties + ties.T,
    )


def _features(
    first: NDArray[np.intp], second: NDArray[np.intp], systems: int, *, with_ties: bool
) -> NDArray[np.float64]:
    """Return what each possible answer's logit is made of, shape (answers, 2 or 3, parameters)."""
    answers = np.arange(len(first))
    features = np.zeros((len(first), 3 if with_ties else 2, systems + 1 + with_ties))
    features[answers, 0, first] = 1.0
    features[:, 0, systems] = 1.0
    features[answers, 1, second] = 1.0
    if with_ties:
        features[answers, 2, first] += 0.5
        features[answers, 2, second] += 0.5
        features[:, 2, systems] = 0.5
        features[:, 2, systems + 1] = 1.0
    return features


def _imagined(
    first: NDArray[np.intp], second: NDArray[np.intp], systems: int, *, with_ties: bool
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]:
    """Return features, outcomes and weights of the imaginary wins."""
    pairs = sorted({(min(a, b), max(a, b)) for a, b in zip(first.tolist(), second.tolist(), strict=True)})
    one, other = np.array(pairs, np.intp).T
    both_orders = np.concatenate([one, other, one, other]), np.concatenate([other, one, other, one])
    features = _features(*both_orders, systems, with_ties=with_ties)
    outcome = np.repeat([0, 1], 2 * len(pairs))
    return features, outcome.astype(np.intp), np.full(len(outcome), IMAGINARY_WINS / 2)


def _climb(
    features: NDArray[np.float64], chosen: NDArray[np.intp], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return parameters, every answer's slope and the information at the optimum (Newton; it is convex)."""
    size = features.shape[2]
    parameters = np.zeros(size)
    answers = np.arange(len(features))
    for _ in range(ROUNDS):
        logit = features @ parameters
        probability = np.exp(logit - logit.max(axis=1, keepdims=True))
        probability /= probability.sum(axis=1, keepdims=True)
        expected = np.einsum("na,nap->np", probability, features)
        slopes = weight[:, None] * (features[answers, chosen] - expected)
        information = (
            np.einsum("n,na,nap,naq->pq", weight, probability, features, features)
            - np.einsum("n,np,nq->pq", weight, expected, expected)
            + RIDGE * np.eye(size)
        )
        step = np.linalg.solve(information, slopes.sum(axis=0) - RIDGE * parameters)
        parameters = parameters + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < TOLERANCE:
            break
    return parameters, slopes, information


def _sandwich(
    information: NDArray[np.float64], slopes: NDArray[np.float64], rater: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the covariance over raters, or the likelihood's where that is wider (very few raters)."""
    inverse = np.linalg.inv(information)
    raters = int(rater.max()) + 1
    if raters < 2:  # noqa: PLR2004
        return np.asarray(inverse, np.float64)
    by_rater = np.zeros((raters, slopes.shape[1]))
    np.add.at(by_rater, rater, slopes)
    robust = inverse @ (by_rater.T @ by_rater) @ inverse * raters / (raters - 1)
    return np.asarray(robust if np.trace(robust) > np.trace(inverse) else inverse)
