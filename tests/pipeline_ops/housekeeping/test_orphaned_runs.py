from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import run
from pipeline_ops.catalog.recorder import record_asked, record_end
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.housekeeping.orphaned_runs import OrphanedRun, Standing, end_orphaned_runs
from tests.pipeline_ops.catalog.making import NOW, facts

DAY = timedelta(days=1)
STANDINGS: dict[str, Standing] = {"ended": "ended", "going-on": "goes_on"}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogDatabase]:
    """Five runs that are open, and one that is done."""
    with CatalogDatabase(f"sqlite:///{tmp_path}/catalog.db") as database:
        database.migrate()
        with database.writing() as session:
            for run_id in ("ended", "going-on", "unknown"):
                record_asked(session, RunOrder(run_id, NOW), ("pt",))
            record_asked(session, RunOrder("young", NOW + DAY), ("pt",))
            record_end(session, facts("done"))
        yield database


def end(catalog: CatalogDatabase, *, dry_run: bool = False) -> tuple[OrphanedRun, ...]:
    return end_orphaned_runs(
        catalog,
        lambda run_id: STANDINGS.get(run_id, "unknown"),
        lost_after=DAY,
        dry_run=dry_run,
        now=NOW + 1.5 * DAY,
    )


def statuses(catalog: CatalogDatabase) -> dict[str, str]:
    names = ("ended", "going-on", "unknown", "young", "done")
    with catalog.reading() as session:
        return {name: found.status for name in names if (found := run(session, name)) is not None}


def test_ended_runs_fail_and_unknown_ones_are_lost_each_with_a_sentence(catalog: CatalogDatabase) -> None:
    ended = {run.run_id: run for run in end(catalog)}
    assert {name: each.status for name, each in ended.items()} == {"ended": "failed", "unknown": "lost"}
    assert statuses(catalog) == {
        "ended": "failed",
        "going-on": "requested",
        "unknown": "lost",
        "young": "requested",
        "done": "done",
    }
    with catalog.reading() as session:
        for name, each in ended.items():
            found = run(session, name)
            assert found is not None
            assert found.message == each.message


def test_a_second_time_finds_nothing(catalog: CatalogDatabase) -> None:
    end(catalog)
    assert end(catalog) == ()


def test_a_dry_run_finds_the_same_and_changes_nothing(catalog: CatalogDatabase) -> None:
    before = statuses(catalog)
    would = end(catalog, dry_run=True)
    assert statuses(catalog) == before
    assert end(catalog) == would


def test_a_run_that_reports_while_airflow_is_asked_is_not_ended(catalog: CatalogDatabase) -> None:
    def standing_of(run_id: str) -> Standing:
        with catalog.writing() as session:
            record_end(session, facts(run_id, run_id))
        return "ended"

    assert end_orphaned_runs(catalog, standing_of, lost_after=DAY, dry_run=False, now=NOW) == ()
    assert set(statuses(catalog).values()) == {"done"}
