from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import run
from pipeline_ops.catalog.lost_runs import OpenRun, give_up, open_runs
from pipeline_ops.catalog.recorder import record_asked, record_end, record_start
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.catalog.tables import LONGEST_MESSAGE, OutcomeRow
from tests.pipeline_ops.catalog.making import NOW, facts, request_for

HOUR = timedelta(hours=1)


@pytest.fixture
def three_runs(catalog: CatalogDatabase) -> CatalogDatabase:
    """One that was asked for, one that goes on and one that is done."""
    done = facts("done-run", "talk")
    with catalog.writing() as session:
        record_asked(session, RunOrder("asked", NOW + HOUR, origin="backlog", started_by="night"), ("pt",))
        record_start(session, RunOrder("begun", NOW), request_for("walk", "pt", "es"), done.source, NOW)
        record_end(session, done)
    return catalog


def outcomes(catalog: CatalogDatabase, run_id: str) -> set[tuple[str, str, str | None]]:
    with catalog.reading() as session:
        rows = session.scalars(select(OutcomeRow).where(OutcomeRow.run_id == run_id))
        return {(row.language, row.status, row.message) for row in rows}


def test_runs_that_were_asked_for_or_go_on_are_open_the_oldest_first(three_runs: CatalogDatabase) -> None:
    with three_runs.reading() as session:
        assert open_runs(session) == (
            OpenRun("begun", "running", None, NOW),
            OpenRun("asked", "requested", "night", NOW + HOUR),
        )


def test_young_ones_can_be_left_out(three_runs: CatalogDatabase) -> None:
    with three_runs.reading() as session:
        assert [each.run_id for each in open_runs(session, before=NOW + HOUR)] == ["begun"]


def test_a_run_that_is_given_up_has_ended_with_the_reason_in_every_language(
    three_runs: CatalogDatabase,
) -> None:
    with three_runs.writing() as session:
        assert give_up(session, "begun", "failed", "Nobody knows.", NOW + HOUR)
    with three_runs.reading() as session:
        found = run(session, "begun")
        assert [each.run_id for each in open_runs(session)] == ["asked"]
    assert found is not None
    assert (found.status, found.message, found.ended_at) == ("failed", "Nobody knows.", NOW + HOUR)
    assert outcomes(three_runs, "begun") == {
        (language, "failed", "Nobody knows.") for language in ("pt", "es")
    }


def test_a_run_that_has_ended_meanwhile_stays_as_it_is(three_runs: CatalogDatabase) -> None:
    with three_runs.writing() as session:
        assert not give_up(session, "done-run", "lost", "Nobody knows.", NOW)
    with three_runs.reading() as session:
        found = run(session, "done-run")
    assert found is not None
    assert (found.status, found.message) == ("done", None)
    assert outcomes(three_runs, "done-run") == {("pt", "done", None)}


def test_a_run_that_the_catalog_does_not_know_is_not_given_up(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        assert not give_up(session, "nothing", "lost", "Nobody knows.", NOW)


def test_a_reason_is_cut_to_what_the_catalog_keeps(three_runs: CatalogDatabase) -> None:
    with three_runs.writing() as session:
        give_up(session, "asked", "lost", "x" * (LONGEST_MESSAGE + 1), NOW)
    assert outcomes(three_runs, "asked") == {("pt", "failed", "x" * LONGEST_MESSAGE)}


def test_a_run_that_reports_after_all_is_what_it_reports(three_runs: CatalogDatabase) -> None:
    with three_runs.writing() as session:
        give_up(session, "begun", "lost", "Nobody knows.", NOW)
        record_end(session, facts("begun", "walk", done=("pt", "es")))
    with three_runs.reading() as session:
        found = run(session, "begun")
    assert found is not None
    assert (found.status, found.message) == ("done", None)
    assert {status for _, status, _ in outcomes(three_runs, "begun")} == {"done"}
