"""Pairs of known truth, to see how often verdicts are right."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline_ops.comparison.compare import Pair
from pipeline_ops.comparison.metrics import METRICS


def simulate_pairs(
    generator: np.random.Generator, recordings: int, worse: Mapping[str, float] | None = None
) -> list[Pair]:
    """Return a pair a recording, with every metric that decides; each value strays by the metric's noise.

    Args:
        generator: Of the draws.
        recordings: How many.
        worse: Metric -> by how many times its noise B is worse; the others are equal in truth.
    """
    pairs = []
    for number in range(recordings):
        sides: tuple[dict[str, float], dict[str, float]] = ({}, {})
        for metric in METRICS:
            if not metric.decides:
                continue
            downwards = -1.0 if metric.direction == "higher" else 1.0
            truth = 3.0 + generator.normal()  # of this recording; above where nearer is better
            for side, figures in enumerate(sides):
                fall = (worse or {}).get(metric.name, 0.0) if side else 0.0
                figures[metric.name] = truth + metric.noise * (generator.normal() + downwards * fall)
        pairs.append(Pair(f"clip {number}", f"clip {number}", "pt", *sides))
    return pairs
