"""What Airflow knows of a run of `translate_video`: its tasks, their states and what they handed on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.models.task_state_store import TaskStateStoreModel
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.errors import SettingsError
from pipeline_ops.graph import INGEST
from pipeline_ops.operators.failures import FAILURE
from pipeline_ops.operators.references import ACCEPT_REQUEST, ATTACHMENTS, NOT_MAPPED, RETURN_VALUE, SOURCE
from pipeline_ops.request import parse_languages

DAG_ID = "translate_video"

EDITED_FROM = "edited_from"
"""The key of a run's parameters that tells whose lines were reworded: `run_id`, and `video` by its name."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a run.

    Attributes:
        state: Airflow's word, or None before it is scheduled.
        tries: How often it was begun.
        handed_on: Its return value, a checkpoint's reference; None where it handed on none.
        failure: Why it failed last, in a sentence, where it said so.
    """

    state: str | None
    tries: int
    started_at: datetime | None
    ended_at: datetime | None
    handed_on: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of `translate_video`.

    Attributes:
        run_id: Airflow's name of it.
        state: `queued`, `running`, `success` or `failed`.
        conf: The parameters that it was started with, over the Dag's defaults.
        started_by: Who started it, None where nobody did by hand.
        languages: The accepted target languages, or those asked for where it was not accepted yet.
        source: The ingested video's reference, None before it is accepted.
        tasks: By task id and map index.
        attachments: References of what came with the video, by name.
    """

    run_id: str
    state: str
    conf: Mapping[str, Any]
    started_by: str | None
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    languages: tuple[str, ...]
    source: str | None
    tasks: Mapping[tuple[str, int], Task]
    attachments: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.state in {"success", "failed"}

    @property
    def video(self) -> str:
        """What it was asked to translate, as it was asked: a file's name, or `ingest/<key>`."""
        return str(self.conf.get("video", "?"))

    @property
    def upload_id(self) -> str | None:
        """The creator's upload that it was asked for; None where it was asked for otherwise."""
        upload = self.conf.get("upload")
        return upload if isinstance(upload, str) and upload else None

    @property
    def edited_from(self) -> Mapping[str, str]:
        """The run whose lines a person reworded in this one (`run_id`, `video`); empty where it is none."""
        edited_from = self.conf.get(EDITED_FROM)
        return edited_from if isinstance(edited_from, dict) else {}

    @property
    def video_name(self) -> str:
        """What people call the video: its file's name, or the first digits of an upload's key."""
        name = str(self.edited_from.get("video", self.video))
        stage, _, key = name.partition("/")
        return f"Upload {key[:8]}" if stage == INGEST else name

    def task(self, task_id: str, language: str | None) -> Task | None:
        """Return a task, of a language where it is a language's; None where Airflow has none (yet)."""
        index = NOT_MAPPED if language is None else self.languages.index(language)
        return self.tasks.get((task_id, index))


def read_run(run_id: str, session: Session) -> Run | None:
    """Return a run as it is now, None where there is none of that id."""
    row = session.scalar(select(DagRun).where(DagRun.dag_id == DAG_ID, DagRun.run_id == run_id))
    if row is None:
        return None
    handed_on = _handed_on(run_id, session)
    return _run(row, handed_on, _tasks(run_id, handed_on, session))


def recent_runs(limit: int, session: Session) -> tuple[Run, ...]:
    """Return the latest runs without their tasks, the newest first."""
    latest = select(DagRun).where(DagRun.dag_id == DAG_ID).order_by(DagRun.run_after.desc()).limit(limit)
    return tuple(_run(row) for row in session.scalars(latest))


def _run(row: DagRun, handed_on: _HandedOn | None = None, tasks: _Tasks | None = None) -> Run:
    conf = row.conf if isinstance(row.conf, dict) else {}
    values = handed_on or {}
    accepted = values.get((ACCEPT_REQUEST, NOT_MAPPED, RETURN_VALUE))
    return Run(
        run_id=row.run_id,
        state=str(row.state),
        conf=conf,
        started_by=row.triggering_user_name,
        queued_at=row.queued_at,
        started_at=row.start_date,
        ended_at=row.end_date,
        languages=tuple(accepted) if isinstance(accepted, list) else _asked_for(conf),
        source=values.get((ACCEPT_REQUEST, NOT_MAPPED, SOURCE)),
        tasks=tasks or {},
        attachments=values.get((ACCEPT_REQUEST, NOT_MAPPED, ATTACHMENTS)) or {},
    )


_HandedOn = Mapping[tuple[str, int, str], Any]
_Tasks = Mapping[tuple[str, int], Task]


def _handed_on(run_id: str, session: Session) -> _HandedOn:
    rows = session.execute(
        select(XComModel.task_id, XComModel.map_index, XComModel.key, XComModel).where(
            XComModel.dag_id == DAG_ID,
            XComModel.run_id == run_id,
            XComModel.key.in_([RETURN_VALUE, SOURCE, ATTACHMENTS]),
        )
    )
    return {(task, index, key): XComModel.deserialize_value(row) for task, index, key, row in rows}


def _tasks(run_id: str, handed_on: _HandedOn, session: Session) -> _Tasks:
    told = select(TaskStateStoreModel).where(
        TaskStateStoreModel.dag_id == DAG_ID,
        TaskStateStoreModel.run_id == run_id,
        TaskStateStoreModel.key == FAILURE,
    )
    failures = {(row.task_id, row.map_index): _sentence(row.value) for row in session.scalars(told)}
    rows = session.execute(
        select(
            TaskInstance.task_id,
            TaskInstance.map_index,
            TaskInstance.state,
            TaskInstance.try_number,
            TaskInstance.start_date,
            TaskInstance.end_date,
        ).where(TaskInstance.dag_id == DAG_ID, TaskInstance.run_id == run_id)
    )
    tasks = {}
    for task_id, map_index, state, tries, started_at, ended_at in rows:
        value = handed_on.get((task_id, map_index, RETURN_VALUE))
        tasks[task_id, map_index] = Task(
            state=None if state is None else str(state),
            tries=tries,
            started_at=started_at,
            ended_at=ended_at,
            handed_on=value if isinstance(value, str) else None,
            failure=failures.get((task_id, map_index)),
        )
    return tasks


def _sentence(stored: str) -> str:
    """Return a note of a task's state store: Airflow keeps its values as JSON."""
    try:
        value = json.loads(stored)
    except ValueError:
        value = stored
    return str(value)


def _asked_for(conf: Mapping[str, Any]) -> tuple[str, ...]:
    asked = conf.get("target_languages")
    try:
        return parse_languages([str(tag) for tag in asked]) if isinstance(asked, list) else ()
    except SettingsError:
        return ()
