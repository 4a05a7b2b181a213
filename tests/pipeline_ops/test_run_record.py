from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.checkpoints.manifest import Verdict
from pipeline_ops.checkpoints.storage import is_plain_name
from pipeline_ops.graph import FINAL_STAGE
from pipeline_ops.platform import Platform
from pipeline_ops.report import LanguageReport, Report, StageOutcome, StageReport, build_report
from pipeline_ops.request import Request
from pipeline_ops.run_record import publication_name, read_report, record_run, stood_before
from pipeline_ops.runner import ingest
from pipeline_ops.settings import Settings
from tests.pipeline_ops.streams.packaging import commit

RUN_ID = "manual__2026-11-24T04:00:00.123456+00:00_aBcD"

VERDICT = Verdict("no_speech", "We heard no speech.")
REJECTED = Report(
    status="rejected",
    source="ingest/" + "a" * 64,
    profile="embedded",
    source_language=None,
    languages=(LanguageReport("pt", "rejected", VERDICT),),
    stages=(),
    verdict=VERDICT,
)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)}))


def test_a_stored_report_is_read_back_as_it_was(platform: Platform) -> None:
    assert read_report(record_run(REJECTED, RUN_ID, platform), platform) == REJECTED


def test_a_later_report_of_a_run_takes_the_place_of_the_earlier(platform: Platform) -> None:
    earlier = record_run(REJECTED, RUN_ID, platform)
    later = record_run(replace(REJECTED, status="failed"), RUN_ID, platform)
    [publication] = platform.store.publications()
    assert earlier != later
    assert publication.references == (later,)
    assert publication.metadata["run_id"] == RUN_ID


def test_a_publication_keeps_the_file_and_the_streams_of_each_language(
    platform: Platform, tmp_path: Path
) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(b"video")
    made = {
        FINAL_STAGE: commit(platform, FINAL_STAGE, "pt", {"video": video}),
        "package": commit(platform, "package", "pt", {"subtitles": video}),
    }
    done = replace(
        REJECTED,
        status="done",
        languages=(LanguageReport("pt", "done"),),
        stages=tuple(
            StageReport(name, "pt", str(reference), reused=False) for name, reference in made.items()
        ),
        verdict=None,
    )
    reference = record_run(done, RUN_ID, platform)
    [publication] = platform.store.publications()
    assert set(publication.references) == {reference, *made.values()}


def test_a_language_is_not_done_before_it_is_packaged(platform: Platform, tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(b"video")
    request = Request(ingest(video, platform), ("pt",), "embedded")
    muxed = commit(platform, "label_and_mux", "pt", {"video": video})
    report = build_report(request, [StageOutcome("label_and_mux", "pt", str(muxed))], platform)
    assert (report.status, report.languages[0].error) == ("failed", "It did not finish.")


@given(st.text(min_size=1, max_size=250))
def test_every_run_id_names_a_publication(run_id: str) -> None:
    assert is_plain_name(publication_name(run_id) + ".json")


def test_run_ids_that_look_alike_name_different_publications() -> None:
    assert publication_name("run:1") != publication_name("run+1")


def test_what_was_made_in_the_runs_first_second_was_not_there_before(platform: Platform) -> None:
    manifest = platform.store.find(record_run(REJECTED, RUN_ID, platform))
    assert manifest is not None
    made_at = datetime.fromisoformat(manifest.created_at)
    assert made_at.tzinfo is UTC or made_at.utcoffset() == timedelta(0)
    assert not stood_before(manifest, made_at + timedelta(milliseconds=900))
    assert stood_before(manifest, made_at + timedelta(seconds=1))
