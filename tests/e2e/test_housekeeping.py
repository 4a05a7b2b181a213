"""Housekeeping through a real scheduler: what it finds in a deployment, ends, sweeps and sets aside."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.history import run
from pipeline_ops.catalog.recorder import record_asked
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.manifest import CheckpointReference
from tests.e2e.deployment import Deployment
from tests.pipeline_ops.checkpoints.making import commit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

HOUSEKEEPING = "housekeeping"
WAIT_S = 120.0


def _look_after(deployment: Deployment, **conf: Any) -> dict[str, dict[str, Any]]:
    """Run it and return what each task said."""
    run_id = f"test-{secrets.token_hex(4)}"
    deployment.client.set_paused(HOUSEKEEPING, paused=False)
    deployment.client.trigger(HOUSEKEEPING, run_id, conf)
    deadline = time.monotonic() + WAIT_S
    while not (current := deployment.client.dag_run(HOUSEKEEPING, run_id)).is_over:
        assert time.monotonic() < deadline, deployment.client.task_instances(HOUSEKEEPING, run_id)
        time.sleep(0.3)
    assert current.state == "success"
    tasks = (
        "finish_takedowns",
        "end_orphaned_runs",
        "collect_checkpoints",
        "clear_abandoned_uploads",
        "fold_playbacks",
        "sweep_scratch",
        "scrub_checkpoints",
    )
    return {task: deployment.client.xcom(HOUSEKEEPING, run_id, task) for task in tasks}


def _damage(deployment: Deployment, folder: Path) -> CheckpointReference:
    manifest = commit(deployment.platform.store, folder, secrets.token_hex(8))
    deployment.platform.store.storage.delete(blob_key(manifest.artefacts[0].sha256))
    return manifest.reference


def test_lost_runs_scratch_files_and_damage_are_looked_after(deployment: Deployment, tmp_path: Path) -> None:
    settings, store = deployment.platform.settings, deployment.platform.store
    not_accepted = deployment.send_reference("no-such-file.mp4", "pt")
    assert deployment.wait(not_accepted).state == "failed"
    unknown = f"unknown-{secrets.token_hex(4)}"
    with open_catalog(settings) as catalog, catalog.writing() as session:
        for run_id, days in ((not_accepted, 0), (unknown, 2)):
            order = RunOrder(run_id, datetime.now(UTC) - timedelta(days=days))
            record_asked(session, order, ("pt",))
    damaged = _damage(deployment, tmp_path)
    left = settings.scratch_dir / f"mix-{secrets.token_hex(4)}"
    left.mkdir(parents=True)
    left.with_suffix(".lock").touch()

    said = _look_after(deployment, scrub_share=1)

    with open_catalog(settings) as catalog, catalog.reading() as session:
        ended = {
            run_id: found.status for run_id in (not_accepted, unknown) if (found := run(session, run_id))
        }
    assert ended == {not_accepted: "failed", unknown: "lost"}
    assert said["end_orphaned_runs"]["lost_runs"] >= 1
    assert not left.exists()
    assert any(str(damaged) in each for each in said["scrub_checkpoints"]["named"])
    assert store.inspect(damaged) is None
    assert said["collect_checkpoints"]["removed_checkpoints"] == 0
    assert deployment.damaged() == []


def test_a_dry_run_changes_nothing(deployment: Deployment, tmp_path: Path) -> None:
    damaged = _damage(deployment, tmp_path)
    said = _look_after(deployment, scrub_share=1, dry_run=True)
    assert all(each["dry_run"] for each in said.values())
    assert any(str(damaged) in each for each in said["scrub_checkpoints"]["named"])
    assert deployment.platform.store.inspect(damaged) is not None
    deployment.platform.store.set_aside(damaged, "so that nothing is damaged for other tests")
