from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline_ops.comparison.paired import difference_of_means, holm, paired_difference

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]

SHAPES: dict[str, Draw] = {
    "normal": lambda generator, count: generator.normal(0, 1, count),
    "skewed": lambda generator, count: generator.exponential(1, count) - 1,
    "long-tailed": lambda generator, count: generator.standard_t(3, count),
    "mostly nothing": lambda generator, count: generator.choice([-1.0, 0, 0, 0, 1.0], count),
}


def names(count: int) -> list[str]:
    return [f"clip-{number}" for number in range(count)]


def test_a_hand_computed_interval() -> None:
    found = paired_difference([1.0, 2.0, 3.0, 4.0], names(4), noise=0.01)
    # Mean 2.5, standard deviation 1.29099, standard error 0.645497, t of 3 degrees 3.18245.
    assert found.mean == pytest.approx(2.5)
    assert (found.low, found.high) == pytest.approx((0.44574, 4.55426), abs=1e-4)
    assert found.p_value == pytest.approx(0.03047, abs=1e-4)
    assert found.method == "student_t"


def test_identical_pairs_have_no_difference_and_are_called_identical() -> None:
    found = paired_difference([0.0, 0.0, 0.0, 0.0, 0.0], names(5), noise=0.1)
    assert (found.mean, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert found.method == "identical"


def test_one_recording_says_nothing_however_many_lines_and_languages_it_has() -> None:
    found = paired_difference([0.5, 0.6, 0.4, 0.5], ["talk"] * 4, noise=0.01)
    assert (found.recordings, found.pairs, found.p_value) == (1, 4, 1.0)
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_what_goes_together_counts_once() -> None:
    apart = paired_difference([0.1, 0.3, 0.2, 0.5], names(4), noise=0.01)
    repeated = paired_difference([0.1, 0.3, 0.2, 0.5] * 5, names(4) * 5, noise=0.01)
    assert (repeated.low, repeated.high) == pytest.approx((apart.low, apart.high))


def test_a_spread_smaller_than_the_noise_is_not_believed() -> None:
    by_chance = paired_difference([0.02] * 4, names(4), noise=0.05)
    assert by_chance.p_value > 0.3
    assert paired_difference([0.5] * 6, names(6), noise=0.05).p_value < 0.001


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [5, 30])
def test_where_nothing_changed_a_difference_is_seen_as_seldom_as_stated(shape: str, count: int) -> None:
    generator = np.random.default_rng(7)
    rounds = 600
    seen = sum(
        paired_difference(list(SHAPES[shape](generator, count)), names(count), 0.1, resamples=399).p_value
        < 0.05
        for _ in range(rounds)
    )
    # 0.05, with room for 600 rounds; few skewed differences are seen too often, as is known of Student's t.
    assert seen / rounds <= (0.12 if (shape, count) == ("skewed", 5) else 0.07)


@pytest.mark.parametrize("count", [6, 30])
def test_intervals_hold_the_truth_as_often_as_stated(count: int) -> None:
    generator = np.random.default_rng(8)
    truth, rounds, held = 0.3, 400, 0
    for _ in range(rounds):
        found = paired_difference(list(generator.normal(truth, 1, count)), names(count), 0.1, resamples=399)
        held += found.low <= truth <= found.high
    assert 0.92 <= held / rounds <= 0.98


def test_two_groups_are_compared_as_welch_does() -> None:
    from scipy.stats import ttest_ind

    one, other = [0.1, 0.5, 0.3, 0.9, 0.2], [1.1, 1.2, 2.5, 0.4, 1.9, 1.4]
    difference, p_value = difference_of_means(one, other, noise=0.001)
    expected = ttest_ind(one, other, equal_var=False)
    assert difference == pytest.approx(np.mean(one) - np.mean(other))
    assert p_value == pytest.approx(expected.pvalue)


def test_holm_corrects_step_by_step() -> None:
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert adjusted == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({}) == {}
