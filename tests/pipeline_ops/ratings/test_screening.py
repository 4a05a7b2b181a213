from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.ratings.screening import (
    RaterEvidence,
    bt500_outliers,
    correlations_with_others,
    p913_scores,
    screen,
)
from pipeline_ops.ratings.simulation import Panel, simulate
from pipeline_ops.ratings.table import RatingTable
from tests.pipeline_ops.ratings.sureal_oracle import run_sureal

PANEL = Panel(items=30, raters=12, items_per_rater=30, careless_share=0.2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_scores_and_rejections_of_p913_are_those_of_sureal(seed: int) -> None:
    table = simulate(PANEL, np.random.default_rng(seed)).table
    with np.errstate(invalid="ignore", divide="ignore"):
        theirs = run_sureal(table, "BiasremvSubjrejMosModel")
    scores, rejected = p913_scores(table)
    np.testing.assert_allclose(scores, theirs["quality_scores"], atol=1e-9)
    assert rejected == tuple(
        name for name, out in zip(table.raters, theirs["observer_rejected"], strict=True) if out
    )


def test_whom_the_screening_of_bt500_rejects_is_mostly_careless() -> None:
    drawn = [simulate(PANEL, np.random.default_rng(seed)) for seed in range(20)]
    rejected = [name in each.careless for each in drawn for name in bt500_outliers(each.table)]
    assert len(rejected) >= 5
    assert np.mean(rejected) > 0.8


def test_an_attentive_rater_counts() -> None:
    evidence = RaterEvidence("ann", 20, {3: 10, 4: 8, 5: 2}, 4, 1, 2, 0, rushed=1, headphones=True)
    assert not screen(evidence, (0.7, 20)).rejected


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (RaterEvidence("a", attention_seen=4, attention_missed=2), "missed 2 of 4 attention items"),
        (RaterEvidence("a", references_seen=4, references_low=2), "rated 2 of 4 originals below 4"),
        (RaterEvidence("a", 20, {3: 9, 4: 11}, rushed=8), "answered 8 of 20 clips before they had ended"),
        (RaterEvidence("a", 20, {3: 40}), "gave the same score 40 of 40 times"),
        (RaterEvidence("a", headphones=False), "did not pass the headphones check"),
    ],
)
def test_who_did_not_do_the_task_is_rejected_with_the_reason(evidence: RaterEvidence, reason: str) -> None:
    assert screen(evidence).reasons == (reason,)


def test_one_missed_attention_item_is_a_slip() -> None:
    assert not screen(RaterEvidence("a", attention_seen=2, attention_missed=1)).rejected


def test_careless_raters_have_no_relation_to_the_others_and_careful_ones_do() -> None:
    drawn = simulate(Panel(careless_share=0.2), np.random.default_rng(7))
    found = correlations_with_others(drawn.table)
    rejected = {name for name, value in found.items() if screen(RaterEvidence(name), value).rejected}
    assert rejected <= drawn.careless
    assert len(rejected) >= len(drawn.careless) - 1


def test_where_clips_are_too_alike_nobody_is_rejected_for_disagreeing() -> None:
    generator = np.random.default_rng(3)
    table = RatingTable.of(
        (f"{item}", f"r{rater}", float(generator.integers(3, 5))) for item in range(30) for rater in range(8)
    )
    assert correlations_with_others(table) == {}
