"""A run that misses its deadline, through a real scheduler and executor."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from pipeline_ops.airflow_control.environment import Places
from pipeline_ops.airflow_control.local import DAG_ID
from tests.e2e.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

WAIT_S = 60.0


def _bring_forward(database: Path, run_id: str) -> None:
    """Put a run's deadline into the past, as if it had been going on for hours."""
    statement = (
        "UPDATE deadline SET deadline_time = '2020-01-01 00:00:00.000000'"
        " WHERE dagrun_id = (SELECT id FROM dag_run WHERE run_id = ?)"
    )
    connection = sqlite3.connect(database, timeout=30)
    with connection:
        assert connection.execute(statement, (run_id,)).rowcount == 1
    connection.close()


def test_a_run_that_takes_too_long_is_told_of_while_it_goes_on(
    deployment: Deployment, no_video: Path
) -> None:
    places = Places.of(deployment.platform.settings)
    deployment.client.set_paused(DAG_ID, paused=True)  # so that it waits, as for a pool that is full
    try:
        run_id = deployment.send(no_video, "pt")
        _bring_forward(places.home / "airflow.db", run_id)
        told = places.home / "logs" / "executor_callbacks" / DAG_ID / run_id
        deadline = time.monotonic() + WAIT_S
        while not any("has not ended" in log.read_text() for log in told.rglob("*") if log.is_file()):
            assert time.monotonic() < deadline, list(told.rglob("*"))
            time.sleep(0.3)
        assert not deployment.client.dag_run(DAG_ID, run_id).is_over
    finally:
        deployment.client.set_paused(DAG_ID, paused=False)
    assert deployment.wait(run_id).state == "success"
