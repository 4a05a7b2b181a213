"""Asking for languages, watching what becomes of them, and deciding, against a served studio."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline_ops.catalog.playbacks import Playback, record_playbacks
from pipeline_ops.catalog.publishing import publish
from pipeline_ops.catalog.recorder import record_asked
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.catalog.tables import MediumRow, RunRow, TranslationRow
from pipeline_ops.graph import NODES
from tests.pipeline_ops.catalog.making import NOW, facts
from tests.pipeline_ops.delivery.studio.airflow_server import task
from tests.pipeline_ops.delivery.studio.conftest import StudioServer, store_dub


def asked(client: httpx.Client, video: str, *languages: str) -> httpx.Response:
    return client.post(f"videos/{video}/translations", json={"languages": list(languages)})


def standings(client: httpx.Client, video: str) -> dict[str, str]:
    languages = client.get(f"videos/{video}").json()["languages"]
    return {each["language"]: each["standing"] for each in languages}


def run_of(video: str, **values: Any) -> Any:
    """Return what a run of a video of Ann's leaves; each video has a content of its own."""
    return facts(
        values.pop("run_id", f"run-{uuid.uuid4().hex[:8]}"),
        video=video,
        creator_id="ann",
        upload_id=video,
        **values,
    )


def test_a_run_is_started_once_however_often_it_is_asked_for(studio: StudioServer) -> None:
    video = studio.video()
    with studio.client("ann") as client:
        first = asked(client, video, "pt", "es-MX").json()
        assert first["languages"] == ["pt", "es"]
        again = asked(client, video, "es", "pt").json()
        assert (again["run_id"], again["settled"]) == (None, ["es", "pt"])
        assert standings(client, video) == {"es": "not_started", "pt": "not_started"}
    assert studio.airflow.runs[first["run_id"]] == {
        "video": _address(studio, video),
        "target_languages": ["es", "pt"],
        "profile": "embedded",
        "creator": "ann",
        "upload": video,
    }
    assert len(studio.airflow.runs) == 1


def test_asked_for_four_times_at_once_it_is_one_run(studio: StudioServer) -> None:
    video = studio.video()
    with studio.client("ann") as client, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: asked(client, video, "pt"), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["run_id"] is not None for answer in answers) == 1
    assert len(studio.airflow.runs) == 1


def test_where_airflow_is_out_the_wish_is_kept_and_asking_again_goes_on(studio: StudioServer) -> None:
    video = studio.video()
    studio.airflow.is_out = True
    with studio.client("ann") as client:
        answer = asked(client, video, "pt")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"]
        assert standings(client, video) == {"pt": "not_started"}
        (progress,) = client.get(f"videos/{video}/progress").json()
        assert (progress["is_known"], progress["stages"]) == (False, [])
        studio.airflow.is_out = False
        assert asked(client, video, "pt").json()["settled"] == ["pt"]
    assert [conf["upload"] for conf in studio.airflow.runs.values()] == [video]


def test_what_airflow_refuses_is_told_without_what_it_said(studio: StudioServer) -> None:
    video = studio.video()
    studio.airflow.refusal = 422
    with studio.client("ann") as client:
        answer = asked(client, video, "pt")
        assert answer.status_code == 502
        assert "secret-host" not in answer.text
        assert standings(client, video) == {"pt": "failed"}
        assert "secret-host" not in client.get(f"videos/{video}").text
        studio.airflow.refusal = None
        second = asked(client, video, "pt").json()
    assert second["run_id"] in studio.airflow.runs
    assert len(set(studio.airflow.triggers)) == 2  # another attempt is another run


def test_who_has_not_agreed_is_not_dubbed(studio: StudioServer) -> None:
    video = studio.video(creator_id="cat")
    with studio.client("cat") as client:
        assert asked(client, video, "pt").json()["code"] == "consent_missing"
    assert studio.airflow.runs == {}


@pytest.mark.parametrize("languages", [["not a language"], [], ["x" * 40], ["pt"] * 51])
def test_languages_that_make_no_sense_are_refused(studio: StudioServer, languages: list[str]) -> None:
    with studio.client("ann") as client:
        assert asked(client, studio.video(), *languages).status_code == 422


def test_progress_is_told_stage_by_stage_while_a_run_goes_on(studio: StudioServer) -> None:
    video = studio.video()
    with studio.client("ann") as client:
        run_id = asked(client, video, "pt", "es").json()["run_id"]
        studio.airflow.tasks[run_id] = [
            task("probe", "success"),
            task("decode_audio", "running"),
            task("detect_speech", None),
            task("translate", "success", 0),
            task("translate", "up_for_retry", 1),
            task("accept_request", "success"),
        ]
        (progress,) = client.get(f"videos/{video}/progress").json()
    words = {(each["stage"], each["language"]): each["word"] for each in progress["stages"]}
    assert words["probe", None] == "done"
    assert words["decode_audio", None] == "under_way"
    assert words["detect_speech", None] == "waiting"
    assert (words["translate", "es"], words["translate", "pt"]) == ("done", "tried_again")
    assert {stage for stage, _ in words} == set(NODES)
    assert progress["stages"][0] == {
        "stage": "probe",
        "phrase": "Looking at the file",
        "language": None,
        "word": "done",
        "seconds": 7.0,
    }


def test_a_rejection_is_told_by_code_and_in_words_and_a_failure_without_its_inside(
    studio: StudioServer,
) -> None:
    video = studio.video()
    studio.record(run_of(video, done=(), rejected={"pt": "no_speech"}, failed=("es",)))
    with studio.client("ann") as client:
        languages = {each["language"]: each for each in client.get(f"videos/{video}").json()["languages"]}
        assert (languages["pt"]["reason_code"], languages["pt"]["message"]) == (
            "no_speech",
            "It is no_speech.",
        )
        assert languages["es"]["standing"] == "failed"
        assert "align" not in languages["es"]["message"]
        assert asked(client, video, "es").json()["languages"] == ["es"]


def test_a_dub_that_waits_is_approved_once_and_by_who_saw_it(studio: StudioServer) -> None:
    video = studio.video()
    run = run_of(video, done=("pt",), held=True)
    studio.record(run)
    _let_wait(studio, run.order.run_id)
    with studio.client("ann") as client:
        assert standings(client, video) == {"pt": "awaiting_you"}
        (version,) = client.get(f"videos/{video}").json()["languages"][0]["versions"]
        place = f"videos/{video}/translations/{version['run_id']}/pt/decision"
        stale = client.post(place, json={"choice": "approve", "checkpoint": f"label_and_mux/{'0' * 64}"})
        assert (stale.status_code, stale.json()["code"]) == (409, "made_anew")
        good = {"choice": "approve", "checkpoint": version["checkpoint"], "note": "good"}
        assert client.post(place, json=good).status_code == 200
        assert standings(client, video) == {"pt": "published"}
        assert client.post(place, json=good).json()["code"] == "decided_already"
        (version,) = client.get(f"videos/{video}").json()["languages"][0]["versions"]
        assert (version["decided_by"], version["note"]) == ("ann", "good")


def test_a_dub_that_waits_for_an_upgrade_is_not_the_creators_to_decide(studio: StudioServer) -> None:
    video = studio.video()
    run = run_of(video, held=True)
    studio.record(run)
    with studio.client("ann") as client:
        assert standings(client, video) == {"pt": "held"}
        decision = {"choice": "approve", "checkpoint": run.translations[0].checkpoint}
        place = f"videos/{video}/translations/{run.order.run_id}/pt/decision"
        assert client.post(place, json=decision).json()["code"] == "decided_already"


def test_taken_down_no_version_comes_back_and_it_may_be_asked_for_again(studio: StudioServer) -> None:
    video = studio.video()
    studio.record(run_of(video, run_id=f"older-{video}"))
    newer = run_of(video, run_id=f"newer-{video}", after=timedelta(hours=1), translator="new-translator")
    studio.record(newer)
    with studio.client("ann") as client:
        assert standings(client, video) == {"pt": "published"}
        decision = {"choice": "take_down", "checkpoint": newer.translations[0].checkpoint}
        place = f"videos/{video}/translations/newer-{video}/pt/decision"
        assert client.post(place, json=decision).status_code == 200
        assert standings(client, video) == {"pt": "taken_down"}
        assert client.post(place, json=decision).json()["code"] == "not_published"
        assert asked(client, video, "pt").json()["languages"] == ["pt"]
    with studio.catalog.reading() as session:
        states = {
            session.get_one(TranslationRow, (f"{age}-{video}", "pt")).state for age in ("older", "newer")
        }
    assert states == {"withdrawn"}


def test_a_published_dub_stays_shown_while_another_is_made(studio: StudioServer) -> None:
    video = studio.video()
    studio.record(run_of(video))
    with studio.catalog.writing() as session:
        order = RunOrder(f"upgrade-{video}", NOW + timedelta(days=1), creator_id="ann", upload_id=video)
        record_asked(session, order, ("pt",))
    with studio.client("ann") as client:
        (language,) = client.get(f"videos/{video}").json()["languages"]
    assert (language["standing"], language["is_renewed"]) == ("published", True)


def test_views_are_told_by_language(studio: StudioServer) -> None:
    video = studio.video()
    studio.record(run_of(video))
    with studio.client("ann") as client, studio.catalog.writing() as session:
        media_id = client.get(f"videos/{video}").json()["media_id"]
        told = Playback("0" * 32, media_id, "pt", NOW, True, False, True, 1, 0.5, 42.0)
        assert record_playbacks(session, [told]) == 1
    with studio.client("ann") as client:
        (views,) = client.get(f"videos/{video}/views").json()
    assert (views["language"], views["is_dub"], views["starts"], views["watched_s"]) == ("pt", True, 1, 42.0)


@pytest.fixture
def dubbed(studio: StudioServer, clip: bytes, tmp_path: Path) -> tuple[str, str]:
    """A video with a finished dub whose file is the clip: the video's id and the run's."""
    video = studio.video()
    run = run_of(video)
    store_dub(studio, run, clip, tmp_path)
    studio.record(run)
    return video, run.order.run_id


def test_a_dub_is_previewed_in_ranges_and_kept_by_no_cache(
    studio: StudioServer, dubbed: tuple[str, str], clip: bytes
) -> None:
    video, run_id = dubbed
    place = f"videos/{video}/translations/{run_id}/pt/video"
    with studio.client("ann") as client:
        whole = client.get(place)
        assert whole.content == clip
        assert whole.headers["Content-Type"] == "video/mp4"
        assert whole.headers["Cache-Control"].startswith("private")
        assert "sandbox" in whole.headers["Content-Security-Policy"]
        part = client.get(place, headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, clip[100:200])
        assert part.headers["Content-Range"] == f"bytes 100-199/{len(clip)}"
        assert client.get(place, headers={"Range": f"bytes={len(clip)}-"}).status_code == 416
        assert client.get(place, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
        other = {"Range": "bytes=0-1", "If-Range": '"another"'}
        assert client.get(place, headers=other).content == clip
        assert client.get(f"videos/{video}/translations/{run_id}/pt/subtitles").status_code == 404
        assert client.get(f"videos/{video}/original").status_code == 404  # this store has no such file


def _address(studio: StudioServer, video: str) -> str:
    with studio.client("ann") as client:
        return f"ann/{client.get(f'videos/{video}').json()['name']}"


def _let_wait(studio: StudioServer, run_id: str) -> None:
    with studio.catalog.writing() as session:
        session.get_one(TranslationRow, (run_id, "pt")).state = "awaiting_review"


def test_a_video_of_the_same_content_at_somebody_elses_is_another_video(studio: StudioServer) -> None:
    mine, theirs = studio.video(), studio.video(creator_id="bob")
    studio.record(facts(f"mine-{mine}", video=mine, creator_id="ann", upload_id=mine))
    with studio.catalog.writing() as session:
        medium = session.get_one(RunRow, f"mine-{mine}").media_id
        assert session.get_one(MediumRow, medium).creator_id == "ann"
        publish(session, session.get_one(TranslationRow, (f"mine-{mine}", "pt")))
    with studio.client("bob") as client:
        assert client.get(f"videos/{theirs}").json()["languages"] == []
