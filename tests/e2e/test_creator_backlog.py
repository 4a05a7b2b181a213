"""The backlog through a real scheduler: past nights filled by backfills, twice."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pipeline_ops.airflow_control.client import AirflowRefusedError, AirflowUnavailableError
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.history import Run, runs
from pipeline_ops.catalog.library import Progress, progress
from tests.e2e.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(500)]

BACKLOG = "creator_backlog"
FIRST, SECOND = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When the files were uploaded: two nights that no schedule will ever come to."""

TRIES = 80
"""SQLite refuses a command that read before it writes where the scheduler has begun to write meanwhile,
however long it would wait. Airflow then takes back what it began, so that the command can be given again
(docs/backlogs.md)."""

WAIT_S = 240.0


@pytest.fixture(scope="module")
def catalog(environment: Deployment) -> Iterator[CatalogDatabase]:
    with open_catalog(environment.platform.settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def backlog(environment: Deployment, catalog: CatalogDatabase) -> None:
    """Two creators, a file of the first night and two of the second: none is a video, so all end soon."""
    for creator in ("ann", "bob"):
        with catalog.writing() as session:
            put_creator(session, Creator(creator, creator, True, ("pt", "es"), datetime.now(UTC)))
    for name, moment in (("ann/one.mp4", FIRST), ("ann/two.mp4", SECOND), ("bob/one.mp4", SECOND)):
        file = environment.platform.settings.media_dir / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{name} is no video")
        os.utime(file, (moment.timestamp(), moment.timestamp()))


def _backfill(deployment: Deployment, behaviour: str) -> int:
    """Fill in both nights as `airflow backfill create` does; give the command again where it could not."""
    wish = {
        "dag_id": BACKLOG,
        "from_date": "2026-03-01T00:00:00Z",
        "to_date": "2026-03-03T00:00:00Z",
        "max_active_runs": 1,
        "reprocess_behavior": behaviour,
    }
    for _ in range(TRIES):
        try:
            return int(deployment.client._send("POST", "/api/v2/backfills", json=wish)["id"])
        except (AirflowUnavailableError, AirflowRefusedError) as error:
            if isinstance(error, AirflowRefusedError) and "already a running backfill" not in str(error):
                raise
            told = error  # one that was closed a moment ago may still count
            time.sleep(0.5)
    raise told


def _put_an_end_to(deployment: Deployment, backfill_id: int) -> None:
    """Close a backfill whose runs are over: Airflow itself takes note of that every 30 s only."""
    with contextlib.suppress(AirflowRefusedError):  # it just did
        deployment.client._send("PUT", f"/api/v2/backfills/{backfill_id}/cancel")


def _wait_for_backlog(deployment: Deployment, since: datetime) -> None:
    """Wait until the newest run of every past night is over and was started after `since`."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        rows = deployment.client._send("GET", f"/api/v2/dags/{BACKLOG}/dagRuns", limit=50)["dag_runs"]
        nights = [row for row in rows if row["run_type"] == "backfill"]
        started = [datetime.fromisoformat(row["start_date"]) for row in nights if row["start_date"]]
        if nights and len(started) == len(nights) and min(started) > since:
            if all(row["state"] == "success" for row in nights):
                return
            assert all(row["state"] != "failed" for row in nights), nights
        time.sleep(0.5)
    message = f"the backlog was not over after {WAIT_S:.0f} s: {rows}"
    raise TimeoutError(message)


def _wait_for_runs(catalog: CatalogDatabase, number: int) -> tuple[Run, ...]:
    deadline = time.monotonic() + WAIT_S
    while True:
        with catalog.reading() as session:
            found = tuple(each for each in runs(session) if each.origin == "backlog")
        if len(found) == number and all(each.status not in {"requested", "running"} for each in found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def test_past_nights_are_filled_in_and_filling_them_in_again_starts_nothing(
    deployment: Deployment, backlog: None, catalog: CatalogDatabase
) -> None:
    before = datetime.now(UTC)
    deployment.client.set_paused(BACKLOG, paused=False)
    backfill_id = _backfill(deployment, "none")
    _wait_for_backlog(deployment, before)
    _put_an_end_to(deployment, backfill_id)
    first = _wait_for_runs(catalog, 3)
    assert {run.address for run in first} == {"ann/one.mp4", "ann/two.mp4", "bob/one.mp4"}
    assert {(run.status, run.reason_code) for run in first} == {("rejected", "unreadable_media")}

    again = datetime.now(UTC)
    _backfill(deployment, "completed")
    _wait_for_backlog(deployment, again)
    assert _wait_for_runs(catalog, 3) == first
    with catalog.reading() as session:
        assert set(progress(session)) >= {
            Progress("ann", "pt", rejected=2),
            Progress("bob", "es", rejected=1),
        }
