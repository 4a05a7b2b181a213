from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.ratings.ordinal_likelihood import derivatives_of
from pipeline_ops.ratings.rater_model import fit_rater_model
from pipeline_ops.ratings.simulation import Panel, simulate
from pipeline_ops.ratings.table import RatingTable

REPETITIONS = 15


@pytest.mark.parametrize(
    "panel",
    [
        Panel(),
        Panel(careless_share=0.2),
        Panel(items=60, items_per_rater=20, careless_share=0.2),
        Panel(items=20, raters=8, items_per_rater=20),
    ],
    ids=["biased and noisy", "a fifth careless", "each clip rated by eight", "eight raters"],
)
def test_true_scores_lie_within_their_95_percent_intervals(panel: Panel) -> None:
    """At the rate that the benchmark shows with thousands of repetitions: 90 to 97 %, plus sampling noise."""
    generator = np.random.default_rng(11)
    inside = []
    for _ in range(REPETITIONS):
        drawn = simulate(panel, generator)
        fit = fit_rater_model(drawn.table)
        intervals = [fit.score_interval(index) for index in range(len(fit.items))]
        inside += [each.low <= true <= each.high for each, true in zip(intervals, drawn.truth, strict=True)]
    assert 0.90 <= np.mean(inside) <= 0.98


def test_careless_raters_are_the_inconsistent_ones() -> None:
    drawn = simulate(Panel(careless_share=0.25), np.random.default_rng(2))
    fit = fit_rater_model(drawn.table)
    worst = {fit.raters[index] for index in np.argsort(fit.inconsistency)[-len(drawn.careless) :]}
    assert worst == drawn.careless


def test_a_kind_rater_is_found_by_how_much_they_are_kind() -> None:
    generator = np.random.default_rng(5)
    truth = generator.uniform(2, 4, 60)
    entries = [
        (f"{item:02d}", f"r{rater}", float(np.clip(np.round(score + lift + 0.5 * generator.normal()), 1, 5)))
        for item, score in enumerate(truth)
        for rater, lift in enumerate([0.8, 0.0, 0.0, 0.0, -0.8, 0.0])
    ]
    fit = fit_rater_model(RatingTable.of(entries))
    assert fit.bias_interval(0).low > 0.3
    assert fit.bias_interval(4).high < -0.3
    assert fit.bias[0] == pytest.approx(0.8, abs=0.35)


def test_an_item_that_everybody_gave_a_five_has_a_finite_score_within_the_scale() -> None:
    entries = [(f"{item}", f"r{rater}", 5.0 if item == 0 else 3.0) for item in range(6) for rater in range(5)]
    interval = fit_rater_model(RatingTable.of(entries)).score_interval(0)
    assert 4 < interval.low < interval.high <= 5


def test_a_mean_of_whole_numbers_is_drawn_inwards_and_the_model_is_not() -> None:
    generator = np.random.default_rng(8)
    truth = np.concatenate([np.full(20, 4.8), np.full(20, 2.5)])
    entries = [
        (f"{item:02d}", f"r{rater:02d}", float(np.clip(np.round(score + 0.9 * generator.normal()), 1, 5)))
        for item, score in enumerate(truth)
        for rater in range(20)
    ]
    table = RatingTable.of(entries)
    assert np.mean(table.mean_of_items()[:20]) < 4.65
    assert np.mean(fit_rater_model(table).score[:20]) == pytest.approx(4.8, abs=0.12)


def test_halves_of_points_are_refused() -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        fit_rater_model(RatingTable.of([("a", "x", 3.5)]))


def test_derivatives_are_those_of_the_logarithm() -> None:
    generator = np.random.default_rng(0)
    score = generator.integers(1, 6, 40).astype(np.float64)
    mean, log_deviation, step = generator.uniform(0, 6, 40), generator.uniform(-1.2, 1, 40), 1e-5
    found = derivatives_of(score, mean, log_deviation)
    up, down = (
        derivatives_of(score, mean + step, log_deviation),
        derivatives_of(score, mean - step, log_deviation),
    )
    np.testing.assert_allclose(
        (up.log_probability - down.log_probability) / 2 / step, found.by_mean, atol=1e-6
    )
    np.testing.assert_allclose((up.by_mean - down.by_mean) / 2 / step, found.by_mean_twice, atol=1e-6)
    wide, narrow = (
        derivatives_of(score, mean, log_deviation + step),
        derivatives_of(score, mean, log_deviation - step),
    )
    np.testing.assert_allclose((wide.by_mean - narrow.by_mean) / 2 / step, found.by_both, atol=1e-6)
    np.testing.assert_allclose(
        (wide.by_log_deviation - narrow.by_log_deviation) / 2 / step, found.by_log_deviation_twice, atol=1e-5
    )


def test_probabilities_of_the_five_numbers_add_up_to_one() -> None:
    mean, log_deviation = np.full(5, 3.7), np.full(5, 0.2)
    found = derivatives_of(np.arange(1.0, 6.0), mean, log_deviation)
    assert np.exp(found.log_probability).sum() == pytest.approx(1.0)
