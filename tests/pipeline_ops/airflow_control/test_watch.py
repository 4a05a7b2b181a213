from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline_ops.airflow_control.client import AirflowClient, AirflowUnavailableError, DagRun, TaskInstance
from pipeline_ops.airflow_control.watch import RunWatcher, run_address
from pipeline_ops.commands.exit_codes import DONE, FAULT
from pipeline_ops.commands.watching import watch_run
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
UNUSED_PORT = 1


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)}))


def task(task_id: str, state: str | None, map_index: int = -1, try_number: int = 1) -> TaskInstance:
    return TaskInstance(task_id, map_index, None, state, try_number, 6, None, NOW, NOW)


class Script(AirflowClient):
    """Answers from a script: each look at the run is the next line; an exception is raised."""

    def __init__(self, looks: Sequence[Any], notes: dict[str, str] | None = None) -> None:
        super().__init__("http://airflow.example")
        self._looks = iter(looks)
        self._notes = notes or {}
        self._tasks: tuple[TaskInstance, ...] = ()

    def dag_run(self, dag_id: str, run_id: str) -> DagRun:
        look = next(self._looks)
        if isinstance(look, BaseException):
            raise look
        state, self._tasks = look
        return DagRun(run_id, state, {"target_languages": ["pt", "es"]}, NOW, None)

    def task_instances(self, dag_id: str, run_id: str) -> tuple[TaskInstance, ...]:
        return self._tasks

    def xcom(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1, key: str = "") -> None:
        return None

    def task_note(self, dag_id: str, run_id: str, task: TaskInstance, key: str) -> str | None:
        return self._notes.get(task.task_id)


def test_stages_are_told_in_the_order_of_the_graph(platform: Platform) -> None:
    tasks = (
        task("align", None, 1),
        task("translate", "running", 0),
        task("probe", "success"),
        task("report", None),
    )
    progress = RunWatcher(Script([("running", tasks)]), platform, "run").look()
    assert [(stage.stage, stage.language, stage.state) for stage in progress.stages] == [
        ("probe", None, "done"),
        ("translate", "pt", "running"),
        ("align", "es", "waiting"),
    ]


def test_a_stage_that_waits_for_another_try_says_why(platform: Platform) -> None:
    tasks = (task("probe", "up_for_retry", try_number=2),)
    script = Script([("running", tasks)], {"probe": "StorageUnavailableError: the store is away"})
    [stage] = RunWatcher(script, platform, "run").look().stages
    assert stage.state == "retries (2 of 7 tries)"
    assert stage.detail == "StorageUnavailableError: the store is away"


def test_watching_goes_on_through_a_short_silence_of_airflow(platform: Platform) -> None:
    silence = AirflowUnavailableError("no answer")
    script = Script([("running", ()), silence, silence, ("success", ())])
    states = [look.run.state for look in RunWatcher(script, platform, "run").follow(sleep=lambda _: None)]
    assert states == ["running", "success"]


def test_a_run_without_a_report_ends_with_what_its_tasks_said(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = (task("accept_request", "failed"), task("probe", "upstream_failed"))
    script = Script([("failed", tasks)], {"accept_request": "SettingsError: there is no file 'x.mp4'"})
    assert watch_run(script, platform, "run", None) == FAULT
    assert "there is no file 'x.mp4'" in capsys.readouterr().err


def test_interrupting_the_watching_leaves_the_run_and_tells_how_to_look_again(
    platform: Platform, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert watch_run(Script([KeyboardInterrupt()]), platform, "run-7", tmp_path) == DONE
    assert f"dubwright airflow watch run-7 --out {tmp_path}" in capsys.readouterr().err


def test_a_run_has_an_address_in_the_ui() -> None:
    address = run_address("http://127.0.0.1:8080", "run-7")
    assert address == "http://127.0.0.1:8080/dags/translate_video/runs/run-7"


def test_an_airflow_that_does_not_answer_is_an_error_that_says_what_to_do() -> None:
    with (
        AirflowClient(f"http://127.0.0.1:{UNUSED_PORT}") as client,
        pytest.raises(AirflowUnavailableError, match="dubwright airflow up"),
    ):
        client.heartbeats()
