"""Lets go of the checkpoints that no viewer, no decision and no way back needs any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.retention import Retention, expire, needed_checkpoints, runs_past_retention
from pipeline_ops.checkpoints.collect_garbage import GarbageReport, collect_garbage
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.run_record import publication_name


@dataclass(frozen=True, slots=True)
class CollectionReport:
    """What was let go of, or would be where it was a dry run.

    Attributes:
        retired_runs: Runs whose report and checkpoints are not kept any more.
        garbage: What that and the rest came to in the store.
        set_aside: What was wrong with manifests that could not be read, a sentence each.
    """

    retired_runs: tuple[str, ...]
    garbage: GarbageReport
    set_aside: tuple[str, ...] = ()


def retire_and_collect(
    store: CheckpointStore,
    catalog: CatalogDatabase,
    retention: Retention,
    *,
    grace_period: timedelta,
    dry_run: bool,
    now: datetime,
) -> CollectionReport:
    """Take back the publications of runs past their retention, and collect what nothing names any more.

    What the catalog says is published or undecided stays with its lineage, whatever the store's own records
    say. A publication whose run the catalog does not know is not touched.

    Args:
        store: The checkpoint store.
        catalog: The catalog.
        retention: How long runs are kept.
        grace_period: Nothing younger is removed.
        dry_run: Only report.
        now: The present time.
    """
    published = set(store.publication_names())
    with catalog.reading() as session:
        needed = needed_checkpoints(session)
        past = runs_past_retention(session, retention, now)
    retired = [run_id for run_id in past if publication_name(run_id) in published]
    if not dry_run:
        # The catalog goes first: what it has given up is never put before viewers again, so a task that is
        # killed in between finds the run past its retention once more.
        retired = [run_id for run_id in retired if _expire(catalog, run_id, retention, now)]
        for run_id in retired:
            store.unpublish(publication_name(run_id))

    def collect() -> GarbageReport:
        return collect_garbage(
            store,
            grace_period=grace_period,
            dry_run=dry_run,
            keep=needed,
            disregarded=frozenset(map(publication_name, retired)),
            now=now,
        )

    garbage = collect()
    problems: tuple[str, ...] = ()
    if garbage.problems and not dry_run:
        problems = garbage.problems
        for reference, problem in zip(garbage.unreadable, problems, strict=True):
            store.set_aside(reference, problem)
        garbage = collect()
    return CollectionReport(tuple(retired), garbage, problems)


def _expire(catalog: CatalogDatabase, run_id: str, retention: Retention, now: datetime) -> bool:
    with catalog.writing() as session:
        return expire(session, run_id, retention, now)
