"""What people call the videos of runs: those that came through the studio have their senders' names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dubwright_inspection.airflow_runs import Run
from sqlalchemy.orm import Session

from pipeline_ops.catalog.arrivals import file_names


def video_names(runs: Sequence[Run], session: Session) -> Mapping[str, str]:
    """Return what people call the videos of runs, by run id.

    Args:
        runs: As Airflow knows them.
        session: Of the catalog.
    """
    uploads = {run.run_id: run.upload_id for run in runs if run.upload_id is not None}
    sent_as = file_names(session, list(uploads.values()))
    return {run.run_id: sent_as.get(uploads.get(run.run_id, ""), run.video_name) for run in runs}
