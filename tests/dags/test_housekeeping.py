from __future__ import annotations

from typing import Any

import pytest
from airflow.exceptions import ParamValidationError
from airflow.sdk import DAG, CronTriggerTimetable

from pipeline_ops.operators.housekeeping import HousekeepingOperator
from pipeline_ops.settings import HousekeepingSettings
from tests.dags.parsing import HEAVY, imported_by_parsing, parse, validate

HOUSEKEEPING = "housekeeping"


@pytest.fixture(scope="module")
def dag() -> DAG:
    return parse(HOUSEKEEPING)


def test_parsing_the_dag_imports_no_heavy_library() -> None:
    assert imported_by_parsing(HOUSEKEEPING).isdisjoint(HEAVY)


def test_one_task_after_the_other_and_none_waits_for_anothers_success(dag: DAG) -> None:
    order = sorted(dag.tasks, key=lambda task: -task.priority_weight)
    assert [task.task_id for task in order] == [
        "finish_takedowns",
        "end_orphaned_runs",
        "collect_checkpoints",
        "clear_abandoned_uploads",
        "fold_playbacks",
        "sweep_scratch",
        "scrub_checkpoints",
    ]
    assert all(isinstance(task, HousekeepingOperator) for task in order)
    assert all(not task.upstream_task_ids for task in order)
    assert (dag.max_active_tasks, dag.max_active_runs) == (1, 1)


def test_every_task_goes_to_the_cpu_queue_and_is_tried_again(dag: DAG) -> None:
    for task in dag.tasks:
        assert (task.queue, task.retries) == ("cpu", 6), task.task_id


def test_it_runs_daily_and_waits_to_be_wanted(dag: DAG) -> None:
    assert dag.schedule == CronTriggerTimetable(HousekeepingSettings().schedule, timezone="UTC")
    assert (dag.catchup, dag.is_paused_upon_creation) == (False, True)


def test_every_parameter_has_a_default_a_title_and_a_description(dag: DAG) -> None:
    assert set(dag.params) == {"dry_run", "grace_days", "scrub_share"}
    validate(dag, {})
    for name in dag.params:
        schema = dag.params.get_param(name).schema
        assert schema["title"] and schema["description_md"], name


@pytest.mark.parametrize("conf", [{"dry_run": True, "grace_days": 0.125, "scrub_share": 1}], ids=str)
def test_good_parameters_are_taken(dag: DAG, conf: dict[str, Any]) -> None:
    validate(dag, conf)


@pytest.mark.parametrize(
    "conf", [{"grace_days": 0}, {"scrub_share": 0}, {"scrub_share": 1.5}, {"dry_run": "perhaps"}], ids=str
)
def test_wrong_parameters_are_refused(dag: DAG, conf: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        validate(dag, conf)
