"""Says of a translation that takes longer than it should, while it does."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from pipeline_ops.settings import Settings

log = logging.getLogger(__name__)


def run_deadline() -> DeadlineAlert:
    """Return by when a run has to have ended, counted from when it was queued.

    Airflow counts a run that has not (`deadline_alerts.deadline_missed`), shows it in the UI, and has the
    executor say so, on a worker of the default queue.
    """
    limit_h = Settings.from_environment().runs.late_after_hours
    return DeadlineAlert(
        name="takes long",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=limit_h),
        callback=SyncCallback(tell_late_run, kwargs={"limit_h": limit_h}),
    )


def tell_late_run(limit_h: float, context: dict[str, Any]) -> None:
    """Log that a run has not ended in time.

    Args:
        limit_h: The time that it had.
        context: Airflow's, with the run as its REST API shows it.
    """
    run = context["dag_run"]
    log.warning(
        "Run %s of %s has not ended %g h after it was queued. Its page shows which stage it is at.",
        run["dag_run_id"],
        run["dag_id"],
        limit_h,
    )
