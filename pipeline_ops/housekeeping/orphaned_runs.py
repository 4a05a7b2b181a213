"""Runs that the catalog takes to be going on although Airflow has ended them or knows nothing of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.lost_runs import OpenRun, give_up, open_runs

Standing = Literal["goes_on", "ended", "unknown"]
"""What Airflow says of a run."""

ENDED = (
    "Airflow ended this run without a report of it. Clear its failed tasks with what follows them, and it"
    " goes on where it stopped."
)
UNKNOWN = "Airflow knows no such run any more; what it had begun is lost, and it can be asked for again."


@dataclass(frozen=True, slots=True)
class OrphanedRun:
    """A run of which nobody will hear again: `failed` where Airflow ended it, else `lost`."""

    run_id: str
    status: Literal["failed", "lost"]
    message: str


def end_orphaned_runs(
    catalog: CatalogDatabase,
    standing_of: Callable[[str], Standing],
    *,
    lost_after: timedelta,
    dry_run: bool,
    now: datetime,
) -> tuple[OrphanedRun, ...]:
    """Write down of every open run that nobody works at any more that it has come to nothing.

    Args:
        catalog: The catalog.
        standing_of: Asks Airflow about a run. A run reports before Airflow ends it, so one that has ended
            and is still open will not report.
        lost_after: How long ago a run that Airflow does not know must have been asked for: one may be noted
            before it is started, and runs in one process are none of Airflow's.
        dry_run: Only report.
        now: The present time.
    """
    with catalog.reading() as session:
        suspects = open_runs(session)
    found = (_orphaned(run, standing_of(run.run_id), now - lost_after) for run in suspects)
    orphaned = tuple(run for run in found if run is not None)
    return orphaned if dry_run else tuple(run for run in orphaned if _end(catalog, run, now))


def _orphaned(run: OpenRun, standing: Standing, horizon: datetime) -> OrphanedRun | None:
    if standing == "ended":
        return OrphanedRun(run.run_id, "failed", ENDED)
    if standing == "unknown" and run.requested_at < horizon:
        return OrphanedRun(run.run_id, "lost", UNKNOWN)
    return None


def _end(catalog: CatalogDatabase, run: OrphanedRun, now: datetime) -> bool:
    """Write it down, one run a transaction; tell whether the run had not ended meanwhile."""
    with catalog.writing() as session:
        return give_up(session, run.run_id, run.status, run.message, now)
