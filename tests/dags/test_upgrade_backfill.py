from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.exceptions import ParamValidationError
from airflow.sdk import DAG

from pipeline_ops.upgrades.naming import UPGRADE_BACKFILL

DAG_FILE = Path(__file__).parents[2] / "dags" / "upgrade_backfill.py"
IN_ORDER = (
    "begin_wave",
    "start_translation",
    "wait_for_wave",
    "judge_wave",
    "approve_canary",
    "publish_wave",
    "start_next_wave",
)


@pytest.fixture(scope="module")
def dag() -> DAG:
    bag = DagBag(dag_folder=str(DAG_FILE), bundle_path=DAG_FILE.parent)
    assert bag.import_errors == {}
    return bag.dags[UPGRADE_BACKFILL]


def test_a_wave_is_begun_judged_approved_and_published_in_this_order(dag: DAG) -> None:
    assert tuple(task.task_id for task in dag.topological_sort()) == IN_ORDER


def test_waiting_holds_no_worker_and_takes_runs_that_were_there_before(dag: DAG) -> None:
    task: Any = dag.get_task("wait_for_wave")
    assert (task.mode, task.trigger_rule) == ("reschedule", "none_failed")


def test_it_runs_when_an_upgrade_is_started_only(dag: DAG) -> None:
    assert dag.schedule is None
    assert dag.is_paused_upon_creation is False


def test_it_wants_to_know_which_upgrade(dag: DAG) -> None:
    params = copy.deepcopy(dag.params)
    with pytest.raises(ParamValidationError):
        params.validate()
    params.update({"upgrade": "upgrade-1"})
    params.validate()
