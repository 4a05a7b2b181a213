from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from pipeline_ops.experiments.analysis import check_sample_ratio
from pipeline_ops.experiments.assignment import assign
from pipeline_ops.experiments.definition import read_definition

UNITS = [f"viewer-{number}" for number in range(3000)]


@given(unit=st.text(max_size=30), salt=st.text(max_size=10))
@settings(max_examples=50)
def test_a_unit_always_meets_the_same_arm_whatever_the_order_of_arms(unit: str, salt: str) -> None:
    assert assign(unit, {"a": 1, "b": 2}, salt) == assign(unit, {"b": 2, "a": 1}, salt)


def test_arms_get_their_shares() -> None:
    weights = {"a": 0.5, "b": 0.3, "c": 0.2}
    counted = Counter(assign(unit, weights, "s") for unit in UNITS)
    assert not check_sample_ratio(counted, weights).mismatch
    assert counted["b"] == pytest.approx(900, abs=90)


def test_a_new_arm_takes_units_and_nobody_else_moves() -> None:
    before = {unit: assign(unit, {"a": 1, "b": 1}, "s") for unit in UNITS}
    after = {unit: assign(unit, {"a": 1, "b": 1, "c": 1}, "s") for unit in UNITS}
    moved = [after[unit] for unit in UNITS if after[unit] != before[unit]]
    assert set(moved) == {"c"}
    assert len(moved) == pytest.approx(len(UNITS) / 3, abs=120)


def test_two_experiments_assign_independently() -> None:
    table = [[0, 0], [0, 0]]
    for unit in UNITS:
        table[assign(unit, {"a": 1, "b": 1}, "one") == "b"][assign(unit, {"a": 1, "b": 1}, "two") == "b"] += 1
    assert chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize("weights", [{}, {"a": 0.0}, {"a": -1.0, "b": 1.0}, {"a": float("nan")}])
def test_arms_without_weight_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"arm|weight"):
        assign("viewer", weights, "s")


def test_the_example_of_the_docs_is_an_experiment(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "experiments.md").read_text(encoding="utf-8")
    file = tmp_path / "lips.yaml"
    file.write_text(page.split("```yaml")[1].split("```")[0])
    assert [metric.name for metric in read_definition(file).outcome_metrics()] == [
        "finished",
        "watched_s",
        "turned_away",
        "reported",
    ]
