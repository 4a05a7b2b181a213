from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.ratings.annex_e import fit_annex_e
from pipeline_ops.ratings.simulation import Panel, simulate
from pipeline_ops.ratings.table import RatingTable
from tests.pipeline_ops.ratings.sureal_oracle import run_sureal

PANEL = Panel(items=15, raters=9, items_per_rater=15, careless_share=0.2)


def test_scores_biases_and_inconsistencies_are_those_of_sureal() -> None:
    table = simulate(PANEL, np.random.default_rng(3)).table
    ours, theirs = fit_annex_e(table), run_sureal(table, "SubjectMLEModelProjectionSolver2")
    np.testing.assert_allclose(ours.quality, theirs["quality_scores"], atol=1e-6)
    np.testing.assert_allclose(ours.bias, theirs["observer_bias"], atol=1e-6)
    np.testing.assert_allclose(ours.inconsistency, theirs["observer_inconsistency"], atol=1e-6)


def test_standard_errors_are_those_of_sureal() -> None:
    table = simulate(PANEL, np.random.default_rng(4)).table
    theirs = run_sureal(table, "SubjectMLEModelProjectionSolver2")
    np.testing.assert_allclose(fit_annex_e(table).quality_error, theirs["quality_scores_std"], atol=1e-5)


def test_gaps_are_treated_as_sureal_treats_them() -> None:
    table = simulate(Panel(items=20, raters=12, items_per_rater=10), np.random.default_rng(5)).table
    theirs = run_sureal(table, "SubjectMLEModelProjectionSolver2")
    np.testing.assert_allclose(fit_annex_e(table).quality, theirs["quality_scores"], atol=1e-6)


def test_one_rater_half_a_point_above_and_one_below_by_hand() -> None:
    # Means 3.5, 2.5, 1.5; x is always 0.5 above, y 0.5 below: nothing is left over.
    table = RatingTable.of(
        [("a", "x", 4), ("b", "x", 3), ("c", "x", 2), ("a", "y", 3), ("b", "y", 2), ("c", "y", 1)]
    )
    fit = fit_annex_e(table)
    assert fit.quality == pytest.approx([3.5, 2.5, 1.5])
    assert fit.bias == pytest.approx([0.5, -0.5])
    assert fit.inconsistency == pytest.approx([0.0, 0.0], abs=1e-7)


def test_a_rating_that_counts_twice_is_a_rating_given_twice() -> None:
    table = simulate(PANEL, np.random.default_rng(6)).table
    weight = np.ones(len(table))
    weight[:20] = 2.0
    doubled = RatingTable.of([*table.entries(), *table.entries()[:20]])
    np.testing.assert_allclose(fit_annex_e(table, weight).quality, fit_annex_e(doubled).quality, atol=1e-9)
