from __future__ import annotations

from math import log

import numpy as np
import pytest

from pipeline_ops.ratings.preference import Comparison, fit_preferences
from tests.pipeline_ops.ratings.sureal_oracle import bradley_terry_of_sureal


def answers_of(wins: dict[tuple[str, str], int]) -> list[Comparison]:
    """Every win half of the time from the first place."""
    made = []
    for (winner, loser), times in wins.items():
        for number in range(times):
            rater = f"r{number}"
            made.append(
                Comparison(rater, winner, loser, 1) if number % 2 else Comparison(rater, loser, winner, -1)
            )
    return made


def test_thirty_wins_of_forty_are_the_odds_that_one_computes_by_hand() -> None:
    found = fit_preferences(answers_of({("a", "b"): 30, ("b", "a"): 10}))
    difference = found.strength[0].estimate - found.strength[1].estimate
    assert difference == pytest.approx(log(30.5 / 10.5), abs=1e-3)
    assert found.probability("a", "b").estimate == pytest.approx(0.75, abs=0.01)


def test_strengths_are_those_of_sureal() -> None:
    wins = {("a", "b"): 60, ("b", "a"): 40, ("b", "c"): 70, ("c", "b"): 30, ("a", "c"): 80, ("c", "a"): 24}
    matrix = np.array([[0, 60, 80], [40, 0, 70], [24, 30, 0]], np.float64)
    theirs = np.array(bradley_terry_of_sureal(matrix))
    ours = [each.estimate for each in fit_preferences(answers_of(wins)).strength]
    np.testing.assert_allclose(ours, theirs - theirs.mean(), atol=0.01)


def test_ties_pull_strengths_together_and_are_counted() -> None:
    decided = answers_of({("a", "b"): 30, ("b", "a"): 10})
    ties = [Comparison(f"r{number}", "a", "b", 0) for number in range(40)]
    with_ties, without = fit_preferences([*decided, *ties]), fit_preferences(decided)
    assert with_ties.tie is not None
    assert without.tie is None
    assert with_ties.ties[0, 1] == 40
    assert with_ties.probability("a", "b").half_width < 0.2


def test_a_pull_of_the_first_place_is_no_strength() -> None:
    answers = [
        Comparison(f"r{number % 20}", *pair, 1 if number % 10 < 7 else -1)
        for number in range(200)
        for pair in (("a", "b"), ("b", "a"))
    ]
    found = fit_preferences(answers)
    assert found.first_place.low > 0.4
    assert abs(found.strength[0].estimate) < 1e-6


def test_a_system_that_always_wins_has_a_finite_strength() -> None:
    found = fit_preferences(answers_of({("a", "b"): 12}))
    assert 0 < found.strength[0].estimate < 10
    assert found.probability("a", "b").low > 0.5


def test_true_strengths_lie_within_their_intervals_with_raters_of_differing_taste() -> None:
    generator = np.random.default_rng(4)
    truth, inside = np.array([0.6, 0.0, -0.6]), []
    for _ in range(60):
        answers = []
        for rater in range(20):
            taste = truth + generator.normal(0, 0.3, 3)
            for _ in range(12):
                first, second = generator.permutation(3)[:2]
                chance = 1 / (1 + np.exp(taste[second] - taste[first]))
                outcome = 1 if generator.random() < chance else -1
                answers.append(Comparison(f"r{rater}", "abc"[first], "abc"[second], outcome))
        found = fit_preferences(answers)
        inside += [each.low <= true <= each.high for each, true in zip(found.strength, truth, strict=True)]
    assert 0.89 <= np.mean(inside) <= 0.99
