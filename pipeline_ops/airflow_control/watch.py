"""Follows one run through Airflow's REST API: what each stage is doing, and what the run came to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline_ops.airflow_control.client import (
    AirflowClient,
    AirflowUnavailableError,
    DagRun,
    TaskInstance,
)
from pipeline_ops.airflow_control.local import DAG_ID
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.graph import NODES
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report
from pipeline_ops.request import parse_languages
from pipeline_ops.run_record import REPORT, read_report, stood_before

POLL_S = 1.0

OUTAGE_PATIENCE_S = 120.0
"""How long Airflow may not answer before watching gives up; the run does not depend on being watched."""

ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
FAILURE = "failure"
"""Where a task keeps the sentence that says why it failed (see `operators/failures.py`)."""

OTHER_TASKS = ("accept_request", REPORT)


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far one stage is.

    Attributes:
        stage: Its name.
        language: The target language, or None for what runs once per video.
        state: Airflow's word for it, or `made`, `reused`, `rejected` where it has ended well.
        seconds: How long it has run or ran, None where it did not start.
        detail: Why it failed or waits, where it does.
    """

    stage: str
    language: str | None
    state: str
    seconds: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at one moment, its stages in the order of the graph."""

    run: DagRun
    stages: tuple[StageProgress, ...]


@dataclass(frozen=True, slots=True)
class RunEnd:
    """What a run came to: its report, or where it has none, why."""

    report: Report | None
    errors: tuple[str, ...] = ()


class RunWatcher:
    """Follows one run.

    Args:
        client: Of the Airflow where it runs.
        platform: The deployment, for reading checkpoints.
        run_id: The run.
    """

    def __init__(self, client: AirflowClient, platform: Platform, run_id: str) -> None:
        self._client = client
        self._platform = platform
        self._run_id = run_id
        self._outcomes: dict[tuple[str, int], str] = {}

    def follow(self, sleep: Callable[[float], None] = time.sleep) -> Iterator[Progress]:
        """Yield the run's progress about once a second; the last one is of the finished run.

        Raises:
            AirflowUnavailableError: Airflow did not answer for two minutes.
        """
        silent_since_s: float | None = None
        while True:
            try:
                progress = self.look()
                silent_since_s = None
                yield progress
                if progress.run.is_over:
                    return
            except AirflowUnavailableError:
                silent_since_s = silent_since_s or time.monotonic()
                if time.monotonic() - silent_since_s > OUTAGE_PATIENCE_S:
                    raise
            sleep(POLL_S)

    def look(self) -> Progress:
        """Return the run's progress now."""
        run = self._client.dag_run(DAG_ID, self._run_id)
        languages = parse_languages(list(run.conf.get("target_languages", ())))
        tasks = [task for task in self._client.task_instances(DAG_ID, self._run_id) if task.task_id in NODES]
        order = {name: position for position, name in enumerate(NODES)}
        tasks.sort(key=lambda task: (task.map_index, order[task.task_id]))
        return Progress(run, tuple(self._progress(task, languages, run) for task in tasks))

    def end(self) -> RunEnd:
        """Return what the finished run came to."""
        reference = self._client.xcom(DAG_ID, self._run_id, REPORT)
        if reference is not None:
            return RunEnd(read_report(CheckpointReference.parse(reference), self._platform))
        tasks = self._client.task_instances(DAG_ID, self._run_id)
        failed = [task for task in tasks if task.state == "failed"]
        return RunEnd(None, tuple(f"{task.task_id}: {self._failure(task)}" for task in failed))

    def _progress(self, task: TaskInstance, languages: tuple[str, ...], run: DagRun) -> StageProgress:
        language = languages[task.map_index] if 0 <= task.map_index < len(languages) else None
        state, detail = task.state or "waiting", ""
        if state in {"success", "skipped"}:
            state = self._outcome(task, run)
        elif state in {"failed", "up_for_retry"}:
            detail = self._failure(task)
            if state == "up_for_retry":
                state = f"retries ({task.try_number} of {task.max_tries + 1} tries)"
        return StageProgress(task.task_id, language, state, _seconds(task), detail)

    def _outcome(self, task: TaskInstance, run: DagRun) -> str:
        """Tell `made`, `reused`, `rejected` and `skipped` apart, asking once for each task."""
        place = (task.task_id, task.map_index)
        if place not in self._outcomes:
            self._outcomes[place] = self._read_outcome(task, run)
        return self._outcomes[place]

    def _read_outcome(self, task: TaskInstance, run: DagRun) -> str:
        handed_on = self._client.xcom(DAG_ID, self._run_id, task.task_id, task.map_index)
        if task.state == "skipped":
            return "skipped" if handed_on is None else "rejected"
        manifest = handed_on and self._platform.store.inspect(CheckpointReference.parse(handed_on))
        if not manifest or run.started_at is None:
            return "done"
        return "reused" if stood_before(manifest, run.started_at) else "made"

    def _failure(self, task: TaskInstance) -> str:
        note = self._client.task_note(DAG_ID, self._run_id, task, FAILURE)
        return str(note) if note else "its log in Airflow tells why"


def run_address(airflow_address: str, run_id: str) -> str:
    """Return where a run is in Airflow's UI."""
    return f"{airflow_address}/dags/{DAG_ID}/runs/{run_id}"


def _seconds(task: TaskInstance) -> float | None:
    if task.started_at is None:
        return None
    return ((task.ended_at or datetime.now(UTC)) - task.started_at).total_seconds()
