"""Lets the UI and the CLI show in a sentence why a task failed, without searching its log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline_ops.errors import DubwrightError

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

FAILURE = "failure"
"""The key of a task's state store under which it says why it failed last."""


@contextmanager
def failure_told(context: Context) -> Iterator[None]:
    """Keep the sentence of an error in the task's state store, and take back that of an earlier try."""
    notes = context["task_state_store"]
    if context["ti"].try_number > 1:
        notes.delete(FAILURE)
    try:
        yield
    except DubwrightError as error:
        notes.set(FAILURE, f"{type(error).__name__}: {error}")
        raise
