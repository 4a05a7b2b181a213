from __future__ import annotations

from typing import Any

import pytest
from airflow.exceptions import ParamValidationError
from airflow.sdk import DAG, CronDataIntervalTimetable

from pipeline_ops.airflow_control.local import DAG_ID
from pipeline_ops.operators.backlog import ChooseUploadsOperator, FindUploadsOperator
from pipeline_ops.settings import MOST_MAPPED, BacklogSettings
from tests.dags.parsing import HEAVY, imported_by_parsing, parse, validate

BACKLOG = "creator_backlog"


@pytest.fixture(scope="module")
def dag() -> DAG:
    return parse(BACKLOG)


def test_parsing_the_dag_imports_no_heavy_library() -> None:
    assert imported_by_parsing(BACKLOG).isdisjoint(HEAVY)


def test_uploads_are_found_then_chosen_then_started(dag: DAG) -> None:
    assert isinstance(dag.get_task("find_uploads"), FindUploadsOperator)
    assert isinstance(dag.get_task("choose_uploads"), ChooseUploadsOperator)
    order = {task.task_id: task.upstream_task_ids for task in dag.tasks}
    assert order == {
        "find_uploads": set(),
        "choose_uploads": {"find_uploads"},
        "start_translation": {"choose_uploads"},
    }


def test_one_run_is_started_for_each_choice_and_none_twice(dag: DAG) -> None:
    start = dag.get_task("start_translation")
    assert [each.task_id for each in start.iter_mapped_dependencies()] == ["choose_uploads"]
    assert start.partial_kwargs["trigger_dag_id"] == DAG_ID
    assert start.partial_kwargs["skip_when_already_exists"] is True
    assert start.partial_kwargs["logical_date"] is None


def test_every_task_goes_to_the_cpu_queue_and_is_tried_again(dag: DAG) -> None:
    for task in dag.tasks:
        assert (task.queue, task.retries) == ("cpu", 6), task.task_id


def test_it_looks_at_one_interval_after_the_other_and_waits_to_be_wanted(dag: DAG) -> None:
    assert isinstance(dag.timetable, CronDataIntervalTimetable)
    assert dag.schedule == CronDataIntervalTimetable(BacklogSettings().schedule, timezone="UTC")
    assert (dag.catchup, dag.max_active_runs, dag.is_paused_upon_creation) == (False, 1, True)


def test_every_parameter_has_a_default_a_title_and_a_description(dag: DAG) -> None:
    assert set(dag.params) == {"per_creator", "in_all", "profile"}
    validate(dag, {})
    for name in dag.params:
        schema = dag.params.get_param(name).schema
        assert schema["title"] and schema["description_md"], name


@pytest.mark.parametrize(
    "conf",
    [{"per_creator": 1, "in_all": MOST_MAPPED}, {"profile": "standard"}],
    ids=str,
)
def test_good_parameters_are_taken(dag: DAG, conf: dict[str, Any]) -> None:
    validate(dag, conf)


@pytest.mark.parametrize(
    "conf",
    [
        {"per_creator": 0},
        {"in_all": 0},
        {"in_all": MOST_MAPPED + 1},
        {"per_creator": "many"},
        {"profile": "nothing"},
    ],
    ids=str,
)
def test_wrong_parameters_are_refused(dag: DAG, conf: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        validate(dag, conf)
