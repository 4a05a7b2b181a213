"""Talks to Airflow's REST API (`/api/v2`): sends requests for translation and reads what became of them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from pipeline_ops.errors import FaultError, WorldError

TIMEOUT_S = 30.0
"""An API server on a busy machine answers within seconds; one that does not is gone."""

TRIGGER_PAUSES_S = (1.0, 3.0)
"""SQLite lets one write at a time, and a scheduler with hundreds of requests writes for seconds."""

PAGE = 100
"""Rows a page: what Airflow's `maximum_page_limit` allows as it comes."""

LONGEST_REASON = 500
"""Characters of a refusal that are shown: a failed validation repeats its whole schema."""

RETURN_VALUE = "return_value"


class AirflowUnavailableError(WorldError):
    """Airflow did not answer, or answered with a server error."""


class AirflowRefusedError(FaultError):
    """Airflow understood a call and refused it; the message holds its reason.

    Attributes:
        status_code: HTTP's.
    """

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.status_code = status_code


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run. `state` is Airflow's: queued, running, success or failed."""

    run_id: str
    state: str
    conf: Mapping[str, Any]
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.state in {"success", "failed"}


@dataclass(frozen=True, slots=True)
class TaskInstance:
    """One task of a run. `state` is Airflow's, or None before it is scheduled; `pid` is its process's."""

    task_id: str
    map_index: int
    label: str | None
    state: str | None
    try_number: int
    max_tries: int
    pid: int | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """When Airflow's services last said that they live, by the server's clock."""

    scheduler: datetime | None
    dag_processor: datetime | None


class AirflowClient:
    """A client of one Airflow; use it in a `with` block.

    Args:
        address: Such as `http://127.0.0.1:8080`.
        username: Where the deployment has logins; none is needed on one's own machine.
        password: Its password.
    """

    def __init__(self, address: str, username: str | None = None, password: str | None = None) -> None:
        self.address = address.rstrip("/")
        self._credentials = None if username is None else {"username": username, "password": password or ""}
        self._http = httpx.Client(base_url=self.address, timeout=TIMEOUT_S)
        self._token: str | None = None

    @classmethod
    def from_environment(cls, address: str) -> AirflowClient:
        """Log in as DUBWRIGHT_AIRFLOW_USERNAME with DUBWRIGHT_AIRFLOW_PASSWORD, where they are set."""
        return cls(
            address,
            os.environ.get("DUBWRIGHT_AIRFLOW_USERNAME"),
            os.environ.get("DUBWRIGHT_AIRFLOW_PASSWORD"),
        )

    def __enter__(self) -> AirflowClient:
        """Open nothing yet: connections are made when needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def heartbeats(self) -> Heartbeats:
        """Return when the services last reported.

        Raises:
            AirflowUnavailableError: the API server does not answer.
        """
        health = self._send("GET", "/api/v2/monitor/health", authorised=False)
        return Heartbeats(
            scheduler=_time(health["scheduler"]["latest_scheduler_heartbeat"]),
            dag_processor=_time(health["dag_processor"]["latest_dag_processor_heartbeat"]),
        )

    def last_parsed_at(self, dag_id: str) -> datetime | None:
        """Return when a Dag's file was last read, None where Airflow does not know the Dag."""
        try:
            return _time(self._send("GET", f"/api/v2/dags/{quote(dag_id)}")["last_parsed_time"])
        except AirflowRefusedError as error:
            if error.status_code == httpx.codes.NOT_FOUND:
                return None
            raise

    def import_errors(self) -> tuple[str, ...]:
        """Return why Dag files cannot be read, a text a file."""
        errors = self._send("GET", "/api/v2/importErrors")["import_errors"]
        return tuple(f"{error['filename']}: {error['stack_trace']}" for error in errors)

    def set_pool(self, name: str, slots: int, description: str) -> None:
        """Make a pool, or give it another number of slots."""
        pool = {"slots": slots, "description": description, "include_deferred": False}
        try:
            self._send("POST", "/api/v2/pools", json={"name": name, **pool})
        except AirflowRefusedError as error:
            if error.status_code != httpx.codes.CONFLICT:
                raise
            self._send("PATCH", f"/api/v2/pools/{quote(name)}", json={"pool": name, **pool})

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        """Keep a Dag's runs from going on, or let them.

        Raises:
            AirflowRefusedError: there is no such Dag.
            AirflowUnavailableError: the API server does not answer.
        """
        self._send("PATCH", f"/api/v2/dags/{quote(dag_id)}", json={"is_paused": paused})

    def trigger(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> DagRun:
        """Start a run; ask again where the server could not just now, its database being busy.

        Raises:
            AirflowRefusedError: the parameters are wrong, there is such a run, or there is no such Dag.
            AirflowUnavailableError: the API server does not answer, or goes on answering that it cannot.
        """
        path = f"/api/v2/dags/{quote(dag_id)}/dagRuns"
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}
        for pause_s in TRIGGER_PAUSES_S:
            try:
                return _dag_run(self._send("POST", path, json=body))
            except AirflowUnavailableError:
                time.sleep(pause_s)
            if self._knows(dag_id, run_id):  # it had begun before the server failed
                return self.dag_run(dag_id, run_id)
        return _dag_run(self._send("POST", path, json=body))

    def _knows(self, dag_id: str, run_id: str) -> bool:
        try:
            self.dag_run(dag_id, run_id)
        except AirflowRefusedError as error:
            if error.status_code == httpx.codes.NOT_FOUND:
                return False
            raise
        return True

    def dag_run(self, dag_id: str, run_id: str) -> DagRun:
        """Return a run as it is now."""
        return _dag_run(self._send("GET", _run_path(dag_id, run_id)))

    def task_instances(self, dag_id: str, run_id: str) -> tuple[TaskInstance, ...]:
        """Return every task of a run as it is now."""
        return tuple(
            TaskInstance(
                task_id=row["task_id"],
                map_index=row["map_index"],
                label=row["rendered_map_index"],
                state=row["state"],
                try_number=row["try_number"],
                max_tries=row["max_tries"],
                pid=row["pid"],
                started_at=_time(row["start_date"]),
                ended_at=_time(row["end_date"]),
            )
            for row in self._pages(f"{_run_path(dag_id, run_id)}/taskInstances", "task_instances")
        )

    def xcom(
        self, dag_id: str, run_id: str, task_id: str, map_index: int = -1, key: str = RETURN_VALUE
    ) -> Any | None:
        """Return what a task handed on, None where it handed on nothing."""
        path = f"{_run_path(dag_id, run_id)}/taskInstances/{quote(task_id)}/xcomEntries/{quote(key)}"
        try:
            return self._send("GET", path, map_index=map_index, deserialize=True)["value"]
        except AirflowRefusedError as error:
            if error.status_code == httpx.codes.NOT_FOUND:
                return None
            raise

    def xcom_keys(self, dag_id: str, run_id: str) -> tuple[tuple[str, int, str], ...]:
        """Return task, map index and key of everything that the tasks of a run handed on."""
        rows = self._pages(f"{_run_path(dag_id, run_id)}/taskInstances/~/xcomEntries", "xcom_entries")
        return tuple((row["task_id"], row["map_index"], row["key"]) for row in rows)

    def task_note(self, dag_id: str, run_id: str, task: TaskInstance, key: str) -> Any | None:
        """Return a value that a task kept in its state store, None where it kept none."""
        path = f"{_run_path(dag_id, run_id)}/taskInstances/{quote(task.task_id)}/state-store/{quote(key)}"
        try:
            return self._send("GET", path, map_index=task.map_index)["value"]
        except AirflowRefusedError as error:
            if error.status_code == httpx.codes.NOT_FOUND:
                return None
            raise

    def _pages(self, path: str, rows_name: str) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            answer = self._send("GET", path, limit=PAGE, offset=offset)
            yield from answer[rows_name]
            offset += len(answer[rows_name])
            if offset >= answer["total_entries"] or not answer[rows_name]:
                return

    def _send(
        self, method: str, path: str, *, json: Any = None, authorised: bool = True, **query: Any
    ) -> dict[str, Any]:
        """Send one call, logging in first, and once more where the login has run out."""
        answer = self._exchange(method, path, json, authorised, query)
        if authorised and answer.status_code == httpx.codes.UNAUTHORIZED:
            self._token = None
            answer = self._exchange(method, path, json, authorised, query)
        if answer.is_success:
            content: dict[str, Any] = answer.json()
            return content
        if answer.is_server_error:
            message = f"Airflow at {self.address} answered {answer.status_code} to {method} {path}."
            raise AirflowUnavailableError(message)
        message = f"Airflow refused {method} {path}: {_reason(answer)}"
        raise AirflowRefusedError(message, answer.status_code)

    def _exchange(
        self, method: str, path: str, json: Any, authorised: bool, query: Mapping[str, Any]
    ) -> httpx.Response:
        headers = {}
        try:
            if authorised:
                self._token = self._token or self._log_in()
                headers["Authorization"] = f"Bearer {self._token}"
            return self._http.request(method, path, json=json, params=dict(query), headers=headers)
        except httpx.TransportError as error:
            message = (
                f"Airflow at {self.address} does not answer ({type(error).__name__}). Is it running? Start it"
                " with: dubwright airflow up"
            )
            raise AirflowUnavailableError(message) from error

    def _log_in(self) -> str:
        if self._credentials is None:
            answer = self._http.get("/auth/token")
        else:
            answer = self._http.post("/auth/token", json=self._credentials)
        if not answer.is_success:
            message = (
                f"Airflow at {self.address} refused the login ({answer.status_code}). Set"
                " DUBWRIGHT_AIRFLOW_USERNAME and DUBWRIGHT_AIRFLOW_PASSWORD."
            )
            raise AirflowRefusedError(message, answer.status_code)
        token: str = answer.json()["access_token"]
        return token


def _run_path(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}"


def _dag_run(row: Mapping[str, Any]) -> DagRun:
    return DagRun(
        run_id=row["dag_run_id"],
        state=row["state"],
        conf=row["conf"] or {},
        started_at=_time(row["start_date"]),
        ended_at=_time(row["end_date"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _reason(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = answer.text
    return f"{answer.status_code}, {str(detail).strip()[:LONGEST_REASON]}"
