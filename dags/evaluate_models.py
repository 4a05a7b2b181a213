"""Runs two versions of the models over an evaluation set and says, with intervals, which is better.

- **The same graph, the same store**: each clip by each version is a run of `translate_video`, so what both
  share is made once, and what was evaluated before is found.
- **Nothing is published**: the runs are held, and refused once they are compared.
- **A clip that fails is an outcome**, not a reason to stop: the comparison counts it.
- **The report** lies in `evaluations/` below the deployment's home; the last task says where.
"""

from __future__ import annotations

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG

from pipeline_ops.operators.backlog import TRANSLATE_VIDEO
from pipeline_ops.operators.cpu_operator import TRIGGER_SETTINGS
from pipeline_ops.operators.evaluation import (
    BEGIN_EVALUATION,
    EVALUATE_MODELS,
    BeginEvaluationOperator,
    CompareVersionsOperator,
    WaitForEvaluationOperator,
    evaluation_params,
)

with DAG(
    EVALUATE_MODELS,
    description="Compares two versions of the models over an evaluation set.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    params=evaluation_params(),
    tags=["evaluation"],
):
    begin_evaluation = BeginEvaluationOperator(task_id=BEGIN_EVALUATION)
    start_translation = TriggerDagRunOperator.partial(
        task_id="start_translation",
        trigger_dag_id=TRANSLATE_VIDEO,
        map_index_template="{{ task.conf.video }}",
        **TRIGGER_SETTINGS,
    ).expand_kwargs(begin_evaluation.output)

    (
        start_translation
        >> WaitForEvaluationOperator(task_id="wait_for_translations")
        >> CompareVersionsOperator(task_id="compare_versions")
    )
