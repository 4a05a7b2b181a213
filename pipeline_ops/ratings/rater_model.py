"""True scores from whole-number ratings of biased, noisy and careless raters, with intervals that hold.

A rater has an impression on a continuous scale and says the nearest whole number, 1 where it is lower and 5
where it is higher:

    impression = score of the item + bias of the rater + inconsistency of the rater * N(0, 1)

That is the model of ITU-T P.910 Annex E (Li et al. 2020), but for the rounding: near the ends of the scale a
mean of whole numbers is drawn to the middle, and an interval around it misses the truth. Four more things
make intervals hold with the ten or so ratings that an item gets:

- Biases are drawn from N(0, spread). The panel is a sample of people, so its mean bias is not exactly zero,
  and what is reported of a score includes that.
- Inconsistencies are drawn from a log-normal. Without it, a rater who happens to agree with the others seems
  sure beyond reason, and takes all the weight (Neyman and Scott 1948).
- Inconsistencies are estimated as by restricted maximum likelihood (Patterson and Thompson 1971): ratings
  that scores and biases were fitted to scatter less around them than around the truth, and the part of each
  that the fit has used up is given back. Plain maximum likelihood takes raters for surer than they are.
- Standard errors come from the full observed Fisher information of all parameters together, so the doubt
  about biases and inconsistencies widens the intervals of scores.

What the population of raters is like is estimated too, by EM with Laplace's approximation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.ordinal_likelihood import Derivatives, derivatives_of
from pipeline_ops.ratings.table import CENTRE, HIGHEST, LOWEST, Interval, RatingTable

ITEM_SPREAD = 2.0
"""Standard deviation of what is believed of a score before any rating: weak beside one rating, so that an
item which everybody gave a 5 has a finite score."""

PRIOR_BIAS_SPREAD = 0.4
PRIOR_LOG_INCONSISTENCY_MEAN = float(np.log(0.7))
PRIOR_LOG_INCONSISTENCY_SPREAD = 0.4
"""Where the population's numbers begin: biases and inconsistencies of this size are reported for 5-point
ratings of video (Janowski and Pinson 2015; Li et al. 2020)."""

PRIOR_RATERS = 2.0
"""So many imaginary raters of that kind; the spread of few raters is otherwise estimated as none."""

POPULATION_ROUNDS = 30
POPULATION_TOLERANCE = 1e-3

NEWTON_ROUNDS = 100
NEWTON_TOLERANCE = 1e-7
MOST_DAMPING = 1e8

LOG_INCONSISTENCY_LIMIT = 3.0
"""An inconsistency of 20 points is an answer at random, one of 0.05 points a rater without noise."""


@dataclass(frozen=True, slots=True)
class Population:
    """What raters are like.

    Attributes:
        bias_spread: Standard deviation of biases.
        log_inconsistency_mean: Of the logarithm of inconsistencies.
        log_inconsistency_spread: Its standard deviation.
    """

    bias_spread: float = PRIOR_BIAS_SPREAD
    log_inconsistency_mean: float = PRIOR_LOG_INCONSISTENCY_MEAN
    log_inconsistency_spread: float = PRIOR_LOG_INCONSISTENCY_SPREAD


@dataclass(frozen=True, slots=True)
class RaterModelFit:
    """Estimates and how sure they are.

    Attributes:
        items: Names of the items.
        raters: Names of the raters.
        score: Of each item, on the continuous scale; may lie a little beyond its ends, shape (items,).
        score_covariance: Of all scores together, shape (items, items).
        bias: Of each rater; above zero is kinder than others, shape (raters,).
        bias_error: Its standard error.
        inconsistency: Of each rater, a standard deviation in points of the scale, shape (raters,).
        log_inconsistency_error: Standard error of its logarithm.
        population: What raters are like.
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    score: NDArray[np.float64]
    score_covariance: NDArray[np.float64]
    bias: NDArray[np.float64]
    bias_error: NDArray[np.float64]
    inconsistency: NDArray[np.float64]
    log_inconsistency_error: NDArray[np.float64]
    population: Population

    def score_interval(self, item: int) -> Interval:
        """Return the 95 % interval of one item's score, within the scale."""
        error = float(np.sqrt(self.score_covariance[item, item]))
        return Interval.of(self.score[item], error).within(LOWEST, HIGHEST)

    def mean_interval(self, weight: NDArray[np.float64]) -> Interval:
        """Return the 95 % interval of a weighted sum of scores, such as a mean or a difference of means.

        Args:
            weight: Of each item, shape (items,).
        """
        return Interval.of(
            float(weight @ self.score), float(np.sqrt(weight @ self.score_covariance @ weight))
        )

    def bias_interval(self, rater: int) -> Interval:
        """Return the 95 % interval of one rater's bias."""
        return Interval.of(self.bias[rater], self.bias_error[rater])

    def inconsistency_interval(self, rater: int) -> Interval:
        """Return the 95 % interval of one rater's inconsistency."""
        logarithm = Interval.of(np.log(self.inconsistency[rater]), self.log_inconsistency_error[rater])
        return Interval(*(float(np.exp(v)) for v in (logarithm.estimate, logarithm.low, logarithm.high)))

    def rating_variance(self) -> float:
        """Return the variance of one rating by a typical rater: the harmonic mean over raters."""
        return float(1.0 / np.mean(1.0 / self.inconsistency**2))


def fit_rater_model(table: RatingTable) -> RaterModelFit:
    """Fit scores, biases, inconsistencies and what raters are like.

    Args:
        table: Ratings in whole numbers from 1 to 5; gaps are fine.

    Raises:
        ValueError: a score is not a whole number.
    """
    if np.any(table.score != np.round(table.score)):
        message = "The rater model takes whole numbers from 1 to 5; for other scores there is fit_annex_e."
        raise ValueError(message)
    problem = _Problem(table)
    population = Population()
    parameters = problem.start()
    for _ in range(POPULATION_ROUNDS):
        parameters = problem.maximise(parameters, population)
        covariance = np.asarray(np.linalg.inv(problem.information(parameters, population)), np.float64)
        problem.used_up = problem.leverage(parameters, population)
        better = problem.reestimate(parameters, covariance, population)
        settled = _distance(population, better) < POPULATION_TOLERANCE
        population = better
        if settled:
            break
    parameters = problem.maximise(parameters, population)
    covariance = np.asarray(np.linalg.inv(problem.information(parameters, population)), np.float64)
    score, bias, log_inconsistency = problem.split(parameters)
    error = np.sqrt(np.diag(covariance))
    _, bias_error, log_inconsistency_error = problem.split(error)
    count = len(table.items)
    return RaterModelFit(
        table.items,
        table.raters,
        score,
        covariance[:count, :count],
        bias,
        bias_error,
        np.exp(log_inconsistency),
        log_inconsistency_error,
        population,
    )


def _distance(first: Population, second: Population) -> float:
    return max(
        abs(first.bias_spread - second.bias_spread),
        abs(first.log_inconsistency_mean - second.log_inconsistency_mean),
        abs(first.log_inconsistency_spread - second.log_inconsistency_spread),
    )


class _Problem:
    """The penalised likelihood; parameters are scores, biases and logarithms of inconsistencies in a row."""

    def __init__(self, table: RatingTable) -> None:
        self.table = table
        self.count = len(table.items)
        self.raters = len(table.raters)
        self.used_up = np.zeros(self.raters)

    def start(self) -> NDArray[np.float64]:
        means = self.table.mean_of_items()
        return np.concatenate(
            [means, np.zeros(self.raters), np.full(self.raters, PRIOR_LOG_INCONSISTENCY_MEAN)]
        )

    def split(
        self, parameters: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        return (
            parameters[: self.count],
            parameters[self.count : self.count + self.raters],
            parameters[self.count + self.raters :],
        )

    def likelihood(self, parameters: NDArray[np.float64]) -> Derivatives:
        score, bias, log_inconsistency = self.split(parameters)
        table = self.table
        return derivatives_of(
            table.score, score[table.item] + bias[table.rater], log_inconsistency[table.rater]
        )

    def prior(self, population: Population) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and precision of what is believed of every parameter."""
        mean = np.concatenate(
            [
                np.full(self.count, CENTRE),
                np.zeros(self.raters),
                np.full(self.raters, population.log_inconsistency_mean),
            ]
        )
        precision = np.concatenate(
            [
                np.full(self.count, ITEM_SPREAD**-2),
                np.full(self.raters, population.bias_spread**-2),
                np.full(self.raters, population.log_inconsistency_spread**-2),
            ]
        )
        return mean, precision

    def cost(self, parameters: NDArray[np.float64], population: Population) -> float:
        mean, precision = self.prior(population)
        penalty = 0.5 * float(np.sum(precision * (parameters - mean) ** 2))
        _, _, log_inconsistency = self.split(parameters)
        given_back = float(self.used_up @ log_inconsistency)
        return penalty - given_back - float(np.sum(self.likelihood(parameters).log_probability))

    def gradient(
        self, parameters: NDArray[np.float64], likelihood: Derivatives, population: Population
    ) -> NDArray[np.float64]:
        mean, precision = self.prior(population)
        table = self.table
        slope = np.concatenate(
            [
                np.bincount(table.item, likelihood.by_mean, self.count),
                np.bincount(table.rater, likelihood.by_mean, self.raters),
                np.bincount(table.rater, likelihood.by_log_deviation, self.raters) + self.used_up,
            ]
        )
        return np.asarray(precision * (parameters - mean) - slope)

    def information(
        self,
        parameters: NDArray[np.float64],
        population: Population,
        likelihood: Derivatives | None = None,
    ) -> NDArray[np.float64]:
        """Return the observed information of all parameters, shape (parameters, parameters)."""
        found = likelihood or self.likelihood(parameters)
        table = self.table
        _, precision = self.prior(population)
        matrix = np.diag(precision)
        item = table.item
        bias = self.count + table.rater
        log_inconsistency = bias + self.raters
        blocks = (
            (item, item, found.by_mean_twice),
            (bias, bias, found.by_mean_twice),
            (item, bias, found.by_mean_twice),
            (log_inconsistency, log_inconsistency, found.by_log_deviation_twice),
            (item, log_inconsistency, found.by_both),
            (bias, log_inconsistency, found.by_both),
        )
        for row, column, value in blocks:
            np.add.at(matrix, (row, column), -value)
            if row is not column:
                np.add.at(matrix, (column, row), -value)
        return matrix

    def leverage(self, parameters: NDArray[np.float64], population: Population) -> NDArray[np.float64]:
        """Return how many of each rater's ratings scores and biases have used up, shape (raters,)."""
        table = self.table
        known = self.count + self.raters
        covariance = np.linalg.inv(self.information(parameters, population)[:known, :known])
        item, bias = table.item, self.count + table.rater
        variance = covariance[item, item] + covariance[bias, bias] + 2 * covariance[item, bias]
        share = np.clip(-self.likelihood(parameters).by_mean_twice * variance, 0.0, 1.0)
        return np.asarray(np.bincount(table.rater, share, self.raters), np.float64)

    def maximise(self, parameters: NDArray[np.float64], population: Population) -> NDArray[np.float64]:
        """Climb by Newton's steps, damped (Levenberg) where the full one would not go up."""
        damping = 1e-3
        cost = self.cost(parameters, population)
        for _ in range(NEWTON_ROUNDS):
            likelihood = self.likelihood(parameters)
            gradient = self.gradient(parameters, likelihood, population)
            information = self.information(parameters, population, likelihood)
            while True:
                step = _damped_step(information, gradient, damping)
                trial = None if step is None else self.bounded(parameters - step)
                trial_cost = np.inf if trial is None else self.cost(trial, population)
                if trial is not None and trial_cost <= cost + 1e-12:
                    break
                damping *= 10
                if damping > MOST_DAMPING:
                    return parameters
            decrease, cost, parameters = cost - trial_cost, trial_cost, trial
            damping = max(damping / 10, 1e-12)
            if decrease < NEWTON_TOLERANCE:
                break
        return parameters

    def bounded(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Keep inconsistencies where numbers stay finite; no optimum lies out there."""
        limited = parameters.copy()
        log_inconsistency = limited[self.count + self.raters :]
        np.clip(log_inconsistency, -LOG_INCONSISTENCY_LIMIT, LOG_INCONSISTENCY_LIMIT, out=log_inconsistency)
        return limited

    def reestimate(
        self, parameters: NDArray[np.float64], covariance: NDArray[np.float64], population: Population
    ) -> Population:
        """Return what raters are like by these estimates and their doubt (the M step of EM)."""
        _, bias, log_inconsistency = self.split(parameters)
        _, bias_variance, log_variance = self.split(np.diag(covariance))
        total = self.raters + PRIOR_RATERS
        mean = float((np.sum(log_inconsistency) + PRIOR_RATERS * PRIOR_LOG_INCONSISTENCY_MEAN) / total)
        bias_square = float(np.sum(bias**2 + bias_variance) + PRIOR_RATERS * PRIOR_BIAS_SPREAD**2)
        log_square = float(
            np.sum((log_inconsistency - mean) ** 2 + log_variance)
            + PRIOR_RATERS * PRIOR_LOG_INCONSISTENCY_SPREAD**2
        )
        return Population(float(np.sqrt(bias_square / total)), mean, float(np.sqrt(log_square / total)))


def _damped_step(
    information: NDArray[np.float64], gradient: NDArray[np.float64], damping: float
) -> NDArray[np.float64] | None:
    """Return the step, None where the matrix is not positive definite yet."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    matrix = information + damping * np.eye(len(gradient))
    try:
        return np.asarray(cho_solve(cho_factor(matrix), gradient), np.float64)
    except LinAlgError:
        return None
