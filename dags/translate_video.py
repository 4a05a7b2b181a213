"""Translates a video into one or more languages.

One run is one request. Each stage is a task; the stages after `split_sentences` run once per target
language, each language a branch of its own that can be rejected, fail, be cleared or be run again alone.

- **Skipped** tasks follow a verdict on the input (no speech, same language, ...): the run still succeeds, and
  the last task's report tells the reason.
- **Failed** tasks were tried again where something outside failed, not where that changes nothing.
- A run that takes **longer than it should** misses its deadline: the UI shows it, and a log entry tells.
- Every task links to its **checkpoint**; the next run with the same work reuses it.
"""

from __future__ import annotations

from airflow.sdk import DAG, task_group

from pipeline_ops.graph import last_stages, nodes_of
from pipeline_ops.operators.deadlines import run_deadline
from pipeline_ops.operators.edges import direct_upstream
from pipeline_ops.operators.params import request_params
from pipeline_ops.operators.references import ACCEPT_REQUEST
from pipeline_ops.operators.report import ReportOperator
from pipeline_ops.operators.request import AcceptRequestOperator
from pipeline_ops.operators.stage import StageOperator

with DAG(
    "translate_video",
    description="Translates one video into one or more languages.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    params=request_params(),
    # A task weighs as much as all tasks before it: where many requests wait, those that have begun are
    # finished first, the oldest before others. As it comes, Airflow takes one step of all of them by turns.
    default_args={"weight_rule": "upstream"},
    deadline=run_deadline(),
    tags=["translation"],
):
    accept_request = AcceptRequestOperator(task_id=ACCEPT_REQUEST)
    stages = {}

    for node in nodes_of("video"):
        stages[node.name] = StageOperator(node=node)
        stages[node.name].set_upstream([stages[name] for name in direct_upstream(node)] or accept_request)

    @task_group(group_id="language", prefix_group_id=False)
    def translate_into(language: str) -> None:
        """Everything that one target language needs."""
        for node in nodes_of("language"):
            stages[node.name] = StageOperator(
                node=node, language=language, map_index_template="{{ task.language }}"
            )
            stages[node.name].set_upstream([stages[name] for name in direct_upstream(node)])

    translate_into.expand(language=accept_request.output)

    [accept_request, *(stages[name] for name in last_stages())] >> ReportOperator(task_id="report")
