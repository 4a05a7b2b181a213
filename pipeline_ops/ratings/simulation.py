"""Raters as they might be, with known truth: biased, noisy, careless. For tests, benchmarks and planning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.table import HIGHEST, LOWEST, RatingTable


@dataclass(frozen=True, slots=True)
class Panel:
    """Who is asked what.

    Attributes:
        items: How many items there are.
        raters: How many raters.
        items_per_rater: How many items each rates.
        bias_spread: Standard deviation of raters' biases.
        inconsistency: Between which values a rater's noise lies, in points.
        careless_share: The share of raters who answer anything.
    """

    items: int = 40
    raters: int = 24
    items_per_rater: int = 40
    bias_spread: float = 0.4
    inconsistency: tuple[float, float] = (0.4, 1.0)
    careless_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Simulated:
    """Ratings and the truth behind them.

    Attributes:
        table: The ratings.
        truth: Each item's score, in the order of `table.items`.
        careless: Names of the raters who answered anything.
    """

    table: RatingTable
    truth: NDArray[np.float64]
    careless: frozenset[str]


def simulate(panel: Panel, generator: np.random.Generator) -> Simulated:
    """Draw a panel and its ratings; items go to raters in turns, so each gets equally many."""
    truth = generator.uniform(LOWEST + 0.3, HIGHEST - 0.3, panel.items)
    bias = generator.normal(0.0, panel.bias_spread, panel.raters)
    noise = generator.uniform(*panel.inconsistency, panel.raters)
    careless = set(range(round(panel.careless_share * panel.raters)))
    entries = []
    order = generator.permutation(panel.items)
    for rater in range(panel.raters):
        for turn in range(panel.items_per_rater):
            item = int(order[(rater * panel.items_per_rater + turn) % panel.items])
            impression = truth[item] + bias[rater] + noise[rater] * generator.normal()
            score = (
                int(generator.integers(LOWEST, HIGHEST + 1))
                if rater in careless
                else int(np.clip(np.round(impression), LOWEST, HIGHEST))
            )
            entries.append((f"item-{item:04d}", f"rater-{rater:04d}", float(score)))
        if (rater + 1) * panel.items_per_rater % panel.items == 0:
            order = generator.permutation(panel.items)
    return Simulated(RatingTable.of(entries), truth, frozenset(f"rater-{rater:04d}" for rater in careless))
