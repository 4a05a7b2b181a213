"""What looking at an experiment again and again does to its intervals, in simulation.

    python -m benchmarks.experiment_peeking [--repetitions 1000]

Two equal arms, looked at after every unit: how often an interval excludes the truth at least once.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from benchmarks.deployment import tell
from pipeline_ops.experiments.sequences import FEWEST_IN_ARM, bounded_mean_sequence, difference_sequence
from pipeline_ops.ratings.table import Z_95

UNITS = 5000
CHANCE = 0.3


def main() -> None:
    """Simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000)
    repetitions = parser.parse_args().repetitions
    generator = np.random.default_rng(1)
    tell("| outcome | share of the treated arm | usual interval | confidence sequence |")
    for name, share in (("finished, 30 %", 0.5), ("finished, 30 %", 0.1), ("seconds, skewed", 0.5)):
        wrong = np.zeros(2)
        for _ in range(repetitions):
            treated = generator.random(UNITS) < share
            values = (
                (generator.random(UNITS) < CHANCE).astype(np.float64)
                if name.startswith("finished")
                else generator.exponential(30.0, UNITS)
            )
            _, low, high = difference_sequence(treated, values, share)
            wrong += [usual_is_wrong(treated, values), bool(np.any((low > 0) | (high < 0)))]
        tell(f"| {name} | {share:.0%} | {wrong[0] / repetitions:.1%} | {wrong[1] / repetitions:.1%} |")
    wrong_means = 0
    for _ in range(repetitions):
        _, low, high = bounded_mean_sequence((generator.random(UNITS) < CHANCE).astype(np.float64))
        wrong_means += bool(np.any((low > CHANCE) | (high < CHANCE)))
    tell(f"One arm's mean, with bounds alone: {wrong_means / repetitions:.1%} at any time")


def usual_is_wrong(treated: NDArray[np.bool_], values: NDArray[np.float64]) -> bool:
    """Return whether Welch's 95 % interval excluded zero after any unit."""
    error = np.zeros(len(values))
    difference = np.zeros(len(values))
    for sign, member in ((1.0, treated), (-1.0, ~treated)):
        count = np.maximum(np.cumsum(member), 2)
        mean = np.cumsum(values * member) / count
        error += (np.cumsum(values**2 * member) / count - mean**2) / count
        difference += sign * mean
    return bool(np.any(np.abs(difference[2 * FEWEST_IN_ARM :]) > Z_95 * np.sqrt(error[2 * FEWEST_IN_ARM :])))


if __name__ == "__main__":
    main()
