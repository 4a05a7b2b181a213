"""Runs of `translate_video` through a real scheduler, on real models and a real S3 server."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from pipeline_ops.airflow_control import local
from pipeline_ops.airflow_control.client import AirflowRefusedError
from pipeline_ops.airflow_control.local import DAG_ID
from pipeline_ops.attach import attach_consents
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.export import export
from pipeline_ops.graph import FINAL_STAGE, INGEST, NODES, nodes_of
from pipeline_ops.operators.edges import ancestors
from pipeline_ops.request import Request
from pipeline_ops.run_record import publication_name
from pipeline_ops.runner import run_stage
from pipeline_ops.settings import Settings
from tests.e2e.deployment import WITHOUT_LIPS, Deployment, is_reference, made

pytestmark = [pytest.mark.e2e, pytest.mark.models, pytest.mark.timeout(400)]

OUTAGE_S = 5.0
"""After the first failure: the next try, which comes after three to six seconds, may meet it, too."""

LABELLED_ELSEWHERE = {"label_place": "bottom_left"}
MADE_FOR_ANOTHER_VOICE = {
    "fit_voice[pt]",
    *(f"{node.name}[pt]" for node in nodes_of("language") if "fit_voice" in ancestors(node)),
}
SECOND_UP_LIMIT_S = 1.0


@pytest.fixture(scope="module")
def troubled(environment: Deployment, translated: str, talk: Path) -> str:
    """A run in another voice: a stage of it is killed, and later on the storage is away for a while.

    Everything from the voice on is made anew, and no translation.
    """
    environment.storage.ensure_mended()
    wishes = {**environment.other_voice(translated), **WITHOUT_LIPS["stage_parameters"]}
    run_id = environment.send(talk, "pt,en", stage_parameters=wishes)
    kill_in_the_middle(
        environment, run_id, "synthesize", after_s=1.5
    )  # loading its model, or at work with it
    environment.wait_for(run_id, "check_takes", "running")
    environment.storage.cut()
    environment.wait_for(run_id, "check_takes", "up_for_retry")
    time.sleep(OUTAGE_S)
    environment.storage.mend()
    assert environment.wait(run_id).state == "success"
    return run_id


def kill_in_the_middle(deployment: Deployment, run_id: str, task_id: str, after_s: float) -> None:
    pid = deployment.wait_for(run_id, task_id, "running").pid
    assert pid is not None
    time.sleep(after_s)
    os.kill(pid, signal.SIGKILL)


def test_one_language_is_done_while_another_is_rejected(deployment: Deployment, translated: str) -> None:
    report = deployment.report(translated)
    ends = {language.language: language for language in report.languages}
    assert deployment.wait(translated).state == "success"
    assert report.status == "partial"
    assert ends["pt"].status == "done"
    assert ends["pt"].lines
    assert ends["en"].verdict is not None
    assert ends["en"].verdict.reason_code == "same_language"


def test_a_rejected_languages_tasks_alone_are_skipped(deployment: Deployment, translated: str) -> None:
    states = {(task.task_id, task.map_index): task.state for task in deployment.tasks(translated)}
    skipped = {place for place, state in states.items() if state == "skipped"}
    assert skipped == {(node.name, 1) for node in nodes_of("language")}
    assert {state for place, state in states.items() if place not in skipped} == {"success"}


def test_tasks_show_their_language(deployment: Deployment, translated: str) -> None:
    labels = {(task.task_id, task.map_index): task.label for task in deployment.tasks(translated)}
    assert labels[FINAL_STAGE, 0] == "pt"
    assert labels["pick_terms", 1] == "en"


def test_tasks_hand_on_references_and_nothing_else(deployment: Deployment, translated: str) -> None:
    """But for the list of languages, which tasks are mapped over, and Airflow's own store of links.

    What came along with the video is handed on by name.
    """
    handed_on = {
        place: deployment.client.xcom(DAG_ID, translated, *place)
        for place in deployment.client.xcom_keys(DAG_ID, translated)
        if not place[2].startswith("_link_")
    }
    assert handed_on.pop(("accept_request", -1, "return_value")) == ["pt", "en"]
    attached = handed_on.pop(("accept_request", -1, "attachments"))
    assert set(attached) == {"voice_consent", "lips_consent"}
    assert all(is_reference(value) for value in attached.values())
    assert len(handed_on) > len(NODES)
    assert [value for value in handed_on.values() if not is_reference(value)] == []


def test_tasks_link_to_pages_that_show_what_they_made(deployment: Deployment, translated: str) -> None:
    path = f"/api/v2/dags/{DAG_ID}/dagRuns/{translated}/taskInstances/{FINAL_STAGE}/links"
    links = httpx.get(deployment.address + path, params={"map_index": 0}).json()["extra_links"]
    page = httpx.get(deployment.address + links["Checkpoint"])
    video = httpx.get(deployment.address + links["Watch or listen"], headers={"Range": "bytes=4-7"})
    assert page.status_code == httpx.codes.OK
    assert f"<h1>{FINAL_STAGE}</h1>" in page.text
    assert video.status_code == httpx.codes.PARTIAL_CONTENT
    assert video.headers["content-type"] == "video/mp4"
    assert video.content == b"ftyp"


def test_the_result_is_exported_as_files(deployment: Deployment, translated: str, tmp_path: Path) -> None:
    videos = export(deployment.report(translated), tmp_path, deployment.platform)
    assert videos == (tmp_path / "pt" / "video.mp4",)
    assert sorted(path.name for path in (tmp_path / "pt").iterdir()) == [
        "pt.srt",
        "pt.vtt",
        "source.srt",
        "source.vtt",
        "video.mp4",
    ]


def test_a_runs_results_are_kept_from_garbage_collection(deployment: Deployment, translated: str) -> None:
    published = {each.name: each for each in deployment.platform.store.publications()}
    lineage = {reference.stage for reference in published[publication_name(translated)].lineage}
    assert {"ingest", FINAL_STAGE, "report", *NODES} - {"judge_transcript", "judge_eligibility"} <= lineage


def test_the_same_request_again_recomputes_nothing(
    deployment: Deployment, translated: str, talk: Path
) -> None:
    time.sleep(1.1)  # manifests count whole seconds
    again = deployment.send(talk, "pt,en", **WITHOUT_LIPS)
    run = deployment.wait(again)
    report = deployment.report(again)
    assert made(report) == set()
    assert {stage.stage for stage in report.stages if stage.verdict is None} == set(NODES)
    assert run.started_at is not None
    assert run.ended_at is not None
    print(f"a run that reuses everything took {(run.ended_at - run.started_at) / timedelta(seconds=1):.1f} s")


def test_a_video_without_speech_ends_as_rejected(deployment: Deployment, silent_video: Path) -> None:
    run_id = deployment.send(silent_video, "pt")
    assert deployment.wait(run_id).state == "success"
    report = deployment.report(run_id)
    assert report.status == "rejected"
    assert report.verdict is not None
    assert report.verdict.reason_code == "no_speech"


def test_a_file_that_is_no_video_is_rejected_from_the_media_folder(
    deployment: Deployment, no_video: Path
) -> None:
    (deployment.platform.settings.media_dir / "talk.mp4").write_bytes(no_video.read_bytes())
    run_id = deployment.send_reference("talk.mp4", "pt")
    assert deployment.wait(run_id).state == "success"
    verdict = deployment.report(run_id).verdict
    assert verdict is not None
    assert verdict.reason_code == "unreadable_media"


def test_a_name_that_leads_out_of_the_media_folder_fails(deployment: Deployment, talk: Path) -> None:
    (deployment.platform.settings.media_dir / "link.mp4").symlink_to(talk)
    for name in ("link.mp4", "../secret.mp4"):
        run_id = deployment.send_reference(name, "pt")
        assert deployment.wait(run_id).state == "failed"
        errors = deployment.end(run_id).errors
        assert any("There is no file" in error for error in errors), errors


def test_wrong_parameters_are_refused_before_a_run_starts(deployment: Deployment) -> None:
    with pytest.raises(AirflowRefusedError, match="target_languages"):
        deployment.send_reference("talk.mp4", "not a language tag")


def test_a_stage_killed_in_the_middle_is_tried_again(deployment: Deployment, troubled: str) -> None:
    assert deployment.tries(troubled)["synthesize", 0] == 2


def test_a_storage_outage_in_a_run_is_outlasted(deployment: Deployment, troubled: str) -> None:
    assert deployment.tries(troubled)["check_takes", 0] > 1


def test_after_both_nothing_is_damaged_or_made_but_what_had_to_be(
    deployment: Deployment, troubled: str
) -> None:
    assert made(deployment.report(troubled)) == MADE_FOR_ANOTHER_VOICE
    assert deployment.damaged() == []


@pytest.mark.thorough
def test_a_run_outlasts_its_scheduler(deployment: Deployment, translated: str, talk: Path) -> None:
    """It is started again by what keeps it, and takes up what its predecessor's end left lying."""
    wishes = {**deployment.other_voice(translated), **WITHOUT_LIPS["stage_parameters"]}
    run_id = deployment.send(talk, "pt", stage_parameters=wishes)
    deployment.wait_for(run_id, "synthesize", "running")
    running = local.status(deployment.platform.settings)
    assert running is not None
    [keeper] = [each.pid for each in running.services if each.name == "scheduler"]
    [scheduler] = psutil.Process(keeper).children()
    scheduler.kill()
    assert deployment.wait(run_id).state == "success"
    assert deployment.tries(run_id)["synthesize", 0] == 2
    assert deployment.damaged() == []


@pytest.mark.thorough
def test_lips_killed_in_the_middle_of_drawing_come_out_the_same(
    deployment: Deployment, translated: str, talk: Path
) -> None:
    """As they do where nothing interrupts: the same stage, called by itself afterwards."""
    wishes = {"render_lips": LABELLED_ELSEWHERE}  # as no other test's, so that they are drawn here
    run_id = deployment.send(talk, "pt,en", stage_parameters=wishes)
    kill_in_the_middle(deployment, run_id, "render_lips", after_s=2.5)  # starting its processes, or at work
    assert deployment.wait(run_id).state == "success"
    assert deployment.tries(run_id)["render_lips", 0] == 2
    report, platform = deployment.report(run_id), deployment.platform
    references = {
        stage.stage: CheckpointReference.parse(stage.checkpoint)
        for stage in report.stages
        if stage.checkpoint is not None and stage.language in {None, "pt"}
    }
    source = CheckpointReference.parse(report.source)
    asked = Request(source, ("pt", "en"), report.profile, stage_parameters=wishes)
    killed = platform.store.find(references["render_lips"])
    assert killed is not None
    platform.store.set_aside(references["render_lips"], "so that it is drawn again")
    again = run_stage(
        NODES["render_lips"],
        attach_consents(asked, platform),
        "pt",
        {**references, INGEST: source},
        platform,
    )
    assert not again.reused
    after = platform.store.find(again.reference)
    assert after is not None
    assert after.reference == killed.reference
    assert after.artefacts == killed.artefacts
    assert deployment.damaged() == []


def test_starting_what_runs_already_takes_no_time(deployment: Deployment) -> None:
    started = local.up(Settings.from_environment(), print)
    assert started.was_running
    assert started.running.address == deployment.address
    assert started.took_s < SECOND_UP_LIMIT_S
