"""Starts a translation of every new upload of an enrolled creator.

One run looks at one interval (a night, as it comes): it finds what was uploaded in it, chooses within the
caps, and starts one run of `translate_video` for each upload, into all of its creator's languages.

- **What is over a cap waits** for the next run; nothing is forgotten.
- **Run ids follow from the upload and its languages**, so running this again starts nothing twice.
- **Past nights**: `airflow backfill create --dag-id creator_backlog --from-date ... --to-date ...`
- It is paused until somebody wants it: creators are enrolled first (`dubwright creators add`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronDataIntervalTimetable

from pipeline_ops.operators.backlog import (
    TRANSLATE_VIDEO,
    ChooseUploadsOperator,
    FindUploadsOperator,
    backlog_params,
)
from pipeline_ops.operators.cpu_operator import TRIGGER_SETTINGS
from pipeline_ops.settings import Settings

with DAG(
    "creator_backlog",
    description="Starts a translation of every new upload of an enrolled creator.",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable(Settings.from_environment().backlog.schedule, timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    params=backlog_params(),
    tags=["backlog"],
):
    choose_uploads = ChooseUploadsOperator(task_id="choose_uploads")

    FindUploadsOperator(task_id="find_uploads") >> choose_uploads

    TriggerDagRunOperator.partial(
        task_id="start_translation",
        trigger_dag_id=TRANSLATE_VIDEO,
        map_index_template="{{ task.conf.video }}",
        **TRIGGER_SETTINGS,
    ).expand_kwargs(choose_uploads.output)
