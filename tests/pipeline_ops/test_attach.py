"""What comes with a video of a creator: the voices that people of theirs were given before."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.types import VoiceDesign
from pipeline_ops.artefacts import JSON_KIND, from_json, to_json
from pipeline_ops.attach import attach
from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference, Cost, Manifest
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import SettingsError
from pipeline_ops.platform import Platform
from pipeline_ops.request import KNOWN_VOICES, attachment_params
from pipeline_ops.runner import ingest
from pipeline_ops.settings import Settings
from pipeline_ops.voices.records import SpeakerVoice, VoicePrint
from tests.pipeline_ops.catalog.making import ANN, digest_of, facts

ANNS = VoicePrint("ears", (1.0, 0.0))
GUESTS = VoicePrint("ears", (0.0, 1.0))
NEW_VIDEO = CheckpointReference("ingest", digest_of("new"))


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    platform = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)}))
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, ANN)
    return platform


def voice(name: str, heard: VoicePrint | None) -> SpeakerVoice:
    reason = "nearest_pitch" if heard is None else "fitted"
    return SpeakerVoice("speaker_1", VoiceDesign.of(name), (), reason, None, 200.0, 200.0, heard=heard)


def published(platform: Platform, tmp_path: Path, video: str, *voices: SpeakerVoice) -> None:
    """Publish a Portuguese translation of a video of Ann's, in which these voices speak."""
    run = facts(f"run-{video}", video, creator_id="ann")
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        record_end(session, run)
    [stage] = [each for each in run.stages if each.report.stage == "fit_voice"]
    file = tmp_path / f"{video}.json"
    file.write_bytes(to_json(tuple[SpeakerVoice, ...], voices))
    digest, size_bytes = sha256_of_file(file), file.stat().st_size
    manifest = Manifest(
        reference=CheckpointReference.parse(str(stage.report.checkpoint)),
        stage_version=1,
        parameters={},
        model=None,
        inputs={},
        artefacts=(Artefact("voices", "voices.json", JSON_KIND.media_type, digest, size_bytes),),
        outcome="completed",
        cost=Cost(0.0, 0.0, 0.0, 0, 0),
        created_at="2026-11-25T12:00:00+00:00",
    )
    platform.store.commit(manifest, {"voices": file})


def known(platform: Platform, source: CheckpointReference = NEW_VIDEO) -> list[str | None]:
    reference = attach({"creator": "ann"}, source, platform)[KNOWN_VOICES]
    content = platform.store.read_bytes(reference, "source")
    voices: tuple[SpeakerVoice, ...] = from_json(tuple[SpeakerVoice, ...], content)
    return [each.design.only_voice_id for each in voices]


def test_each_person_is_known_by_the_first_voice_that_was_fitted_to_them(
    platform: Platform, tmp_path: Path
) -> None:
    published(platform, tmp_path, "first", voice("plain", None), voice("anns", ANNS))
    published(platform, tmp_path, "second", voice("anns later", ANNS), voice("guests", GUESTS))
    assert known(platform) == ["anns", "guests"]


def test_a_video_does_not_learn_from_its_own_translation(platform: Platform, tmp_path: Path) -> None:
    published(platform, tmp_path, "first", voice("anns", ANNS))
    assert known(platform, CheckpointReference("ingest", digest_of("first"))) == []


def test_a_run_that_is_made_again_does_not_find_voices_that_came_since(
    platform: Platform, tmp_path: Path
) -> None:
    first = attach({"creator": "ann"}, NEW_VIDEO, platform)
    published(platform, tmp_path, "other", voice("anns", ANNS))
    again = attach({"creator": "ann", **attachment_params(first)}, NEW_VIDEO, platform)
    assert again == first


def test_without_a_creator_nobody_is_known(platform: Platform) -> None:
    assert attach({}, NEW_VIDEO, platform) == {}


def test_what_holds_no_voices_is_told_at_the_door(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "nonsense").write_bytes(b'[{"speaker": 1}]')
    reference = ingest(tmp_path / "nonsense", platform)
    with pytest.raises(SettingsError, match="holds no voices"):
        attach({KNOWN_VOICES: str(reference)}, NEW_VIDEO, platform)
