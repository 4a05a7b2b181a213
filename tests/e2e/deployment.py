"""A whole deployment for tests: a storage server, an Airflow with its own home, and a way to use both."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_ops.airflow_control.client import AirflowClient, DagRun, TaskInstance
from pipeline_ops.airflow_control.environment import Places
from pipeline_ops.airflow_control.local import DAG_ID
from pipeline_ops.airflow_control.watch import RunEnd, RunWatcher
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report, StageReport
from pipeline_ops.runner import ingest, load_artefact
from tests.e2e.breakable_connection import BreakableConnection

RUN_LIMIT_S = 300.0
POLL_S = 0.3
LOG_TAIL = 3000
WITHOUT_LIPS = {"stage_parameters": {"render_lips": {"enabled": False}}}
"""For runs in which nobody looks at lips: they are drawn in `test_translating_under_airflow.py`."""
PORTUGUESE_VOICES = ("pf_dora", "pm_alex", "pm_santa")


@dataclass(frozen=True)
class Deployment:
    address: str
    client: AirflowClient
    platform: Platform
    storage: BreakableConnection

    def send(self, video: Path, languages: str, **conf: Any) -> str:
        """Ingest a video, start a run for it and return the run's id."""
        return self.send_reference(str(ingest(video, self.platform)), languages, **conf)

    def send_reference(self, video: str, languages: str, **conf: Any) -> str:
        run_id = f"test-{secrets.token_hex(4)}"
        agreed = {} if "creator" in conf else {"consent": ["voice", "lips"]}
        wishes = {"video": video, "target_languages": languages.split(","), **agreed, **conf}
        return self.client.trigger(DAG_ID, run_id, wishes).run_id

    def wait(self, run_id: str) -> DagRun:
        deadline = time.monotonic() + RUN_LIMIT_S
        while not (run := self.client.dag_run(DAG_ID, run_id)).is_over:
            if time.monotonic() > deadline:
                message = f"{run_id} is not over after {RUN_LIMIT_S:.0f} s: {self._what_goes_on(run_id)}"
                raise TimeoutError(message)
            time.sleep(POLL_S)
        return run

    def _what_goes_on(self, run_id: str) -> str:
        states = {(task.task_id, task.map_index): task.state for task in self.tasks(run_id) if task.state}
        log = Places.of(self.platform.settings).logs / "scheduler.log"
        return f"{states}\n{log.read_text(encoding='utf-8', errors='replace')[-LOG_TAIL:]}"

    def wait_for(self, run_id: str, task_id: str, *states: str) -> TaskInstance:
        """Wait until a task (of the first language) is in one of these states."""
        deadline = time.monotonic() + RUN_LIMIT_S
        while time.monotonic() < deadline:
            for task in self.tasks(run_id):
                if task.task_id == task_id and task.state in states and task.map_index <= 0:
                    return task
            time.sleep(0.05)
        message = f"{task_id} of {run_id} was never {states}"
        raise TimeoutError(message)

    def tasks(self, run_id: str) -> tuple[TaskInstance, ...]:
        return self.client.task_instances(DAG_ID, run_id)

    def end(self, run_id: str) -> RunEnd:
        return RunWatcher(self.client, self.platform, run_id).end()

    def report(self, run_id: str) -> Report:
        report = self.end(run_id).report
        assert report is not None
        return report

    def tries(self, run_id: str) -> dict[tuple[str, int], int]:
        return {(task.task_id, task.map_index): task.try_number for task in self.tasks(run_id)}

    def other_voice(self, run_id: str) -> dict[str, dict[str, str]]:
        """Return stage parameters that choose a voice which a run did not use."""
        [fitted] = [each for each in self.report(run_id).stages if place(each) == "fit_voice[pt]"]
        [used] = load_artefact(self.platform, CheckpointReference.parse(str(fitted.checkpoint)), "voices")
        other = next(voice for voice in PORTUGUESE_VOICES if voice != used.design.only_voice_id)
        return {"fit_voice": {"voice_id": other}}

    def damaged(self) -> list[str]:
        """Return what is wrong with the store: half written, missing, or of another digest."""
        store = self.platform.store
        return [problem for reference in store.references() for problem in store.verify(reference)]


def made(report: Report) -> set[str]:
    """Return the stages (with their language) that did not find their checkpoint."""
    return {place(stage) for stage in report.stages if not stage.reused}


def place(stage: StageReport) -> str:
    return stage.stage if stage.language is None else f"{stage.stage}[{stage.language}]"


def is_reference(value: object) -> bool:
    try:
        CheckpointReference.parse(str(value))
    except ValueError:
        return False
    return True
