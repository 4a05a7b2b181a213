"""How often are verdicts on two versions wrong, and how large must a change be to be found? In simulation.

    python -m benchmarks.comparison_statistics [--rounds 200]

First nothing differs, and any "better" or "worse" is wrong. Then one metric is worse by some times its noise,
and "worse" is right.
"""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.deployment import tell
from pipeline_ops.comparison.compare import Comparison, compare
from pipeline_ops.comparison.simulation import simulate_pairs

RECORDINGS = (3, 4, 6, 12, 24)
CHANGES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
PLANTED = "voice_likeness"


def main() -> None:
    """Simulate, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    generator = np.random.default_rng(0)
    for recordings in RECORDINGS:
        wrong = [told(compare(simulate_pairs(generator, recordings))) for _ in range(rounds)]
        tell(f"{recordings} recordings, nothing differs: told {np.mean(wrong):.3f} of {rounds}")
        for change in CHANGES if recordings > RECORDINGS[0] else ():
            found = [
                compare(simulate_pairs(generator, recordings, {PLANTED: change})).of(PLANTED).verdict
                == "worse"
                for _ in range(rounds // 2)
            ]
            tell(f"  worse by {change:g} noises: found {np.mean(found):.2f}")
            if np.mean(found) == 1.0:
                break


def told(compared: Comparison) -> bool:
    """Tell whether any metric is called better or worse."""
    return any(each.verdict in ("better", "worse") for each in compared.metrics)


if __name__ == "__main__":
    main()
