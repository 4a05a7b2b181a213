"""How often the intervals of ratings, preferences and experiments hold what they promise, in simulation.

    python -m benchmarks.rating_statistics [--repetitions 400] [--processes 2]

Truth is known, so what counts is the share of 95 % intervals that hold it. Panels are biased and noisy, with
up to a third of raters who answer anything; beside the model that Dubwright reports by stand the intervals of
ITU-T P.910 Annex E and of a plain mean.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.deployment import tell
from pipeline_ops.ratings.annex_e import fit_annex_e
from pipeline_ops.ratings.preference import Comparison, fit_preferences
from pipeline_ops.ratings.rater_model import fit_rater_model
from pipeline_ops.ratings.resampling import interval_for_others, system_errors
from pipeline_ops.ratings.simulation import Panel, simulate
from pipeline_ops.ratings.table import Z_95, RatingTable

PANELS = {
    "24 raters, all 40 clips each": Panel(),
    "the same, a fifth careless": Panel(careless_share=0.2),
    "the same, a third careless": Panel(careless_share=1 / 3),
    "24 raters, 20 of 60 clips each": Panel(items=60, items_per_rater=20),
    "the same, a fifth careless (sparse)": Panel(items=60, items_per_rater=20, careless_share=0.2),
    "strong biases (0.8 points)": Panel(bias_spread=0.8),
    "8 raters, all 20 clips each": Panel(items=20, raters=8, items_per_rater=20),
}

Hits = NDArray[np.float64]


def main() -> None:
    """Simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    with ProcessPoolExecutor(arguments.processes) as pool:

        def repeated(one: Callable[[int], Hits]) -> Hits:
            return np.mean(list(pool.map(one, range(arguments.repetitions), chunksize=10)), axis=0)

        tell("| panel | score of a clip | mean of all | difference of halves | Annex E | plain mean |")
        for name, panel in PANELS.items():
            shares = repeated(partial(score_hits, panel))
            tell(f"| {name} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
        tell(f"Preferences, strength of a system: {repeated(preference_hits)[0]:.1%}")
        fewer = range(max(arguments.repetitions // 4, 1))
        others = np.mean(list(pool.map(others_hits, fewer)), axis=0)
        tell(f"A system's mean over other clips and raters: {others[0]:.1%}, a difference: {others[1]:.1%}")


def score_hits(panel: Panel, seed: int) -> Hits:
    """Return the shares of intervals that hold the truth, by what they are of."""
    drawn = simulate(panel, np.random.default_rng(seed))
    table, truth = drawn.table, drawn.truth
    fit = fit_rater_model(table)
    scores = [fit.score_interval(index) for index in range(len(fit.items))]
    whole = np.full(panel.items, 1 / panel.items)
    halves = np.where(np.arange(panel.items) % 2 == 0, 2.0, -2.0) / panel.items
    mean, difference = fit.mean_interval(whole), fit.mean_interval(halves)
    annex_e = fit_annex_e(table)
    plain = table.mean_of_items()
    count = np.bincount(table.item, minlength=panel.items)
    spread = np.sqrt(np.bincount(table.item, (table.score - plain[table.item]) ** 2) / (count - 1) / count)
    return np.array(
        [
            np.mean([each.low <= true <= each.high for each, true in zip(scores, truth, strict=True)]),
            mean.low <= whole @ truth <= mean.high,
            difference.low <= halves @ truth <= difference.high,
            np.mean(np.abs(annex_e.quality - truth) <= Z_95 * annex_e.quality_error),
            np.mean(np.abs(plain - truth) <= Z_95 * spread),
        ]
    )


def preference_hits(seed: int) -> Hits:
    """Twenty raters of differing taste, three systems, twelve comparisons each, an eighth of them ties."""
    generator = np.random.default_rng(seed)
    truth = np.array([0.6, 0.0, -0.6])
    answers = []
    for rater in range(20):
        taste = truth + generator.normal(0, 0.3, 3)
        for _ in range(12):
            first, second = generator.permutation(3)[:2]
            strengths = np.exp([taste[first], taste[second], (taste[first] + taste[second]) / 2 - 1.25])
            outcome = generator.choice([1, -1, 0], p=strengths / strengths.sum())
            answers.append(Comparison(f"r{rater}", "abc"[first], "abc"[second], int(outcome)))
    found = fit_preferences(answers)
    held = [each.low <= true <= each.high for each, true in zip(found.strength, truth, strict=True)]
    return np.array([np.mean(held)])


def others_hits(seed: int) -> Hits:
    """Two systems on twelve contents that are a sample, and sixteen raters who are one too."""
    generator = np.random.default_rng(seed)
    contents, raters, gap = 12, 16, 0.4
    content_score = generator.normal(3.2, 0.5, contents)
    of_system = [
        content_score + generator.normal(0, 0.2, contents),
        content_score - gap + generator.normal(0, 0.2, contents),
    ]
    entries = []
    for rater in range(raters):
        bias, noise = generator.normal(0, 0.4), generator.uniform(0.4, 1.0)
        for system, scores in enumerate(of_system):
            for content, score in enumerate(scores):
                heard = score + bias + noise * generator.normal()
                entries.append(
                    (f"{system}-{content:02d}", f"r{rater}", float(np.clip(np.round(heard), 1, 5)))
                )
    table = RatingTable.of(entries)
    fit = fit_rater_model(table)
    first = np.array([item.startswith("0") for item in table.items]) / contents
    difference = np.array([1.0 if item.startswith("0") else -1.0 for item in table.items]) / contents
    content_of = {item: item[2:] for item in table.items}
    errors = system_errors(table, content_of, [first, difference], fit, seed=seed)
    intervals = [
        interval_for_others(
            float(weight @ fit.score),
            max(error, float(np.sqrt(weight @ fit.score_covariance @ weight))),
            contents=contents,
            raters=raters,
        )
        for weight, error in zip((first, difference), errors, strict=True)
    ]
    return np.array(
        [each.low <= true <= each.high for each, true in zip(intervals, (3.2, gap), strict=True)]
    ).astype(np.float64)


if __name__ == "__main__":
    main()
