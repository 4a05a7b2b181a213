"""Lets another model answer in translations that are published, wave by wave, the canary first.

`dubwright upgrade start` writes the upgrade into the catalog and starts the first run; one run works on one
wave and starts the next.

- **Only what depends on the new model runs**: each run of `translate_video` finds the other checkpoints.
- **Nobody sees a new version before it is judged**: runs are held, their own metrics are compared with
  those of the version that is published, and only what is not worse takes its place.
- **A worse canary stops the upgrade**; where a person is to approve, `approve_canary` waits for them.
- **Ids follow from the upgrade**: whatever is killed, cleared or started again starts nothing twice.
"""

from __future__ import annotations

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG

from pipeline_ops.operators.backlog import TRANSLATE_VIDEO
from pipeline_ops.operators.cpu_operator import TRIGGER_SETTINGS
from pipeline_ops.operators.upgrade import (
    BEGIN_WAVE,
    JUDGE_WAVE,
    ApproveCanaryOperator,
    BeginWaveOperator,
    JudgeWaveOperator,
    PublishWaveOperator,
    WaitForWaveOperator,
    upgrade_params,
)
from pipeline_ops.upgrades.naming import UPGRADE_BACKFILL

with DAG(
    UPGRADE_BACKFILL,
    description="Lets another model answer in translations that are published.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    params=upgrade_params(),
    tags=["upgrade"],
):
    begin_wave = BeginWaveOperator(task_id=BEGIN_WAVE)
    start_translation = TriggerDagRunOperator.partial(
        task_id="start_translation", trigger_dag_id=TRANSLATE_VIDEO, **TRIGGER_SETTINGS
    ).expand_kwargs(begin_wave.output)
    judge_wave = JudgeWaveOperator(task_id=JUDGE_WAVE)
    publish_wave = PublishWaveOperator(task_id="publish_wave")

    start_translation >> WaitForWaveOperator(task_id="wait_for_wave") >> judge_wave
    judge_wave >> ApproveCanaryOperator(task_id="approve_canary") >> publish_wave

    TriggerDagRunOperator.partial(
        task_id="start_next_wave", trigger_dag_id=UPGRADE_BACKFILL, **TRIGGER_SETTINGS
    ).expand_kwargs(publish_wave.output)
