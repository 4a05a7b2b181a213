"""A translator is swapped in what is published, through a real scheduler: refused, approved, rolled back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.history import translations
from pipeline_ops.catalog.tables import UpgradeState
from pipeline_ops.cli import app
from pipeline_ops.graph import nodes_of
from pipeline_ops.operators.edges import ancestors
from pipeline_ops.upgrades.naming import UPGRADE_BACKFILL, wave_run_id
from pipeline_ops.upgrades.report import RunFigures, figures
from pipeline_ops.upgrades.waves import CANARY, get_upgrade
from tests.e2e.deployment import WITHOUT_LIPS, Deployment, made

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

CREATOR = "uma"
WAIT_S = 280.0

A_PERSON_S = 3.0
"""How long a person thinks at the least; Airflow loses an answer of the same second (it would ask again)."""

A_SINGLE_LINE = ("--tolerance", "speed_deviation=1", "--tolerance", "timing_flagged=1")
"""The clip has so few lines that an exclamation mark moves the means of them."""

AFTER_TRANSLATION = {
    "translate[pt]",
    *(f"{node.name}[pt]" for node in nodes_of("language") if "translate" in ancestors(node)),
}


@pytest.fixture(scope="module")
def catalog(environment: Deployment) -> Iterator[CatalogDatabase]:
    with open_catalog(environment.platform.settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def published(environment: Deployment, catalog: CatalogDatabase, talk: Path) -> str:
    """A run whose Portuguese is before viewers."""
    with catalog.writing() as session:
        put_creator(session, Creator(CREATOR, "Uma", consented_at=datetime.now(UTC)))
    run_id = environment.send(talk, "pt", creator=CREATOR, **WITHOUT_LIPS)
    assert environment.wait(run_id).state == "success"
    assert shown(catalog) == [run_id]
    return run_id


def shown(catalog: CatalogDatabase) -> list[str]:
    with catalog.reading() as session:
        return [each.run_id for each in translations(session, creator_id=CREATOR, state="published")]


def upgrade(command: str, *words: str) -> str:
    result = CliRunner().invoke(app, ["upgrade", command, *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def start(model: str, *words: str) -> str:
    wish = ("--capability", "translation", "--to", model, "--creator", CREATOR)
    return upgrade("start", *wish, *A_SINGLE_LINE, *words).strip().splitlines()[0]


def wait(catalog: CatalogDatabase, upgrade_id: str, state: UpgradeState) -> str | None:
    """Wait until an upgrade is in a state, and return why it is."""
    deadline = time.monotonic() + WAIT_S
    while True:
        with catalog.reading() as session:
            row = get_upgrade(session, upgrade_id)
            if row.state == state:
                return row.reason
            assert time.monotonic() < deadline, f"{upgrade_id} is {row.state} ({row.reason}), not {state}"
        time.sleep(0.5)


def only_run(catalog: CatalogDatabase, upgrade_id: str) -> RunFigures:
    with catalog.reading() as session:
        [run] = figures(session, upgrade_id)
    return run


def answer(deployment: Deployment, upgrade_id: str, option: str) -> None:
    """Answer Airflow's question as its page does."""
    run = f"/api/v2/dags/{UPGRADE_BACKFILL}/dagRuns/{wave_run_id(upgrade_id, CANARY)}"
    path = f"{run}/taskInstances/approve_canary/-1/hitlDetails"
    deadline = time.monotonic() + WAIT_S
    while True:
        tasks = deployment.client.task_instances(UPGRADE_BACKFILL, wave_run_id(upgrade_id, CANARY))
        if any(task.task_id == "approve_canary" and task.state == "awaiting_input" for task in tasks):
            break
        assert time.monotonic() < deadline, tasks
        time.sleep(0.5)
    time.sleep(A_PERSON_S)
    deployment.client._send("PATCH", path, json={"chosen_options": [option], "params_input": {}})


def test_a_worse_model_is_stopped_at_the_canary(
    deployment: Deployment, catalog: CatalogDatabase, published: str
) -> None:
    upgrade_id = start("untranslated-en-pt")
    reason = wait(catalog, upgrade_id, "stopped")
    assert "most lines are translated" in str(reason)  # a gate ends it before it is spoken
    assert shown(catalog) == [published]


@pytest.mark.thorough
def test_a_better_one_recomputes_what_was_planned_waits_for_approval_and_is_rolled_back(
    deployment: Deployment, catalog: CatalogDatabase, published: str
) -> None:
    upgrade_id = start("unstopped-en-pt", "--approval")
    wait(catalog, upgrade_id, "awaiting_approval")
    assert shown(catalog) == [published]
    answer(deployment, upgrade_id, "Approve")
    wait(catalog, upgrade_id, "finished")

    run = only_run(catalog, upgrade_id)
    assert set(run.planned) == set(run.made) == made(deployment.report(run.run_id)) == AFTER_TRANSLATION
    assert shown(catalog) == [run.run_id]

    before = deployment.client._send("GET", "/api/v2/dags/~/dagRuns", limit=1)["total_entries"]
    assert "1 translations are as they were" in upgrade("roll-back", upgrade_id)
    assert shown(catalog) == [published]
    assert deployment.client._send("GET", "/api/v2/dags/~/dagRuns", limit=1)["total_entries"] == before
    assert "Nothing is to be made again" not in upgrade(
        "plan", "--capability", "translation", "--to", "unstopped-en-pt", "--creator", CREATOR
    )
