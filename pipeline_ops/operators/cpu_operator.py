"""What the tasks beside the stages share, and those that start runs of other Dags."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator

from pipeline_ops.operators.placement import CPU_QUEUE
from pipeline_ops.operators.retries import RETRY_SETTINGS, WorldRetryPolicy

TRIGGER_SETTINGS: dict[str, Any] = {
    "logical_date": None,
    "skip_when_already_exists": True,
    "queue": CPU_QUEUE,
    **RETRY_SETTINGS,
}
"""Of a task that starts runs under ids that follow from what they are for: again, it starts nothing twice."""


class CpuOperator(BaseOperator):
    """A task on the queue for CPUs that is tried again where something outside failed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(retry_policy=WorldRetryPolicy(), **{**RETRY_SETTINGS, "queue": CPU_QUEUE, **kwargs})
