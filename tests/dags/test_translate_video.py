from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.exceptions import ParamValidationError
from airflow.sdk import DAG, WeightRule

from pipeline_ops.airflow_control.local import DAG_ID
from pipeline_ops.graph import FINAL_STAGE, GATES, GRAPH, NODES, Node, last_stages, nodes_of
from pipeline_ops.operators.edges import ancestors
from pipeline_ops.operators.references import ACCEPT_REQUEST
from pipeline_ops.operators.stage import StageOperator
from pipeline_ops.settings import RunSettings
from tests.dags.parsing import HEAVY, imported_by_parsing, parse, validate

GOOD: dict[str, Any] = {"video": "talk.mp4", "target_languages": ["pt"]}


@pytest.fixture(scope="module")
def dag() -> DAG:
    return parse(DAG_ID)


def test_parsing_the_dag_imports_no_heavy_library() -> None:
    assert imported_by_parsing(DAG_ID).isdisjoint(HEAVY)


def test_every_stage_is_a_task_of_its_name(dag: DAG) -> None:
    assert set(dag.task_ids) == {*NODES, ACCEPT_REQUEST, "report"}


@pytest.mark.parametrize("node", GRAPH, ids=lambda node: node.name)
def test_a_task_comes_after_exactly_what_its_stage_comes_after(dag: DAG, node: Node) -> None:
    before = {task.task_id for task in dag.get_task(node.name).get_flat_relatives(upstream=True)}
    assert before - {ACCEPT_REQUEST} == ancestors(node)


@pytest.mark.parametrize("node", nodes_of("language"), ids=lambda node: node.name)
def test_stages_of_a_language_are_mapped_over_the_languages(dag: DAG, node: Node) -> None:
    task = dag.get_task(node.name)
    group = next(task.iter_mapped_task_groups())
    assert group.group_id == "language"
    assert [each.task_id for each in group.iter_mapped_dependencies()] == [ACCEPT_REQUEST]
    assert task.map_index_template == "{{ task.language }}"


@pytest.mark.parametrize("node", nodes_of("video"), ids=lambda node: node.name)
def test_stages_of_the_video_run_once(dag: DAG, node: Node) -> None:
    assert list(dag.get_task(node.name).iter_mapped_task_groups()) == []


def test_the_report_comes_last_whatever_happened(dag: DAG) -> None:
    report = dag.get_task("report")
    assert report.trigger_rule == "all_done"
    assert report.upstream_task_ids == {*last_stages(), ACCEPT_REQUEST}
    assert [task.task_id for task in dag.leaves] == ["report"]


@pytest.mark.parametrize("node", GRAPH, ids=lambda node: node.name)
def test_a_task_has_its_stages_time_limit_queue_and_memory(dag: DAG, node: Node) -> None:
    task = dag.get_task(node.name)
    resources = node.stage.resources
    assert isinstance(task, StageOperator)
    assert task.execution_timeout is not None
    assert task.execution_timeout.total_seconds() == resources.timeout_s
    if resources.gpu:
        assert (task.queue, task.pool) == ("gpu", "gpu")
    else:
        assert (task.queue, task.pool) == ("cpu", "default_pool")
        assert task.pool_slots * 100 >= resources.memory_mb


def test_tasks_that_make_something_to_play_link_to_it(dag: DAG) -> None:
    names = {link.name for link in dag.get_task(FINAL_STAGE).operator_extra_links}
    assert names == {"Translation", "Checkpoint", "Watch or listen"}
    assert [link.name for link in dag.get_task("probe").operator_extra_links] == [
        "Translation",
        "Checkpoint",
    ]


@pytest.mark.parametrize("gate", GATES)
def test_a_gate_links_to_its_data_docs(dag: DAG, gate: str) -> None:
    names = [link.name for link in dag.get_task(gate).operator_extra_links]
    assert names == ["Translation", "Checkpoint", "Data Docs"]


def test_what_has_begun_is_finished_before_more_is_begun(dag: DAG) -> None:
    assert {task.weight_rule for task in dag.tasks} == {WeightRule.UPSTREAM}


def test_it_runs_on_request_only(dag: DAG) -> None:
    assert dag.schedule is None
    assert not dag.catchup
    assert dag.is_paused_upon_creation is False


def test_a_run_that_takes_too_long_is_told_of(dag: DAG) -> None:
    [alert] = dag.deadline
    assert alert.interval == timedelta(hours=RunSettings().late_after_hours)
    assert alert.callback.path == "pipeline_ops.operators.deadlines.tell_late_run"


@pytest.mark.parametrize(
    "conf",
    [
        GOOD,
        {**GOOD, "video": "ingest/" + "a" * 64},
        {**GOOD, "video": "folder/a talk.mp4"},
        {**GOOD, "target_languages": ["pt", "es-419"]},
        {**GOOD, "models": {"translation": "some-model"}},
        {**GOOD, "stage_parameters": {"probe": {"max_duration_s": 60}}},
        {**GOOD, "glossary": {"pt-BR": {"stream": "live"}, "*": {"GoPro": None}}},
        {**GOOD, "glossary": "ingest/" + "a" * 64},
        {**GOOD, "source_subtitles": "ann/talk.srt", "target_subtitles": {"pt": "ann/talk.pt.srt"}},
    ],
    ids=str,
)
def test_good_parameters_are_taken(dag: DAG, conf: dict[str, Any]) -> None:
    validate(dag, conf)


@pytest.mark.parametrize(
    "conf",
    [
        {},
        {"video": "talk.mp4"},
        {"target_languages": ["pt"]},
        {**GOOD, "video": ""},
        {**GOOD, "video": "/etc/passwd"},
        {**GOOD, "video": "ingest/abc"},
        {**GOOD, "target_languages": []},
        {**GOOD, "target_languages": "pt"},
        {**GOOD, "target_languages": ["pt", "pt"]},
        {**GOOD, "target_languages": ["not a tag"]},
        {**GOOD, "profile": "nothing"},
        {**GOOD, "profile": "../../profile.yaml"},
        {**GOOD, "models": {"magic": "some-model"}},
        {**GOOD, "stage_parameters": {"magic": {}}},
        {**GOOD, "stage_parameters": {"probe": 3}},
        {**GOOD, "source_subtitles": "/etc/passwd"},
        {**GOOD, "target_subtitles": {"pt": "/etc/passwd"}},
        {**GOOD, "target_subtitles": {"not a tag": "talk.srt"}},
        {**GOOD, "glossary": "/etc/passwd"},
        {**GOOD, "glossary": {"pt": {"stream": 3}}},
        {**GOOD, "glossary": {"pt": {"stream": "x" * 101}}},
        {**GOOD, "glossary": {"not a tag": {}}},
    ],
    ids=str,
)
def test_wrong_parameters_are_refused(dag: DAG, conf: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        validate(dag, conf)
