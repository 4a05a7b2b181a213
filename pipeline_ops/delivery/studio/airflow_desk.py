"""Asks Airflow, through its REST API, to run translations and how far they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_ops.airflow_control.client import (
    AirflowClient,
    AirflowRefusedError,
    AirflowUnavailableError,
    DagRun,
    TaskInstance,
)
from pipeline_ops.airflow_control.local import DAG_ID, current_address
from pipeline_ops.errors import SettingsError
from pipeline_ops.settings import Settings

REMEMBERED_S = 1.5
"""How old an answer about a run may be: pages ask every few seconds, and several may show one run."""

MOST_REMEMBERED = 200

CONFLICT = 409
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class RunStanding:
    """What Airflow says of a run and its tasks at one moment."""

    run: DagRun
    tasks: tuple[TaskInstance, ...]


class AirflowDesk:
    """Talks to the deployment's Airflow. Threads may share it.

    Args:
        settings: The deployment; DUBWRIGHT_AIRFLOW_URL says where Airflow is, as for `dubwright translate`.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: AirflowClient | None = None
        self._remembered: dict[str, tuple[float, RunStanding | None]] = {}

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def start(self, run_id: str, conf: Mapping[str, Any]) -> None:
        """Start a run, unless it was started already.

        Raises:
            AirflowRefusedError: Airflow does not take the parameters.
            AirflowUnavailableError: it does not answer.
        """
        try:
            self._airflow().trigger(DAG_ID, run_id, conf)
        except AirflowRefusedError as error:
            if error.status_code != CONFLICT:
                raise
        with self._lock:
            self._remembered.pop(run_id, None)

    def look(self, run_id: str) -> RunStanding | None:
        """Return how a run stands, None where Airflow does not know it (yet).

        Raises:
            AirflowUnavailableError: it does not answer.
            AirflowRefusedError: it does not let us look.
        """
        with self._lock:
            looked_s, standing = self._remembered.get(run_id, (0.0, None))
        if time.monotonic() - looked_s < REMEMBERED_S and looked_s:
            return standing
        standing = self._look(run_id)
        with self._lock:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[run_id] = (time.monotonic(), standing)
        return standing

    def _look(self, run_id: str) -> RunStanding | None:
        airflow = self._airflow()
        try:
            run = airflow.dag_run(DAG_ID, run_id)
            return RunStanding(run, airflow.task_instances(DAG_ID, run_id))
        except AirflowRefusedError as error:
            if error.status_code == NOT_FOUND:
                return None
            raise

    def _airflow(self) -> AirflowClient:
        try:
            address = current_address(self._settings)
        except SettingsError as error:
            raise AirflowUnavailableError(str(error)) from error
        with self._lock:
            if self._client is not None and self._client.address != address.rstrip("/"):
                self._client.close()  # Airflow was started anew elsewhere
                self._client = None
            if self._client is None:
                self._client = AirflowClient.from_environment(address)
            return self._client
