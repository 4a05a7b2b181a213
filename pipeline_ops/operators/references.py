"""The checkpoints of a run's earlier stages, read from XCom when they are asked for."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import SettingsError
from pipeline_ops.graph import INGEST, NODES

ACCEPT_REQUEST = "accept_request"
"""The first task: its return value is the list of target languages."""

SOURCE = "source"
"""The key under which it hands on the ingested video's reference."""

ATTACHMENTS = "attachments"
"""The key under which it hands on the references of what came with the video, by name."""

RETURN_VALUE = "return_value"

NOT_MAPPED = -1
"""Airflow's map index of a task that is not mapped."""


class TaskInstance(Protocol):
    """What is used of Airflow's task instance in a running task."""

    map_index: int | None

    def xcom_pull(
        self, task_ids: str | None = None, *, key: str = RETURN_VALUE, map_indexes: int | None = None
    ) -> Any:
        """Return what a task handed on, or None."""
        ...


class XComReferences(Mapping[str, CheckpointReference]):
    """Stage name -> checkpoint, for the stages of this run that a task can see.

    A stage asks for its direct feeds only; for those further up only where a damaged checkpoint is made
    anew. So nothing is read before it is asked for.

    Args:
        task_instance: The running task's; language stages are looked up under its map index.
    """

    def __init__(self, task_instance: TaskInstance) -> None:
        self._task_instance = task_instance

    def __getitem__(self, stage: str) -> CheckpointReference:
        """Return a stage's checkpoint.

        Raises:
            SettingsError: the stage has handed on none: it was not run, or its XCom was cleared.
        """
        text = self._pull(stage)
        if text is None:
            message = (
                f"Stage {stage} of this run has handed on no checkpoint. Clear it together with what follows"
                " it, and Airflow runs both."
            )
            raise SettingsError(message)
        return CheckpointReference.parse(text)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of everything that could be asked for."""
        yield INGEST
        yield from NODES

    def __len__(self) -> int:
        """Return how many there are."""
        return 1 + len(NODES)

    def _pull(self, stage: str) -> str | None:
        if stage == INGEST:
            return source_of_run(self._task_instance)
        index = self._task_instance.map_index
        if index is None or NODES[stage].scope == "video":
            index = NOT_MAPPED
        return pull_reference(self._task_instance, stage, index)


def source_of_run(task_instance: TaskInstance) -> str | None:
    """Return the reference of the run's ingested video, None where the request was not accepted."""
    value: str | None = task_instance.xcom_pull(ACCEPT_REQUEST, key=SOURCE, map_indexes=NOT_MAPPED)
    return value


class XComAttachments(Mapping[str, CheckpointReference]):
    """What came with the run's video, by name; read from XCom when the first of it is asked for.

    Few stages ask.
    """

    def __init__(self, task_instance: TaskInstance) -> None:
        self._task_instance = task_instance

    @functools.cached_property
    def _references(self) -> dict[str, CheckpointReference]:
        handed_on = self._task_instance.xcom_pull(ACCEPT_REQUEST, key=ATTACHMENTS, map_indexes=NOT_MAPPED)
        return {name: CheckpointReference.parse(text) for name, text in (handed_on or {}).items()}

    def __getitem__(self, name: str) -> CheckpointReference:
        """Return the reference of one.

        Raises:
            KeyError: nothing came under that name.
        """
        return self._references[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._references)

    def __len__(self) -> int:
        """Return how many came."""
        return len(self._references)


def pull_reference(task_instance: TaskInstance, task_id: str, map_index: int) -> str | None:
    """Return the checkpoint that a task handed on, as text, or None."""
    value: str | None = task_instance.xcom_pull(task_id, map_indexes=map_index)
    return value
