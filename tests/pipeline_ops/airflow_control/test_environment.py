from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_ops.airflow_control.environment import Places, local_environment
from pipeline_ops.graph import GRAPH
from pipeline_ops.memory_slots import memory_slots
from pipeline_ops.settings import Settings

PROJECT = Path(__file__).parents[3]

KNOWN_OPTIONS = """
import json, os
for name in [name for name in os.environ if name.startswith("AIRFLOW__")]:
    del os.environ[name]
from airflow.configuration import conf
print(json.dumps([f"{section}__{option}".upper()
                  for section, options in conf.configuration_description.items()
                  for option in options["options"]]))
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places = Places(tmp_path / "airflow")
    places.home.mkdir()
    return places


@pytest.fixture
def environment(tmp_path: Path, places: Places) -> dict[str, str]:
    settings = Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)})
    return local_environment(settings, places, 8123)


@pytest.fixture(scope="module")
def known_options(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    home = tmp_path_factory.mktemp("airflow")
    result = subprocess.run(
        [sys.executable, "-c", KNOWN_OPTIONS],
        env={"AIRFLOW_HOME": str(home), "PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(result.stdout.splitlines()[-1]))


def _airflow_options(environment: dict[str, Any]) -> set[str]:
    return {name.removeprefix("AIRFLOW__") for name in environment if name.startswith("AIRFLOW__")}


def test_every_setting_is_one_that_airflow_knows(
    environment: dict[str, str], known_options: set[str]
) -> None:
    assert _airflow_options(environment) - known_options == set()


def test_every_setting_of_the_containers_is_one_that_airflow_knows(known_options: set[str]) -> None:
    compose = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())
    assert _airflow_options(compose["services"]["scheduler"]["environment"]) - known_options == set()


def test_only_this_machine_can_reach_an_airflow_without_logins(environment: dict[str, str]) -> None:
    assert environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "True"
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_keys_are_made_once_and_kept_from_others(tmp_path: Path, places: Places) -> None:
    settings = Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)})
    first, second = (local_environment(settings, places, 8123) for _ in range(2))
    assert first == second
    assert len(first["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    assert stat.S_IMODE((places.home / "secrets.json").stat().st_mode) == 0o600


def test_settings_of_another_airflow_are_not_inherited(
    tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "SomeExecutor")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_HOST", "example.org")
    environment = local_environment(
        Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)}), places, 8123
    )
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__SMTP__SMTP_HOST" not in environment


def test_folders_that_are_relative_are_handed_on_as_absolute_ones(places: Places) -> None:
    relative = {"DUBWRIGHT_HOME": "home", "DUBWRIGHT_STORE_URL": "store", "DUBWRIGHT_SCRATCH_DIR": "fast"}
    environment = local_environment(Settings.from_environment(relative), places, 8123)
    assert {name: environment[name] for name in relative} == {
        name: str(Path(folder).absolute()) for name, folder in relative.items()
    }


def test_the_pool_has_room_for_every_stage(environment: dict[str, str]) -> None:
    slots = int(environment["AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT"])
    assert slots >= max(memory_slots(node.stage) for node in GRAPH)
