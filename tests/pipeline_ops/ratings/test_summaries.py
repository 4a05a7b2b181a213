"""Agreement, calibration, power, resampling, and whether metrics agree with people."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from pipeline_ops.ratings import power
from pipeline_ops.ratings.agreement import alpha_interval, krippendorff_alpha
from pipeline_ops.ratings.calibration import calibrated, calibration_shifts
from pipeline_ops.ratings.metric_agreement import MeasuredItem, agreement_of
from pipeline_ops.ratings.rater_model import fit_rater_model
from pipeline_ops.ratings.resampling import interval_for_others, system_errors
from pipeline_ops.ratings.simulation import Panel, simulate
from pipeline_ops.ratings.table import Interval, RatingTable


def krippendorffs_example() -> RatingTable:
    """Four observers of twelve units: Krippendorff 2011, "Computing Krippendorff's alpha-reliability"."""
    observers = {
        "a": [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        "b": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        "c": [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        "d": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    }
    return RatingTable.of(
        (f"{unit:02d}", observer, score)
        for observer, scores in observers.items()
        for unit, score in enumerate(scores)
        if score
    )


@pytest.mark.parametrize(("level", "expected"), [("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_krippendorffs_own_example(level: str, expected: float) -> None:
    assert krippendorff_alpha(krippendorffs_example(), level) == pytest.approx(expected, abs=5e-4)  # type: ignore[arg-type]


def test_alpha_of_answers_at_random_is_about_zero() -> None:
    drawn = simulate(Panel(careless_share=1.0), np.random.default_rng(1))
    interval = alpha_interval(drawn.table)
    assert interval.low < 0.02
    assert abs(interval.estimate) < 0.05


def test_a_panel_that_scores_what_all_scored_half_a_point_low_is_raised_by_it() -> None:
    scores = [
        (panel, f"{panel}{rater}", clip, score - (0.5 if panel == "pt" else 0.0))
        for panel in ("pt", "es")
        for rater in range(4)
        for clip, score in (("c1", 4.0), ("c2", 3.0))
    ]
    shifts = calibration_shifts(scores, {"c1": 4.0, "c2": 3.0})
    assert shifts["pt"].shift.estimate == pytest.approx(0.5)
    assert shifts["es"].shift.estimate == pytest.approx(0.0)
    assert calibrated(Interval(3.0, 2.8, 3.2), shifts["pt"]).estimate == pytest.approx(3.5)


def test_without_a_known_consensus_panels_are_held_against_each_other() -> None:
    scores = [("pt", "a", "c", 3.0), ("pt", "b", "c", 3.0), ("es", "c", "c", 4.0), ("es", "d", "c", 4.0)]
    shifts = calibration_shifts(scores)
    assert shifts["pt"].shift.estimate == pytest.approx(0.5)
    assert shifts["es"].shift.estimate == pytest.approx(-0.5)


def test_a_clip_needs_as_many_ratings_as_the_formula_says_by_hand() -> None:
    # 1.96^2 * 0.64 / 0.25^2 = 39.3
    assert power.ratings_for_clip(0.25, power.Spread(0.64)) == 40


def test_the_number_of_ratings_that_is_said_to_find_a_difference_finds_it() -> None:
    spread = power.Spread(rating_variance=0.5, clip_variance=0.1)
    needed = power.ratings_for_difference(0.3, spread, clips=20)
    assert needed is not None
    assert power.smallest_difference(spread, clips=20, ratings_per_clip=needed) <= 0.3
    assert power.smallest_difference(spread, clips=20, ratings_per_clip=needed - 1) > 0.3
    generator = np.random.default_rng(1)
    noise = np.sqrt(0.1 + 2 * 0.5 / needed)
    found = [
        abs(np.mean(0.3 + noise * generator.normal(size=20))) > 1.96 * noise / np.sqrt(20)
        for _ in range(2000)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.04)


def test_no_number_of_ratings_makes_up_for_clips_that_differ_too_much() -> None:
    assert power.ratings_for_difference(0.1, power.Spread(0.5, clip_variance=1.0), clips=5) is None


def test_a_preference_of_two_thirds_needs_some_seventy_comparisons() -> None:
    # ((1.96 * 0.5 + 0.8416 * sqrt(2/9)) / (1/6))^2 = 68.2
    assert power.comparisons_for_preference(2 / 3) == 69
    assert power.comparisons_for_preference(0.5) is None


def test_drawing_clips_and_raters_again_gives_the_error_of_a_mean_over_both() -> None:
    generator = np.random.default_rng(3)
    panel = Panel(items=16, raters=16, items_per_rater=16, bias_spread=0.5)
    means = [simulate(panel, generator).table.score.mean() for _ in range(200)]
    table = simulate(panel, generator).table
    weight = np.full(16, 1 / 16)
    error = system_errors(
        table, {item: item for item in table.items}, [weight], fit_rater_model(table), resamples=150
    )[0]
    assert error == pytest.approx(np.std(means), rel=0.4)
    assert interval_for_others(3.0, error, contents=16, raters=16).half_width > 2 * error


def test_rank_correlations_are_those_of_scipy() -> None:
    generator = np.random.default_rng(2)
    score = generator.integers(1, 6, 30).astype(np.float64)
    value = score + generator.normal(0, 1, 30)
    items = [
        MeasuredItem(f"{index}", s, {"m": v}) for index, (s, v) in enumerate(zip(score, value, strict=True))
    ]
    found = agreement_of(items, "m", "overall", higher_is_better=True)
    assert found is not None
    assert found.spearman.estimate == pytest.approx(spearmanr(score, value).statistic)
    assert found.kendall.estimate == pytest.approx(kendalltau(score, value).statistic)
    assert found.verdict == "trust"


def test_a_metric_of_which_less_is_better_is_turned_round() -> None:
    items = [MeasuredItem(f"{index}", index / 5, {"errors": 10.0 - index}) for index in range(20)]
    found = agreement_of(items, "errors", "overall", higher_is_better=False)
    assert found is not None
    assert found.spearman.estimate == pytest.approx(1.0)


def test_a_metric_without_relation_cannot_be_told_and_a_few_items_say_nothing() -> None:
    generator = np.random.default_rng(9)
    items = [MeasuredItem(f"{index}", generator.normal(), {"m": generator.normal()}) for index in range(25)]
    found = agreement_of(items, "m", "overall", higher_is_better=True)
    assert found is not None
    assert found.verdict == "cannot_tell"
    assert agreement_of(items[:5], "m", "overall", higher_is_better=True) is None
