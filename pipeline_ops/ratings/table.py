"""Ratings as the statistics take them: who gave which item which score, with gaps where nobody was asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 1, 5
"""The five-point scale of ITU-T P.800 and P.910 and of XSTS."""

CENTRE = (LOWEST + HIGHEST) / 2

Z_95 = 1.959964
"""Half the width of a 95 % interval of the normal distribution, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between its limits.

    Attributes:
        estimate: The value.
        low: The lower limit.
        high: The upper limit.
    """

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the distance of the limits."""
        return (self.high - self.low) / 2

    @classmethod
    def of(cls, estimate: float, standard_error: float, z: float = Z_95) -> Self:
        """Return estimate and limits `z` standard errors away."""
        return cls(
            float(estimate), float(estimate - z * standard_error), float(estimate + z * standard_error)
        )

    def within(self, lowest: float, highest: float) -> Interval:
        """Return the same, cut off where the scale ends."""
        return Interval(*(float(min(max(value, lowest), highest)) for value in self._values()))

    def _values(self) -> tuple[float, float, float]:
        return self.estimate, self.low, self.high


@dataclass(frozen=True, slots=True)
class RatingTable:
    """Scores in long form: entry `n` says that rater `rater[n]` gave item `item[n]` the score `score[n]`.

    Attributes:
        items: Names, sorted.
        raters: Names, sorted.
        item: Index into `items`, shape (ratings,).
        rater: Index into `raters`, shape (ratings,).
        score: On the five-point scale, shape (ratings,).
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    item: NDArray[np.intp]
    rater: NDArray[np.intp]
    score: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.score)

    @classmethod
    def of(cls, ratings: Iterable[tuple[str, str, float]]) -> Self:
        """Return a table of (item, rater, score).

        Raises:
            ValueError: there is none, or a score is not on the scale.
        """
        entries = list(ratings)
        if not entries:
            message = "There are no ratings."
            raise ValueError(message)
        items = tuple(sorted({item for item, _, _ in entries}))
        raters = tuple(sorted({rater for _, rater, _ in entries}))
        item_index = {name: index for index, name in enumerate(items)}
        rater_index = {name: index for index, name in enumerate(raters)}
        score = np.array([score for _, _, score in entries], np.float64)
        if not np.all((score >= LOWEST) & (score <= HIGHEST)):
            message = f"A score lies outside of {LOWEST} to {HIGHEST}."
            raise ValueError(message)
        return cls(
            items,
            raters,
            np.array([item_index[item] for item, _, _ in entries], np.intp),
            np.array([rater_index[rater] for _, rater, _ in entries], np.intp),
            score,
        )

    def entries(self) -> list[tuple[str, str, float]]:
        """Return (item, rater, score) of every rating."""
        return [
            (self.items[item], self.raters[rater], float(score))
            for item, rater, score in zip(self.item, self.rater, self.score, strict=True)
        ]

    def without(self, raters: Collection[str]) -> RatingTable:
        """Return the table without some raters.

        Raises:
            ValueError: nothing would be left.
        """
        return RatingTable.of(entry for entry in self.entries() if entry[1] not in raters)

    def mean_of_items(self, weight: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return each item's (weighted) mean score, shape (items,)."""
        return mean_by(self.item, self.score, len(self.items), weight)


def mean_by(
    index: NDArray[np.intp],
    value: NDArray[np.float64],
    length: int,
    weight: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the (weighted) mean of `value` for each index below `length`, not a number without any."""
    weights = np.ones_like(value) if weight is None else weight
    total = np.bincount(index, weights * value, length)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / np.bincount(index, weights, length), np.float64)
