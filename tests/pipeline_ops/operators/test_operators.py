"""The operators on a real store and a real, cheap stage; whole runs are in tests/e2e."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.history import run
from pipeline_ops.catalog.library import eligibility
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import ProcessKilledError, SettingsError
from pipeline_ops.graph import NODES
from pipeline_ops.operators.links import CheckpointLink, DataDocsLink, PlayLink
from pipeline_ops.operators.report import ReportOperator
from pipeline_ops.operators.request import AcceptRequestOperator, request_of
from pipeline_ops.operators.stage import StageOperator
from pipeline_ops.platform import Platform
from pipeline_ops.run_record import publication_name, read_report
from tests.pipeline_ops.operators.running import RUN_ID, TaskInstance, context_of

SOURCE = ("accept_request", -1, "source")
PROBE = ("probe", -1, "return_value")


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A deployment of its own, with one file in its media folder that is no video."""
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    for name in ("DUBWRIGHT_STORE_URL", "DUBWRIGHT_MEDIA_DIR", "DUBWRIGHT_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "talk.mp4").write_text("this is no video")
    return Platform.from_environment()


@pytest.fixture(autouse=True)
def within_a_dag() -> Iterator[None]:
    with DAG("test", schedule=None):
        yield


def accepted(**params: Any) -> TaskInstance:
    """Accept the request; return the task instance that keeps what was handed on."""
    task_instance = TaskInstance("accept_request")
    AcceptRequestOperator(task_id="accept_request").execute(context_of(task_instance, **params))
    task_instance.task_id = "probe"
    return task_instance


def test_accepting_hands_on_the_languages_and_the_ingested_video(platform: Platform) -> None:
    task_instance = TaskInstance("accept_request")
    operator = AcceptRequestOperator(task_id="accept_request")
    languages = operator.execute(context_of(task_instance, target_languages=["pt-BR", "es", "pt"]))
    assert languages == ["pt", "es"]
    reference = CheckpointReference.parse(task_instance.xcoms[SOURCE])
    assert platform.store.read_bytes(reference, "source") == b"this is no video"


def test_what_came_with_the_video_is_handed_on_and_read_back(platform: Platform) -> None:
    task_instance = accepted(glossary={"pt": {"stream": "live"}})
    [(name, reference)] = request_of(context_of(task_instance)).attachments.items()
    assert name == "glossary"
    assert platform.store.read_bytes(reference, "source") == b'{"pt":{"stream":"live"}}'


def test_an_unknown_model_is_refused_at_the_door(platform: Platform) -> None:
    with pytest.raises(Exception, match="no-such-model"):
        accepted(models={"translation": "no-such-model"})


def test_a_rejected_input_hands_on_its_checkpoint_and_skips_what_follows(platform: Platform) -> None:
    task_instance = accepted()
    operator = StageOperator(node=NODES["probe"])
    with pytest.raises(AirflowSkipException, match="unreadable_media"):
        operator.execute(context_of(task_instance))
    manifest = platform.store.find(CheckpointReference.parse(task_instance.xcoms[PROBE]))
    assert manifest is not None
    assert manifest.outcome == "rejected"
    address = CheckpointLink().get_link(operator, ti_key=task_instance)  # type: ignore[arg-type]
    assert address == f"/dubwright/checkpoints/{manifest.reference}"


def test_there_is_nothing_to_play_where_nothing_was_made(platform: Platform) -> None:
    operator = StageOperator(node=NODES["mix"])
    assert PlayLink().get_link(operator, ti_key=TaskInstance()) == ""  # type: ignore[arg-type]


def test_a_gate_that_did_not_run_has_no_page(platform: Platform) -> None:
    operator = StageOperator(node=NODES["gate_wording"])
    assert DataDocsLink().get_link(operator, ti_key=TaskInstance()) == ""  # type: ignore[arg-type]
    operator.reference, operator.page = "gate_wording/ab", "documents"
    address = DataDocsLink().get_link(operator, ti_key=TaskInstance())  # type: ignore[arg-type]
    assert address == "/dubwright/checkpoints/gate_wording/ab/artefacts/documents"


def test_a_failure_is_told_in_the_tasks_state_store(platform: Platform) -> None:
    context = context_of(accepted(), stage_parameters={"probe": {"no_such_parameter": 1}})
    with pytest.raises(SettingsError):
        StageOperator(node=NODES["probe"]).execute(context)
    assert "no_such_parameter" in context["task_state_store"]["failure"]


def test_a_later_try_takes_an_earlier_failure_back(platform: Platform) -> None:
    task_instance = accepted()
    context = context_of(task_instance)
    context["task_state_store"].set("failure", "an earlier one")
    task_instance.try_number = 2
    with pytest.raises(AirflowSkipException):
        StageOperator(node=NODES["probe"]).execute(context)
    assert "failure" not in context["task_state_store"]


def test_a_task_that_is_asked_to_end_leaves_its_work() -> None:
    with pytest.raises(ProcessKilledError, match="probe"):
        StageOperator(node=NODES["probe"]).on_kill()


def test_the_report_of_a_rejected_run_succeeds_and_is_published(platform: Platform) -> None:
    task_instance = accepted()
    with pytest.raises(AirflowSkipException):
        StageOperator(node=NODES["probe"]).execute(context_of(task_instance))
    task_instance.task_id = "report"
    reference = ReportOperator(task_id="report").execute(context_of(task_instance))
    report = read_report(CheckpointReference.parse(reference), platform)
    assert report.status == "rejected"
    assert [stage.stage for stage in report.stages] == ["probe"]
    assert [each.name for each in platform.store.publications()] == [publication_name(RUN_ID)]


def test_the_report_of_a_failed_run_fails_after_handing_on_the_report(platform: Platform) -> None:
    task_instance = accepted()
    task_instance.task_id, task_instance.states = "report", {"probe": "failed"}
    with pytest.raises(AirflowFailException, match="probe"):
        ReportOperator(task_id="report").execute(context_of(task_instance))
    reference = task_instance.xcoms["report", -1, "return_value"]
    assert read_report(CheckpointReference.parse(reference), platform).status == "failed"


def test_a_checkpoint_from_before_the_run_counts_as_reused(platform: Platform) -> None:
    task_instance = accepted()
    with pytest.raises(AirflowSkipException):
        StageOperator(node=NODES["probe"]).execute(context_of(task_instance))
    task_instance.task_id = "report"
    operator = ReportOperator(task_id="report")
    for began_at, reused in (
        (datetime.now(UTC) - timedelta(minutes=1), False),
        (datetime.now(UTC) + timedelta(minutes=1), True),
    ):
        task_instance.start_date = began_at
        reference = operator.execute(context_of(task_instance))
        report = read_report(CheckpointReference.parse(reference), platform)
        assert [stage.reused for stage in report.stages] == [reused]


def test_a_request_that_was_not_accepted_has_no_report(platform: Platform) -> None:
    with pytest.raises(SettingsError):
        ReportOperator(task_id="report").execute(context_of(TaskInstance("report")))


def test_the_catalog_knows_a_run_from_its_beginning_and_what_it_came_to(platform: Platform) -> None:
    task_instance = accepted()
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        begun = run(session, RUN_ID)
    with pytest.raises(AirflowSkipException):
        StageOperator(node=NODES["probe"]).execute(context_of(task_instance))
    task_instance.task_id = "report"
    reference = ReportOperator(task_id="report").execute(context_of(task_instance))
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        ended = run(session, RUN_ID)
        reasons = eligibility(session).reasons
    assert begun is not None
    assert (begun.status, begun.report) == ("running", None)
    assert ended is not None
    assert (ended.status, ended.report, ended.reason_code) == ("rejected", reference, "unreadable_media")
    assert [reason.reason_code for reason in reasons] == ["unreadable_media"]


def test_a_creator_whom_nobody_knows_is_refused_at_the_door(platform: Platform) -> None:
    with pytest.raises(SettingsError, match="no creator 'nobody'"):
        accepted(creator="nobody")
