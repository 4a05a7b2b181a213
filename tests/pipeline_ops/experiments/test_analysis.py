from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pipeline_ops.experiments.analysis import analyse, check_sample_ratio
from pipeline_ops.experiments.outcomes import (
    Exposure,
    Joined,
    Outcome,
    OutcomeEvent,
    OutcomeMetric,
    join_outcomes,
)
from pipeline_ops.experiments.sequences import bounded_mean_sequence, difference_sequence

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FINISHED = OutcomeMetric("finished", "finished", within=HOUR)


def test_a_mean_stays_within_its_sequence_at_all_times_at_once() -> None:
    generator = np.random.default_rng(1)
    left_out = 0
    for _ in range(100):
        _, low, high = bounded_mean_sequence((generator.random(1000) < 0.3).astype(np.float64))
        left_out += bool(np.any((low > 0.3) | (high < 0.3)))
    assert left_out / 100 <= 0.05


def test_no_difference_is_told_where_there_is_none_however_often_one_looks() -> None:
    generator = np.random.default_rng(2)
    sequences, fixed = 0, 0
    for _ in range(120):
        treated, values = generator.random(1200) < 0.5, generator.exponential(1.0, 1200)
        _, low, high = difference_sequence(treated, values, 0.5)
        sequences += bool(np.any((low > 0) | (high < 0)))
        looks = range(100, 1201, 50)
        fixed += any(_excludes_zero_once(treated[:look], values[:look]) for look in looks)
    assert sequences / 120 <= 0.07
    assert fixed / 120 > 0.12  # what peeking does to an interval of the usual kind


def _excludes_zero_once(treated: np.ndarray, values: np.ndarray) -> bool:
    one, other = values[treated], values[~treated]
    error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return bool(abs(one.mean() - other.mean()) > 1.96 * error)


def test_a_difference_is_found_with_unequal_shares() -> None:
    generator = np.random.default_rng(3)
    treated = generator.random(6000) < 0.2
    values = (generator.random(6000) < np.where(treated, 0.40, 0.30)).astype(np.float64)
    mean, low, high = difference_sequence(treated, values, 0.2)
    assert mean[-1] == pytest.approx(0.1, abs=0.03)
    assert 0 < low[-1] < 0.1 < high[-1]


def test_the_sequence_of_a_mean_never_widens_again() -> None:
    generator = np.random.default_rng(4)
    _, low, high = bounded_mean_sequence(generator.random(500))
    assert np.all(np.diff(low) >= 0)
    assert np.all(np.diff(high) <= 0)


def test_values_beyond_their_bound_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        bounded_mean_sequence(np.array([0.5, 1.5]))


def test_a_lost_tenth_of_an_arm_is_a_sample_ratio_mismatch() -> None:
    weights = {"a": 0.5, "b": 0.5}
    assert check_sample_ratio({"a": 5000, "b": 4500}, weights).mismatch
    assert not check_sample_ratio({"a": 5000, "b": 4950}, weights).mismatch
    assert check_sample_ratio({"a": 6, "b": 1}, weights).p_value is None


def test_chi_square_by_hand() -> None:
    # 60 and 40 of 100: (10^2 + 10^2) / 50 = 4, p = 0.0455
    assert check_sample_ratio({"a": 60, "b": 40}, {"a": 1, "b": 1}).p_value == pytest.approx(0.0455, abs=1e-4)


def outcomes(generator: np.random.Generator, units: int, chances: dict[str, float]) -> Joined:
    arms = list(chances)
    drawn = []
    for number in range(units):
        arm = arms[int(generator.integers(len(arms)))]
        drawn.append(Outcome(f"u{number}", arm, float(generator.random() < chances[arm])))
    return Joined(tuple(drawn), 0, 0)


def test_a_better_arm_is_told_and_an_equal_one_is_not() -> None:
    joined = outcomes(np.random.default_rng(5), 6000, {"old": 0.3, "same": 0.3, "new": 0.4})
    report = analyse(joined, {"old": 1, "same": 1, "new": 1}, FINISHED)
    assert [each.verdict for each in report.differences] == ["cannot_tell", "better"]


def test_less_is_better_where_the_metric_says_so() -> None:
    joined = outcomes(np.random.default_rng(6), 4000, {"old": 0.3, "new": 0.4})
    left = OutcomeMetric("left", "left", higher_is_better=False)
    assert analyse(joined, {"old": 1, "new": 1}, left).differences[0].verdict == "worse"


def test_nothing_is_told_while_shares_are_not_as_planned() -> None:
    joined = outcomes(np.random.default_rng(7), 4000, {"old": 0.3, "new": 0.5})
    report = analyse(joined, {"old": 3, "new": 1}, FINISHED)
    assert report.ratio.mismatch
    assert report.differences[0].verdict == "cannot_tell"


def test_an_experiment_without_units_says_so() -> None:
    report = analyse(Joined((), 0, 0), {"old": 1, "new": 1}, FINISHED)
    assert [each.units for each in report.arms] == [0, 0]
    assert report.differences[0].verdict == "cannot_tell"


def test_events_count_from_the_first_exposure_on_and_for_so_long() -> None:
    exposures = [
        Exposure("ann", "new", NOON),
        Exposure("ann", "new", NOON + HOUR),
        Exposure("bob", "old", NOON),
    ]
    events = [
        OutcomeEvent("ann", "finished", 1, NOON - HOUR),
        OutcomeEvent("ann", "other", 1, NOON),
        OutcomeEvent("bob", "finished", 1, NOON + HOUR / 2),
        OutcomeEvent("nobody", "finished", 1, NOON),
    ]
    joined = join_outcomes(exposures, events, FINISHED, NOON + 3 * HOUR)
    assert {each.unit: each.value for each in joined.outcomes} == {"ann": 0.0, "bob": 1.0}


def test_who_met_two_arms_counts_for_none_and_who_came_just_now_waits() -> None:
    exposures = [
        Exposure("ann", "new", NOON),
        Exposure("ann", "old", NOON),
        Exposure("bob", "old", NOON + 2 * HOUR),
    ]
    joined = join_outcomes(exposures, [], FINISHED, NOON + 2.5 * HOUR)
    assert (joined.outcomes, joined.waiting, joined.crossed) == ((), 1, 1)


@pytest.mark.parametrize(
    ("aggregate", "expected"), [("any", 1.0), ("count", 2.0), ("sum", 50.0), ("last", 20.0)]
)
def test_events_become_one_number(aggregate: str, expected: float) -> None:
    events = [
        OutcomeEvent("ann", "watched_s", 20, NOON + HOUR / 2),
        OutcomeEvent("ann", "watched_s", 30, NOON),
    ]
    metric = OutcomeMetric("watched", "watched_s", aggregate, HOUR, highest=60)  # type: ignore[arg-type]
    joined = join_outcomes([Exposure("ann", "a", NOON)], events, metric, NOON + HOUR)
    assert joined.outcomes[0].value == expected
