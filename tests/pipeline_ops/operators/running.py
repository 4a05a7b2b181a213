"""What Airflow hands to a running task, as far as the operators use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

DAG_ID, RUN_ID = "translate_video", "test-run"


@dataclass
class TaskInstance:
    """Keeps what tasks hand on, by task id, map index and key."""

    task_id: str = "probe"
    map_index: int | None = -1
    try_number: int = 1
    dag_id: str = DAG_ID
    xcoms: dict[tuple[str, int, str], Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    pulled: list[str] = field(default_factory=list)
    start_date: datetime = field(default_factory=lambda: datetime.now(UTC))

    def xcom_pull(
        self, task_ids: str | None = None, *, key: str = "return_value", map_indexes: int | None = None
    ) -> Any:
        self.pulled.append(str(task_ids))
        return self.xcoms.get((str(task_ids), -1 if map_indexes is None else map_indexes, key))

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[self.task_id, -1 if self.map_index is None else self.map_index, key] = value

    def get_task_states(self, _dag_id: str, *, run_ids: list[str]) -> dict[str, dict[str, str]]:
        return dict.fromkeys(run_ids, self.states)


class StateStore(dict[str, Any]):
    def set(self, key: str, value: Any) -> None:
        self[key] = value

    def delete(self, key: str) -> None:
        self.pop(key, None)


def context_of(task_instance: TaskInstance, **params: Any) -> Any:
    wishes = {
        "video": "talk.mp4",
        "target_languages": ["pt"],
        "profile": "embedded",
        "models": None,
        "stage_parameters": None,
        "glossary": None,
        "source_subtitles": None,
        "target_subtitles": None,
        "creator": None,
        "upload": None,
        "held": False,
        **params,
    }
    return {
        "params": wishes,
        "ti": task_instance,
        "run_id": RUN_ID,
        "dag_run": SimpleNamespace(start_date=task_instance.start_date, run_after=task_instance.start_date),
        "task_state_store": StateStore(),
    }
