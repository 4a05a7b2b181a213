"""docker-compose.yaml without an engine: that it is whole, and names what there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_ops.commands.ratings import MEDIA, serve
from pipeline_ops.operators.placement import CPU_QUEUE, GPU_QUEUE

PROJECT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
MONITORING_SERVICES = ("metrics", "prometheus", "grafana")
AIRFLOW_SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer", "worker-cpu", "worker-gpu")


def test_there_is_every_service_that_airflow_needs() -> None:
    others = {"postgres", "redis", "minio", "init", "delivery", "ratings"}
    assert set(SERVICES) == {*others, *AIRFLOW_SERVICES, *MONITORING_SERVICES}


@pytest.mark.parametrize("name", MONITORING_SERVICES)
def test_monitoring_is_there_where_it_is_wanted_bounded_and_tells_its_health(name: str) -> None:
    service = SERVICES[name]
    assert service["profiles"] == ["monitoring"]
    assert service["healthcheck"]["test"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_monitorings_images_are_pinned_and_run_as_no_root_without_capabilities(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[a-z]+/[a-z]+:v?\d+\.\d+\.\d+", service["image"])
    assert int(service["user"].partition(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]


def test_the_figures_need_a_token_that_prometheus_has() -> None:
    assert SERVICES["metrics"]["environment"]["DUBWRIGHT_METRICS_TOKEN"] == "${METRICS_TOKEN:?fill in .env}"
    assert SERVICES["prometheus"]["secrets"] == ["metrics_token"]
    assert COMPOSE["secrets"]["metrics_token"] == {"environment": "METRICS_TOKEN"}


def test_files_that_are_mounted_are_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith("./"):
                assert (PROJECT / source).exists(), source


@pytest.mark.parametrize("name", AIRFLOW_SERVICES)
def test_airflows_services_wait_for_what_they_need_and_tell_their_health(name: str) -> None:
    service = SERVICES[name]
    assert service["depends_on"]["init"]["condition"] == "service_completed_successfully"
    assert set(service["depends_on"]) <= set(SERVICES)
    assert service["healthcheck"]["test"]


def test_the_catalog_is_shared_and_migrated_before_anything_starts() -> None:
    assert "dubwright catalog migrate" in SERVICES["init"]["command"][0]
    for name in ("init", *AIRFLOW_SERVICES):
        assert SERVICES[name]["environment"]["DUBWRIGHT_CATALOG_URL"].startswith("postgresql+psycopg://")


def test_each_queue_has_a_worker() -> None:
    assert f"{CPU_QUEUE},{GPU_QUEUE}" in SERVICES["worker-cpu"]["command"]
    assert f"--queues {GPU_QUEUE} " in SERVICES["worker-gpu"]["command"]


def test_what_names_no_queue_has_a_worker_too() -> None:
    for name in AIRFLOW_SERVICES:
        assert SERVICES[name]["environment"]["AIRFLOW__OPERATORS__DEFAULT_QUEUE"] == CPU_QUEUE


def test_named_volumes_are_declared() -> None:
    mounted = {
        volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())
    }
    assert {name for name in mounted if re.fullmatch(r"[a-z]+", name)} == set(COMPOSE["volumes"])


def test_every_variable_without_a_default_is_in_the_example() -> None:
    text = (PROJECT / "docker-compose.yaml").read_text()
    needed = set(re.findall(r"\$\{([A-Z_]+)(?::\?[^}]*)?\}", text))
    example = set(re.findall(r"^([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert needed <= example


def test_only_the_uis_are_reached_from_outside_and_from_this_machine_unless_said_otherwise() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "api-server": ["${AIRFLOW_PORT:-127.0.0.1:8080}:8080"],
        "grafana": ["${GRAFANA_PORT:-127.0.0.1:3000}:3000"],
        "delivery": ["${DELIVERY_PORT:-127.0.0.1:8090}:8090"],
        "ratings": ["${RATINGS_PORT:-127.0.0.1:8321}:8321"],
    }


def test_the_rating_pages_know_the_catalog_and_no_key() -> None:
    assert set(SERVICES["ratings"]["environment"]) == {"DUBWRIGHT_HOME", "DUBWRIGHT_CATALOG_URL"}


def test_clips_that_people_rate_outlive_the_container() -> None:
    home = SERVICES["ratings"]["environment"]["DUBWRIGHT_HOME"]
    mounted = {volume.split(":")[1] for volume in SERVICES["ratings"]["volumes"]}
    assert f"{home}/{MEDIA.parts[0]}" in mounted
    # A volume that is empty takes its owner from the folder of the image.
    assert f"{home}/{MEDIA.parts[0]}" in (PROJECT / "Dockerfile").read_text()


def test_the_rating_pages_are_served_and_watched_at_their_own_port() -> None:
    service = SERVICES["ratings"]
    port = inspect.signature(serve).parameters["port"].default
    assert service["ports"][0].endswith(f":{port}")
    assert f"http://localhost:{port}/health" in service["healthcheck"]["test"][-1]
