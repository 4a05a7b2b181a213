"""What a run leaves in the store and in the catalog, from its beginning to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline_ops.attach import attach_consents
from pipeline_ops.catalog.consents import give_consent, revoke_consent
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.history import Run, run
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.checkpoints.manifest import CheckpointReference, Verdict
from pipeline_ops.errors import DamagedArtefactError, SettingsError
from pipeline_ops.platform import Platform
from pipeline_ops.report import LanguageReport, Report
from pipeline_ops.request import Request
from pipeline_ops.run_lifecycle import begin_run, check_still_allowed, end_run
from pipeline_ops.run_record import publication_name, read_report
from pipeline_ops.runner import ingest
from pipeline_ops.settings import Settings

ASKED_AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
ORDER = RunOrder("a-run", ASKED_AT)
NO_SPEECH = Verdict("no_speech", "We heard no speech.")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path / "home")}))


@pytest.fixture
def request_for_talk(platform: Platform, tmp_path: Path) -> Request:
    video = tmp_path / "talk.mp4"
    video.write_text("this is no video")
    return Request(ingest(video, platform), ("pt",), "embedded")


def rejected(request: Request) -> Report:
    return Report(
        status="rejected",
        source=str(request.source),
        profile=request.profile,
        source_language=None,
        languages=(LanguageReport("pt", "rejected", NO_SPEECH),),
        stages=(),
        verdict=NO_SPEECH,
    )


def known(platform: Platform, run_id: str = ORDER.run_id) -> Run | None:
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        return run(session, run_id)


def test_a_run_that_began_goes_on_with_its_video(platform: Platform, request_for_talk: Request) -> None:
    begin_run(ORDER, request_for_talk, platform)
    found = known(platform)
    assert found is not None
    assert (found.status, found.requested_at, found.ended_at) == ("running", ASKED_AT, None)
    assert found.media_id is not None


def test_a_run_that_ended_has_its_report_in_both(platform: Platform, request_for_talk: Request) -> None:
    begin_run(ORDER, request_for_talk, platform)
    report = rejected(request_for_talk)
    reference = end_run(ORDER, request_for_talk, report, platform, started_at=ASKED_AT)
    found = known(platform)
    assert found is not None
    assert (found.status, found.report, found.reason_code) == ("rejected", str(reference), "no_speech")
    assert found.started_at == ASKED_AT
    assert read_report(reference, platform) == report
    [publication] = platform.store.publications()
    assert (publication.name, publication.references) == (publication_name(ORDER.run_id), (reference,))


def test_ending_a_run_twice_is_ending_it_once(platform: Platform, request_for_talk: Request) -> None:
    first, second = (
        end_run(ORDER, request_for_talk, rejected(request_for_talk), platform, started_at=ASKED_AT)
        for _ in range(2)
    )
    assert first == second
    assert len(list(platform.store.publications())) == 1


def test_a_run_that_begins_again_forgets_what_it_came_to(
    platform: Platform, request_for_talk: Request
) -> None:
    end_run(ORDER, request_for_talk, rejected(request_for_talk), platform, started_at=ASKED_AT)
    begin_run(ORDER, request_for_talk, platform)
    found = known(platform)
    assert found is not None
    assert (found.status, found.report, found.reason_code) == ("running", None, None)


def test_a_creator_or_an_upload_that_nobody_knows_begins_nothing(
    platform: Platform, request_for_talk: Request
) -> None:
    with pytest.raises(SettingsError, match="no creator 'ann'"):
        begin_run(replace(ORDER, creator_id="ann"), request_for_talk, platform)
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, Creator("ann", "Ann"))
    with pytest.raises(SettingsError, match="no upload"):
        begin_run(replace(ORDER, creator_id="ann", upload_id="0" * 32), request_for_talk, platform)
    with pytest.raises(SettingsError, match="does not agree to dub"):
        begin_run(replace(ORDER, creator_id="ann"), request_for_talk, platform)
    assert known(platform) is None


def test_a_run_whose_consent_is_revoked_stops_at_its_next_stage(
    platform: Platform, request_for_talk: Request
) -> None:
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, Creator("ann", "Ann"))
        for use in ("dub", "voice"):
            give_consent(session, "ann", use, by="ann", text_version="1")
    request = attach_consents(request_for_talk, platform, ("voice",))
    begin_run(replace(ORDER, creator_id="ann"), request, platform)
    check_still_allowed("ann", request, "pt", platform)
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        revoke_consent(session, "ann", "voice", by="ann")
    with pytest.raises(SettingsError, match="does not agree to voice"):
        check_still_allowed("ann", request, "pt", platform)
    check_still_allowed("ann", request_for_talk, None, platform)


def test_a_video_that_is_not_in_the_store_begins_nothing(platform: Platform) -> None:
    request = Request(CheckpointReference("ingest", "a" * 64), ("pt",), "embedded")
    with pytest.raises(DamagedArtefactError, match="ingest it again"):
        begin_run(ORDER, request, platform)
    assert known(platform) is None
