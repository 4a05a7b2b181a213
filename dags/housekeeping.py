"""Looks after what piles up, goes astray or decays, once a day.

- `end_orphaned_runs`: runs that the catalog takes to be going on although Airflow has ended them or knows
  nothing of them, end as failed or lost, with a sentence.
- `finish_takedowns`: deletions that were interrupted go on to their end.
- `collect_checkpoints`: what rejected, failed and replaced runs made is let go of after the days that the
  settings say. What is published or waits for a decision is never touched.
- `clear_abandoned_uploads`: uploads to the studio that nobody goes on with are given up.
- `fold_playbacks`: of views that are older than the settings say, only the totals of their day are kept.
- `sweep_scratch`: files of killed processes go.
- `scrub_checkpoints`: a part of all checkpoints is read and compared with its digests, another part each day.
  Damaged ones are named and set aside, so that they are computed again.

Each says in a sentence what it did. They take turns, and one that fails keeps no other from its work. It is
paused until somebody wants it; `dry_run` says what it would do.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable

from pipeline_ops.operators.housekeeping import (
    ClearAbandonedUploadsOperator,
    CollectCheckpointsOperator,
    EndOrphanedRunsOperator,
    FinishTakedownsOperator,
    FoldPlaybacksOperator,
    ScrubCheckpointsOperator,
    SweepScratchOperator,
    housekeeping_params,
)
from pipeline_ops.settings import Settings

with DAG(
    "housekeeping",
    description="Lets go of old checkpoints, ends lost runs, verifies what is kept.",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(Settings.from_environment().housekeeping.schedule, timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=1,
    is_paused_upon_creation=True,
    params=housekeeping_params(),
    tags=["operations"],
):
    FinishTakedownsOperator(task_id="finish_takedowns", priority_weight=7)
    EndOrphanedRunsOperator(task_id="end_orphaned_runs", priority_weight=6)
    CollectCheckpointsOperator(task_id="collect_checkpoints", priority_weight=5)
    ClearAbandonedUploadsOperator(task_id="clear_abandoned_uploads", priority_weight=4)
    FoldPlaybacksOperator(task_id="fold_playbacks", priority_weight=3)
    SweepScratchOperator(task_id="sweep_scratch", priority_weight=2)
    ScrubCheckpointsOperator(task_id="scrub_checkpoints", priority_weight=1)
