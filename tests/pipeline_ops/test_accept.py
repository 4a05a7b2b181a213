from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_ops.accept import accept
from pipeline_ops.catalog.consents import give_consent, revoke_consent
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.errors import SettingsError
from pipeline_ops.glossary import read_glossary
from pipeline_ops.media_bucket import media_file
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request, attachment_params
from pipeline_ops.settings import Settings

names = st.text(alphabet="ab./\\~ \x00%", max_size=30) | st.sampled_from(
    ["../secret", "a/../../secret", "/etc/passwd", "..", ".", "", "link", "folder", "x" * 5000]
)


@pytest.fixture
def media_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "folder").mkdir(parents=True)
    (folder / "talk.mp4").write_bytes(b"video")
    (folder / "folder" / "talk.mp4").write_bytes(b"video")
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "way out").symlink_to(tmp_path)
    return folder


@pytest.fixture
def platform(tmp_path: Path, media_dir: Path) -> Platform:
    places = {"DUBWRIGHT_HOME": str(tmp_path), "DUBWRIGHT_MEDIA_DIR": str(media_dir)}
    return Platform.from_environment(Settings.from_environment(places))


@pytest.mark.parametrize("name", ["talk.mp4", "folder/talk.mp4", "./talk.mp4"])
def test_a_file_of_the_media_folder_is_found(media_dir: Path, name: str) -> None:
    assert media_file(name, media_dir).read_bytes() == b"video"


@given(names)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_leads_out_of_the_media_folder(media_dir: Path, name: str) -> None:
    with pytest.raises(SettingsError):
        media_file(name, media_dir)


@pytest.mark.parametrize("name", ["link", "way out/secret", "../secret", "folder", "nothing.mp4"])
def test_links_folders_and_missing_files_are_refused(media_dir: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="media folder"):
        media_file(name, media_dir)


def _params(**wishes: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "video": "talk.mp4",
        "target_languages": ["pt"],
        "profile": "embedded",
        "models": None,
        "stage_parameters": None,
    }
    return {**defaults, **wishes}


def test_a_video_may_be_named_by_its_reference(platform: Platform) -> None:
    by_name = accept(_params(), platform)
    by_reference = accept(_params(video=str(by_name.source)), platform)
    assert by_reference == by_name


@pytest.mark.parametrize("video", ["ingest/" + "0" * 64, "ingest/nonsense", "ingest/../talk.mp4"])
def test_a_reference_to_nothing_is_refused(platform: Platform, video: str) -> None:
    with pytest.raises(SettingsError):
        accept(_params(video=video), platform)


def _glossary(request: Request, platform: Platform) -> dict[str, dict[str, str]]:
    return read_glossary(platform.store.read_bytes(request.attachments["glossary"], "source"))


def _add_ann(platform: Platform, glossary: dict[str, dict[str, str]]) -> None:
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, Creator("ann", "Ann", glossary=glossary))


def test_without_a_creator_and_a_glossary_nothing_is_attached(platform: Platform) -> None:
    assert accept(_params(), platform).attachments == {}


def _consented(request: Request) -> set[str]:
    return {name for name in request.attachments if name.endswith("_consent")}


def test_without_a_creator_whoever_asks_states_what_was_agreed_to(platform: Platform) -> None:
    assert _consented(accept(_params(consent=[]), platform)) == set()
    stated = accept(_params(consent=["voice"]), platform)
    assert _consented(stated) == {"voice_consent"}
    assert accept(_params(**attachment_params(stated.attachments)), platform) == stated
    with pytest.raises(SettingsError, match="not to 'face'"):
        accept(_params(consent=["face"]), platform)
    with pytest.raises(SettingsError, match="no consent to voice"):
        accept(_params(voice_consent=str(stated.source)), platform)


def test_a_creators_consents_are_looked_up_each_time_and_nothing_else_counts(platform: Platform) -> None:
    _add_ann(platform, {})
    with pytest.raises(SettingsError, match="has not agreed to voice"):
        accept(_params(creator="ann", consent=["voice"]), platform)
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        for use in ("dub", "voice"):
            give_consent(session, "ann", use, by="ann", text_version="1")
    first = accept(_params(creator="ann"), platform)
    assert _consented(first) == {"voice_consent"}
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        revoke_consent(session, "ann", "voice", by="ann")
    again = accept(_params(creator="ann", **attachment_params(first.attachments)), platform)
    assert _consented(again) == set()


def test_terms_of_the_request_count_over_those_of_the_creator(platform: Platform) -> None:
    _add_ann(platform, {"pt": {"stream": "live", "day": "dia"}})
    request = accept(_params(creator="ann", glossary={"pt": {"stream": "fluxo"}}), platform)
    assert _glossary(request, platform) == {"pt": {"stream": "fluxo", "day": "dia"}}


def test_a_run_that_is_made_again_has_the_glossary_that_it_had(platform: Platform) -> None:
    _add_ann(platform, {"pt": {"stream": "live"}})
    first = accept(_params(creator="ann"), platform)
    _add_ann(platform, {"pt": {"stream": "fluxo"}})
    again = accept(_params(creator="ann", **attachment_params(first.attachments)), platform)
    assert again.attachments == first.attachments
    assert _glossary(again, platform) == {"pt": {"stream": "live"}}


def test_a_video_is_no_glossary(platform: Platform) -> None:
    video = accept(_params(), platform).source
    with pytest.raises(SettingsError, match="glossary"):
        accept(_params(glossary=str(video)), platform)


def test_a_large_file_is_not_read_as_a_glossary(platform: Platform, media_dir: Path) -> None:
    (media_dir / "talk.mp4").write_bytes(b" " * 2_000_001)
    video = accept(_params(), platform).source
    with pytest.raises(SettingsError, match="too large"):
        accept(_params(glossary=str(video)), platform)


def test_subtitles_are_taken_in_from_the_media_bucket_and_pinned(platform: Platform, media_dir: Path) -> None:
    (media_dir / "talk.srt").write_text("source")
    (media_dir / "talk.pt.srt").write_text("target")
    wishes = {"source_subtitles": "talk.srt", "target_subtitles": {"pt-BR": "talk.pt.srt"}}
    request = accept(_params(**wishes), platform)
    (media_dir / "talk.srt").write_text("changed")
    again = accept(_params(**attachment_params(request.attachments)), platform)
    assert again == request
    for language, reference in (("pt", request.attachment("target_subtitles", "pt")), ("es", None)):
        assert request.attachment("target_subtitles", language) == reference
    [source] = [request.attachment("source_subtitles", None)]
    assert source is not None and platform.store.read_bytes(source, "source") == b"source"


@pytest.mark.parametrize("name", ["../secret", "way out/secret", "/etc/passwd", "nothing.srt"])
def test_subtitles_lie_in_the_media_bucket_or_nowhere(platform: Platform, name: str) -> None:
    with pytest.raises(SettingsError):
        accept(_params(source_subtitles=name), platform)


def test_a_creator_that_is_not_there_is_refused(platform: Platform) -> None:
    with pytest.raises(SettingsError, match="nobody"):
        accept(_params(creator="nobody"), platform)


def test_parameters_for_a_stage_that_is_not_there_are_refused(platform: Platform) -> None:
    with pytest.raises(SettingsError, match="no_such_stage"):
        accept(_params(stage_parameters={"no_such_stage": {}}), platform)
