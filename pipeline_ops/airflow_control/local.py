"""The Airflow of one machine: API server, scheduler and Dag processor as background processes."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import importlib.metadata
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline_ops.airflow_control.client import AirflowClient, AirflowUnavailableError
from pipeline_ops.airflow_control.environment import HOST, Places, local_environment
from pipeline_ops.airflow_control.processes import ProcessRecord, is_running, start, stop
from pipeline_ops.artefacts import canonical_json, from_json, to_json
from pipeline_ops.errors import FaultError, SettingsError
from pipeline_ops.settings import Settings

DAG_ID = "translate_video"

GPU_POOL = "gpu"
GPU_SLOTS = 2
"""On one machine: as many stages at a time that would use a GPU. Without one they are the heaviest."""

USUAL_PORT = 8080

SERVICES: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server", "--workers", "1"),
    # Task logs are read as files, so nothing needs to serve them.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
}
"""What runs. No triggerer: no task here defers."""

KEEPER = (sys.executable, "-m", "pipeline_ops.airflow_control.keeping")
"""Starts a service again that ends by itself."""

START_PATIENCE_S = 180.0
"""A cold start takes half a minute on two cores; a machine that is busy otherwise gets six times that."""

STOP_PATIENCE_S = 10.0
"""How long services get to end in order before they are killed."""

POLL_S = 0.25
LOG_TAIL_LINES = 15

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Running:
    """What was started.

    Attributes:
        port: Where it answers.
        settings_digest: Tells whether it has certain settings.
        services: Its processes.
        ready: Whether it has answered once.
    """

    port: int
    settings_digest: str
    services: tuple[ProcessRecord, ...]
    ready: bool = False

    @property
    def address(self) -> str:
        """Where the UI and the REST API are."""
        return f"http://{HOST}:{self.port}"

    @property
    def is_alive(self) -> bool:
        """Whether every service runs, and did get ready."""
        return self.ready and all(map(is_running, self.services))


@dataclass(frozen=True, slots=True)
class Started:
    """What `up` did."""

    running: Running
    was_running: bool
    took_s: float


def up(settings: Settings, say: Say) -> Started:
    """Make sure that the local Airflow runs with these settings and answers.

    Args:
        settings: The deployment.
        say: Told in plain sentences what goes on.

    Raises:
        FaultError: a service ended, or a Dag cannot be read; the message shows its log.
        AirflowUnavailableError: it did not come up in time.
    """
    began_s = time.monotonic()
    places = Places.of(settings)
    with _locked(places):
        before = _read(places)
        if (
            before is not None
            and before.is_alive
            and before.settings_digest == _digest(settings, places, before.port)
        ):
            return Started(before, was_running=True, took_s=time.monotonic() - began_s)
        if before is not None:
            say("Stopping what is left of an earlier Airflow, or of one with other settings ...")
            stop(before.services, STOP_PATIENCE_S)
        port = _free_port(USUAL_PORT if before is None else before.port)
        environment = local_environment(settings, places, port)
        _migrate(places, environment, say)
        say(f"Starting Airflow at http://{HOST}:{port} (logs: {places.logs}) ...")
        since = datetime.now(UTC)
        running = _start_services(settings, places, port, environment)
        _wait_until_healthy(running, since, places)
        running = dataclasses.replace(running, ready=True)
        _write(places, running)
        say("Airflow is ready.")
    return Started(running, was_running=False, took_s=time.monotonic() - began_s)


def prepare(settings: Settings, say: Say) -> None:
    """Make or upgrade Airflow's database, so that the first `up` need not.

    Raises:
        FaultError: Airflow could not; the message shows its log.
    """
    places = Places.of(settings)
    with _locked(places):
        running = _read(places)
        port = USUAL_PORT if running is None else running.port
        _migrate(places, local_environment(settings, places, port), say)


def down(settings: Settings, say: Say) -> bool:
    """Stop what `up` started, also after a crash; tell whether there was anything."""
    places = Places.of(settings)
    if not places.home.is_dir():
        return False
    with _locked(places):
        running = _read(places)
        if running is None:
            return False
        say(f"Stopping Airflow at {running.address} ...")
        stop(running.services, STOP_PATIENCE_S)
        places.state.unlink()
    return True


def status(settings: Settings) -> Running | None:
    """Return what was started and not stopped, whether it still runs or not."""
    return _read(Places.of(settings))


def current_address(settings: Settings) -> str:
    """Return where Airflow answers: DUBWRIGHT_AIRFLOW_URL, else the local one that was started.

    Raises:
        SettingsError: neither is there.
    """
    if address := os.environ.get("DUBWRIGHT_AIRFLOW_URL"):
        return address
    running = status(settings)
    if running is None:
        message = (
            "Airflow is not running here. Start it with `dubwright airflow up`, or set DUBWRIGHT_AIRFLOW_URL."
        )
        raise SettingsError(message)
    return running.address


def service_command(name: str) -> list[str]:
    """Return the command that runs one of the services."""
    return _airflow(*SERVICES[name])


@contextmanager
def _locked(places: Places) -> Iterator[None]:
    """Keep two calls from starting or stopping at the same time."""
    places.home.mkdir(parents=True, exist_ok=True)
    with places.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(places: Places) -> Running | None:
    try:
        running: Running = from_json(Running, places.state.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        message = f"{places.state} cannot be read: {error}. Delete it, and end Airflow's processes by hand."
        raise SettingsError(message) from error
    return running


def _write(places: Places, running: Running) -> None:
    temporary = places.state.with_name(f".{places.state.name}")
    temporary.write_bytes(to_json(Running, running))
    temporary.replace(places.state)


def _has_settings(running: Running, settings: Settings, places: Places) -> bool:
    return running.settings_digest == _digest(settings, places, running.port)


def _digest(settings: Settings, places: Places, port: int) -> str:
    """Return what tells whether the running services have these settings, without revealing secrets."""
    environment = {
        name: value
        for name, value in local_environment(settings, places, port).items()
        if name.startswith(("DUBWRIGHT_", "AWS_", "AIRFLOW_"))
    }
    versions = {name: importlib.metadata.version(name) for name in ("apache-airflow", "dubwright")}
    return hashlib.sha256(canonical_json({**environment, **versions})).hexdigest()


def _free_port(preferred: int) -> int:
    """Return the preferred port, or any other that is free where it is taken."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind((HOST, port))
            except OSError:
                continue
            free: int = candidate.getsockname()[1]
            return free
    message = f"No port of {HOST} is free."
    raise SettingsError(message)


def _migrate(places: Places, environment: Mapping[str, str], say: Say) -> None:
    """Make or upgrade Airflow's database, unless this version of Airflow has done so."""
    version = importlib.metadata.version("apache-airflow")
    if places.migrated.exists() and places.migrated.read_text(encoding="ascii") == version:
        return
    say("Preparing Airflow's database ...")
    log_file = places.logs / "migrate.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("wb") as log:
        result = subprocess.run(
            _airflow("db", "migrate"), env=dict(environment), stdout=log, stderr=log, check=False
        )
    if result.returncode != 0:
        message = f"Airflow could not prepare its database ({log_file}):\n{_tail(log_file)}"
        raise FaultError(message)
    places.migrated.write_text(version, encoding="ascii")


def _start_services(settings: Settings, places: Places, port: int, environment: Mapping[str, str]) -> Running:
    """Start all services at once, recording each as soon as it is there."""
    running = Running(port, _digest(settings, places, port), ())
    for name in SERVICES:
        log_file = places.logs / f"{name}.log"
        log_file.unlink(missing_ok=True)
        record = start(name, [*KEEPER, *service_command(name)], environment, log_file, Path.cwd())
        running = Running(port, running.settings_digest, (*running.services, record))
        _write(places, running)
    return running


def _wait_until_healthy(running: Running, since: datetime, places: Places) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    with AirflowClient(running.address) as client:
        while not _is_healthy(client, since):
            for record in running.services:
                if not is_running(record):
                    log_file = places.logs / f"{record.name}.log"
                    message = f"Airflow's {record.name} ended ({log_file}):\n{_tail(log_file)}"
                    raise FaultError(message)
            if time.monotonic() > deadline:
                message = (
                    f"Airflow was not ready after {START_PATIENCE_S:.0f} s; see {places.logs}, then"
                    " dubwright airflow down"
                )
                raise AirflowUnavailableError(message)
            time.sleep(POLL_S)
        client.set_pool(GPU_POOL, GPU_SLOTS, "Stages that a GPU speeds up: one slot each.")


def _is_healthy(client: AirflowClient, since: datetime) -> bool:
    """Tell whether every service has reported, and the Dag was read, since they were started.

    Raises:
        FaultError: a Dag file cannot be imported.
    """
    try:
        heartbeats = client.heartbeats()
    except AirflowUnavailableError:
        return False
    reported = (heartbeats.scheduler, heartbeats.dag_processor)
    if not all(moment is not None and moment >= since for moment in reported):
        return False
    parsed_at = client.last_parsed_at(DAG_ID)
    if parsed_at is not None and parsed_at >= since:
        return True
    if errors := client.import_errors():
        message = "A Dag file cannot be read.\n" + "\n".join(errors)
        raise FaultError(message)
    return False


def _airflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *arguments]


def _tail(log_file: Path) -> str:
    lines = log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_TAIL_LINES:])
