from __future__ import annotations

from typing import Any

import pytest
from airflow.exceptions import ParamValidationError
from airflow.sdk import DAG

from tests.dags.parsing import HEAVY, imported_by_parsing, parse, validate

EVALUATE_MODELS = "evaluate_models"
GOOD = {"set": "eval/set.yaml", "b": {"profile": "embedded"}, "target_languages": ["pt"]}


@pytest.fixture(scope="module")
def dag() -> DAG:
    return parse(EVALUATE_MODELS)


def test_parsing_the_dag_imports_no_heavy_library() -> None:
    assert imported_by_parsing(EVALUATE_MODELS).isdisjoint(HEAVY)


def test_runs_are_begun_started_waited_for_and_compared_in_this_order(dag: DAG) -> None:
    assert [task.task_id for task in dag.topological_sort()] == [
        "begin_evaluation",
        "start_translation",
        "wait_for_translations",
        "compare_versions",
    ]


def test_waiting_holds_no_worker_and_clips_that_failed_do_not_stop_it(dag: DAG) -> None:
    task: Any = dag.get_task("wait_for_translations")
    assert (task.mode, task.trigger_rule) == ("reschedule", "none_failed")


def test_it_runs_when_somebody_asks_only(dag: DAG) -> None:
    assert dag.schedule is None
    assert (dag.catchup, dag.is_paused_upon_creation) == (False, False)


def test_every_parameter_has_a_title_and_a_description(dag: DAG) -> None:
    assert set(dag.params) == {"set", "a", "b", "target_languages", "consent"}
    for name in dag.params:
        schema = dag.params.get_param(name).schema
        assert schema["title"] and schema["description_md"], name


@pytest.mark.parametrize(
    "conf",
    [
        GOOD,
        {**GOOD, "a": {"profile": "standard", "title": "old", "models": {"translation": "some-model"}}},
        {**GOOD, "b": {"profile": "embedded", "stage_parameters": {"fit_voice": {"tries": 0}}}},
        {**GOOD, "consent": ["voice", "lips"]},
    ],
    ids=str,
)
def test_good_parameters_are_taken(dag: DAG, conf: dict[str, Any]) -> None:
    validate(dag, conf)


@pytest.mark.parametrize(
    "conf",
    [
        {name: value for name, value in GOOD.items() if name != "set"},
        {name: value for name, value in GOOD.items() if name != "b"},
        {**GOOD, "set": "/etc/passwd"},
        {**GOOD, "b": {"profile": "no-such-profile"}},
        {**GOOD, "b": {"profile": "embedded", "stage_parameters": {"no_such_stage": {}}}},
        {**GOOD, "target_languages": []},
    ],
    ids=str,
)
def test_wrong_parameters_are_refused(dag: DAG, conf: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        validate(dag, conf)
