"""Starts a run of `translate_video` as its trigger form would."""

from __future__ import annotations

from airflow.api.common.trigger_dag import trigger_dag
from airflow.exceptions import DagNotFound, DagRunAlreadyExists, ParamValidationError
from airflow.utils.types import DagRunTriggeredByType
from dubwright_inspection.airflow_runs import DAG_ID
from dubwright_inspection.line_edits import EditedRun

from pipeline_ops.errors import SettingsError


def start_run(run: EditedRun, *, by: str) -> None:
    """Start a run, unless it was started already.

    Raises:
        SettingsError: Airflow does not take the parameters, or does not know the Dag.
    """
    try:
        trigger_dag(
            DAG_ID,
            run_id=run.run_id,
            conf=run.conf,
            note=run.note,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=by,
        )
    except DagRunAlreadyExists:
        return
    except (ParamValidationError, DagNotFound, ValueError) as error:
        message = f"Airflow did not take the run: {error}"
        raise SettingsError(message) from error
