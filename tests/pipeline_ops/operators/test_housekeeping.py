"""The tasks of `housekeeping` on a real store and a real catalog; the scheduler is in tests/e2e."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from pipeline_ops.catalog.arrivals import arrivals_of, begin_arrival
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.history import run
from pipeline_ops.catalog.recorder import record_asked, record_end
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.errors import CatalogUnavailableError
from pipeline_ops.housekeeping.records import read_records
from pipeline_ops.incoming.storage import open_incoming
from pipeline_ops.operators.housekeeping import (
    ClearAbandonedUploadsOperator,
    CollectCheckpointsOperator,
    EndOrphanedRunsOperator,
    HousekeepingOperator,
    ScrubCheckpointsOperator,
    SweepScratchOperator,
)
from pipeline_ops.platform import Platform
from pipeline_ops.run_record import publication_name
from tests.pipeline_ops.catalog.making import facts
from tests.pipeline_ops.checkpoints.making import commit
from tests.pipeline_ops.operators.running import StateStore, TaskInstance

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass
class KnowingTaskInstance(TaskInstance):
    """Knows the runs of other Dags and their states."""

    runs: dict[str, str] = field(default_factory=dict)

    def get_dr_count(self, _dag_id: str, run_ids: list[str], states: list[str] | None = None) -> int:
        return sum(
            run_id in self.runs and self.runs[run_id] in (states or [*self.runs.values()])
            for run_id in run_ids
        )


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    for name in (
        "DUBWRIGHT_STORE_URL",
        "DUBWRIGHT_CATALOG_URL",
        "DUBWRIGHT_SETTINGS",
        "DUBWRIGHT_SCRATCH_DIR",
    ):
        monkeypatch.delenv(name, raising=False)
    return Platform.from_environment()


@pytest.fixture
def catalog(platform: Platform) -> Iterator[CatalogDatabase]:
    with open_catalog(platform.settings) as opened:
        yield opened


def perform(
    operator: type[HousekeepingOperator], runs: dict[str, str] | None = None, **params: Any
) -> dict[str, Any]:
    """Do what a task does, in a Dag of its own."""
    context: Any = {
        "params": {"dry_run": False, "grace_days": 7, "scrub_share": 1, **params},
        "ti": KnowingTaskInstance("task", runs=runs or {}),
        "task_state_store": StateStore(),
    }
    with DAG("test", schedule=None):
        return operator(task_id="task").execute(context)


def test_open_runs_that_airflow_has_ended_or_does_not_know_are_ended(
    platform: Platform, catalog: CatalogDatabase
) -> None:
    for run_id in ("killed", "going-on", "forgotten"):
        with catalog.writing() as session:
            record_asked(session, RunOrder(run_id, NOW - 2 * DAY), ("pt",))
    found = perform(EndOrphanedRunsOperator, {"killed": "failed", "going-on": "running"})
    assert found["sentence"] == "Ended 1 runs as failed and 1 as lost."
    assert (found["failed_runs"], found["lost_runs"], len(found["named"])) == (1, 1, 2)
    with catalog.reading() as session:
        statuses = {
            name: row.status for name in ("killed", "going-on", "forgotten") if (row := run(session, name))
        }
    assert statuses == {"killed": "failed", "going-on": "requested", "forgotten": "lost"}


def test_checkpoints_of_a_run_past_its_retention_are_let_go_of(
    platform: Platform, catalog: CatalogDatabase, tmp_path: Path
) -> None:
    long_ago = facts(done=(), rejected={"pt": "no_speech"}, after=timedelta(days=-365))
    with catalog.writing() as session:
        record_end(session, long_ago)
    kept = commit(platform.store, tmp_path / "files", "kept").reference
    platform.store.publish(publication_name("run-1"), [kept])
    would = perform(CollectCheckpointsOperator, dry_run=True)
    assert would["sentence"].startswith("Would have let go of 1 runs and 0 checkpoints")
    assert list(platform.store.publication_names()) == [publication_name("run-1")]
    did = perform(CollectCheckpointsOperator)
    assert (did["retired_runs"], did["removed_checkpoints"], did["kept_checkpoints"]) == (1, 0, 1)
    assert did["named"] == ["run-1"]
    assert list(platform.store.publication_names()) == []


def test_left_over_scratch_files_go(platform: Platform) -> None:
    left = platform.settings.scratch_dir / "mix-1-abc"
    left.mkdir(parents=True)
    left.with_suffix(".lock").touch()
    assert perform(SweepScratchOperator, dry_run=True)["swept_folders"] == 0
    assert left.is_dir()
    assert perform(SweepScratchOperator)["swept_folders"] == 1
    assert list(platform.settings.scratch_dir.iterdir()) == []


def test_an_upload_that_nobody_goes_on_with_is_given_up(platform: Platform, catalog: CatalogDatabase) -> None:
    incoming = open_incoming(platform.settings.media_url)
    with catalog.writing() as session:
        put_creator(session, Creator("ann", "Ann"))
        arrivals = {
            name: begin_arrival(
                session,
                "ann",
                file_name=name,
                size_bytes=4,
                part_bytes=4,
                sha256=None,
                now=NOW - days * DAY,
            ).id
            for name, days in {"silent": 3, "alive": 1}.items()
        }
    for arrival_id in arrivals.values():
        incoming.begin(arrival_id)
        incoming.put_part(arrival_id, 1, [b"part"])
    would = perform(ClearAbandonedUploadsOperator, dry_run=True)
    assert would["sentence"] == "Would have given up 1 uploads that nobody goes on with."
    assert len(incoming.parts(arrivals["silent"])) == 1
    assert perform(ClearAbandonedUploadsOperator)["abandoned_uploads"] == 1
    assert incoming.parts(arrivals["silent"]) == ()
    assert len(incoming.parts(arrivals["alive"])) == 1
    with catalog.reading() as session:
        states = {each.file_name: each.state for each in arrivals_of(session, "ann", limit=9)}
    assert states == {"silent": "abandoned", "alive": "open"}


def test_damaged_checkpoints_are_named_and_set_aside(platform: Platform, tmp_path: Path) -> None:
    manifest = commit(platform.store, tmp_path / "files", "one")
    platform.store.storage.delete(blob_key(manifest.artefact("sound").sha256))
    found = perform(ScrubCheckpointsOperator, dry_run=True)
    assert found["sentence"] == "Verified 1 of 1 checkpoints: 1 are damaged."
    found = perform(ScrubCheckpointsOperator)
    assert found["sentence"].endswith("1 are damaged, set aside to be computed again.")
    assert str(manifest.reference) in found["named"][0]
    assert list(platform.store.references()) == []


def test_a_published_video_that_is_missing_is_named(platform: Platform, catalog: CatalogDatabase) -> None:
    shown = facts()
    with catalog.writing() as session:
        record_end(session, shown)
    found = perform(ScrubCheckpointsOperator)
    assert found["named"] == [f"Checkpoint {shown.translations[0].checkpoint} has no manifest."]


def test_what_a_task_came_to_is_kept_for_those_who_watch_but_not_of_a_dry_run(platform: Platform) -> None:
    perform(ScrubCheckpointsOperator, dry_run=True)
    assert list(read_records(platform.store.storage)) == []
    perform(ScrubCheckpointsOperator)
    [record] = read_records(platform.store.storage)
    assert record.figures == {"verified_checkpoints": 0, "damaged_checkpoints": 0}
    assert datetime.now(UTC) - record.ended_at < timedelta(minutes=1)


def test_a_catalog_that_does_not_answer_fails_the_task(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBWRIGHT_CATALOG_URL", "postgresql://nobody@127.0.0.1:9/none?connect_timeout=2")
    with pytest.raises(CatalogUnavailableError):
        perform(EndOrphanedRunsOperator)
