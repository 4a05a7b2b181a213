"""The settings that the Airflow of one machine runs with, as environment variables, and its secrets."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline_ops.errors import SettingsError
from pipeline_ops.graph import GRAPH
from pipeline_ops.memory_slots import SLOT_MB, memory_slots
from pipeline_ops.settings import Settings

HOST = "127.0.0.1"
"""Nobody logs in on one's own machine, so nobody else may reach it."""

MEMORY_SHARE = 0.75
"""Of the machine's memory, what stages may fill; the rest is Airflow's (about 1.3 GB) and the system's."""

SECRET_BYTES = 64
"""Airflow signs its tokens with HMAC-SHA512, whose key should be as long as its digest (RFC 7518, 3.2)."""

SECRETS_FILE = "secrets.json"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the Airflow of one machine keeps its things: all below DUBWRIGHT_HOME/airflow."""

    home: Path

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Return the places of a deployment."""
        return cls(settings.home / "airflow")

    @property
    def logs(self) -> Path:
        """What the services print, one file a service; Airflow's task logs lie beside them."""
        return self.home / "services"

    @property
    def state(self) -> Path:
        """The record of what was started."""
        return self.home / "running.json"

    @property
    def lock(self) -> Path:
        """Held by whoever starts or stops."""
        return self.home / "control.lock"

    @property
    def migrated(self) -> Path:
        """Says for which version of Airflow the database was made."""
        return self.home / "migrated"


def project_folder(name: str) -> Path:
    """Return `dags` or `plugins`, which lie beside the package.

    Raises:
        SettingsError: the package was installed without them.
    """
    folder = Path(__file__).resolve().parents[2] / name
    if not folder.is_dir():
        message = f"There is no folder {folder}. Install Dubwright from a checkout: pip install -e ."
        raise SettingsError(message)
    return folder


def local_environment(settings: Settings, places: Places, port: int) -> dict[str, str]:
    """Return the environment of the local Airflow's services: this process's own and what Airflow needs.

    Args:
        settings: The deployment; its paths are handed on as absolute ones.
        places: Where Airflow keeps its things.
        port: Of the API server.
    """
    bin_folder = str(Path(sys.executable).parent)
    cores = os.cpu_count() or 1
    key = _secrets(places.home / SECRETS_FILE)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    return {
        **inherited,
        "PATH": os.pathsep.join([bin_folder, os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "DUBWRIGHT_HOME": str(settings.home),
        "DUBWRIGHT_STORE_URL": _absolute_store(settings.store_url),
        "DUBWRIGHT_MEDIA_DIR": str(settings.media_dir),
        "DUBWRIGHT_MEDIA_URL": _absolute_store(settings.media_url),
        "DUBWRIGHT_SCRATCH_DIR": str(settings.scratch_dir),
        "DUBWRIGHT_PROFILE": settings.profile,
        "AIRFLOW_HOME": str(places.home),
        **{f"AIRFLOW__{name}": value for name, value in _options(places, port, cores, key).items()},
    }


def _options(places: Places, port: int, cores: int, key: Mapping[str, str]) -> dict[str, str]:
    address = f"http://{HOST}:{port}"
    places_to_work = max(2, cores)
    return {
        "CORE__DAGS_FOLDER": str(project_folder("dags")),
        "CORE__PLUGINS_FOLDER": str(project_folder("plugins")),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__FERNET_KEY": key["fernet_key"],
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        # As many tasks at a time as there are cores (two at least, so that a long one blocks no short
        # one): LocalExecutor forks this many workers when it starts, and stages use several threads.
        "CORE__PARALLELISM": str(places_to_work),
        # Only as many requests are begun as can be worked at: what has begun is never left to lie because
        # others begin (Airflow begins 16 as it comes). Nothing in a run waits for a person: a review
        # follows it.
        "CORE__MAX_ACTIVE_RUNS_PER_DAG": str(places_to_work),
        "CORE__DEFAULT_POOL_TASK_SLOT_COUNT": str(_memory_slots_of_machine()),
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{places.home / 'airflow.db'}",
        "API__HOST": HOST,
        "API__PORT": str(port),
        "API__BASE_URL": address,
        "API__SECRET_KEY": key["session_key"],
        "API_AUTH__JWT_SECRET": key["jwt_secret"],
        # The scheduler sleeps this long where it finds nothing to do: the default of 1 s is most of what
        # a short task waits.
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # A scheduler that was started again takes up what its predecessor left; the default of 300 s would
        # let runs lie still for five minutes.
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        # A supervisor may notice the end of a skipped or failed task only at its next heartbeat; the default
        # of 5 s would be most of a rejected run.
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # Parsing takes a second of CPU; the default of 30 s is made for Dags that change all the time.
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "LOGGING__BASE_LOG_FOLDER": str(places.home / "logs"),
    }


def _absolute_store(url: str) -> str:
    """Make a store that is a relative path an absolute one: services may run in another folder."""
    return url if "://" in url else str(Path(url).expanduser().absolute())


def _memory_slots_of_machine() -> int:
    """Return the slots of the default pool: the machine's memory, but enough for the largest stage."""
    total_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    largest = max(memory_slots(node.stage) for node in GRAPH)
    return max(largest, int(total_mb * MEMORY_SHARE / SLOT_MB))


def _secrets(file: Path) -> dict[str, str]:
    """Return this deployment's keys, made at the first start and readable by its owner alone."""
    if file.exists():
        keys: dict[str, str] = json.loads(file.read_text(encoding="ascii"))
        return keys
    keys = {
        "jwt_secret": secrets.token_urlsafe(SECRET_BYTES),
        "session_key": secrets.token_urlsafe(SECRET_BYTES),
        "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
    }
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        json.dump(keys, stream)
    temporary.replace(file)
    return keys
