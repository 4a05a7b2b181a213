"""A publication made of the demo clip's own sound, marked and signed, and what becomes of it in the world."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.run_facts import TranslationFacts
from pipeline_ops.checkpoints.manifest import (
    Artefact,
    CheckpointReference,
    Cost,
    InputRecord,
    Manifest,
)
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.identification import Identification, identify, judge, media_type_of
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.platform import Platform
from pipeline_ops.safety.fingerprint import fingerprint_file
from pipeline_ops.settings import Settings
from tests.models.embedded import CLIP, engine, sound
from tests.pipeline_ops.catalog.making import facts
from tests.pipeline_ops.safety.making import ORIGIN, signed

RATE_HZ = 48_000

PUBLISHED_S = 9.5
"""Of the demo clip, two of its lines: every two seconds of it are listened to three times."""


@dataclass(frozen=True)
class Published:
    platform: Platform
    catalog: CatalogDatabase
    video: Path

    def identify(self, file: Path) -> Identification:
        with self.catalog.reading() as session:
            return identify(file, session, self.platform)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("published")
    platform = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(folder / "home")}))
    said = sound(RATE_HZ, 1)[0, : round(PUBLISHED_S * RATE_HZ)]
    marked = np.concatenate(list(engine("watermarking").mark([said], RATE_HZ)))
    dub = folder / "dub.flac"
    soundfile.write(dub, marked, RATE_HZ, subtype="PCM_24")
    plain, video = folder / "plain.mp4", folder / "video.mp4"
    maps = ("-map", "0:v", "-map", "1:a", "-c:v", "copy", "-t", str(PUBLISHED_S))
    ffmpeg(*own_input(CLIP), *own_input(dub), *maps, str(plain))
    signed(plain, video, platform.signer, source=CLIP)
    words = folder / "words.npy"
    np.save(words, fingerprint_file(dub))
    heard = commit(platform, CheckpointReference("fingerprint", "ab" * 32), {}, "words", words)
    commit(platform, CheckpointReference.parse(ORIGIN.reference), {"fingerprint": heard}, "video", video)
    with open_catalog(platform.settings) as catalog:
        run = facts("run-1", "talk")
        translation = TranslationFacts("pt", ORIGIN.reference, sha256_of_file(video))
        with catalog.writing() as session:
            record_end(session, dataclasses.replace(run, translations=(translation,)))
        yield Published(platform, catalog, video)


def commit(
    platform: Platform, reference: CheckpointReference, inputs: dict[str, InputRecord], name: str, file: Path
) -> InputRecord:
    digest, size_bytes = sha256_of_file(file), file.stat().st_size
    manifest = Manifest(
        reference=reference,
        stage_version=1,
        parameters={},
        model=None,
        inputs=inputs,
        artefacts=(Artefact(name, file.name, "application/octet-stream", digest, size_bytes),),
        outcome="completed",
        cost=Cost(0.0, 0.0, 0.0, 0, size_bytes),
        created_at="2026-11-25T12:00:00+00:00",
    )
    platform.store.commit(manifest, {name: file})
    return InputRecord(str(reference), name, digest)


def ffmpeg(*arguments: str) -> None:
    run_ffmpeg(arguments, task="make a clip", timeout_s=60)


@pytest.mark.models
def test_the_published_file_is_known_by_everything(published: Published) -> None:
    found = published.identify(published.video)
    assert (found.verdict, found.same_bytes) == ("ours", True)
    assert found.publication is not None
    assert (found.publication.run_id, found.publication.language) == ("run-1", "pt")
    assert found.manifest is not None
    assert found.manifest.state == "trusted"
    assert found.manifest_publication == found.publication
    assert found.watermark is not None
    assert found.watermark.marked_s > 5
    assert found.fingerprint is not None
    assert found.fingerprint.publication == found.publication


@pytest.mark.models
def test_five_seconds_coded_anew_without_a_manifest_are_found(published: Published, tmp_path: Path) -> None:
    cut = tmp_path / "cut.m4a"
    ffmpeg("-ss", "4", "-t", "5", *own_input(published.video), "-vn", "-c:a", "aac", "-b:a", "64k", str(cut))
    found = published.identify(cut)
    assert (found.verdict, found.manifest, found.same_bytes) == ("ours", None, False)
    assert found.fingerprint is not None
    assert found.publication == found.fingerprint.publication
    assert found.fingerprint.match.start_s == pytest.approx(4.0, abs=0.2)


@pytest.mark.models
def test_a_changed_byte_is_told_and_the_publication_still_named(published: Published, tmp_path: Path) -> None:
    content = bytearray(published.video.read_bytes())
    content[content.rindex(b"mdat") + 5000] ^= 1
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(content)
    found = published.identify(changed)
    assert found.manifest is not None
    assert found.manifest.state == "invalid"
    assert found.publication is not None
    assert not found.same_bytes


@pytest.mark.models
def test_the_source_itself_is_not_taken_for_a_translation(published: Published) -> None:
    found = published.identify(CLIP)
    assert (found.verdict, found.manifest) == ("related", None)
    assert found.watermark is not None
    assert found.watermark.marked_s == 0


@pytest.mark.models
def test_what_has_nothing_to_do_with_us_is_unknown(published: Published, tmp_path: Path) -> None:
    tone, text = tmp_path / "tone.wav", tmp_path / "text.mp4"
    times_s = np.arange(8 * RATE_HZ) / RATE_HZ
    soundfile.write(tone, 0.3 * np.sin(2 * np.pi * 440 * times_s), RATE_HZ)
    text.write_text("no media at all")
    for file in (tone, text):
        found = published.identify(file)
        assert (found.verdict, found.publication) == ("unknown", None)
    assert published.identify(text).watermark is None


def test_the_mark_alone_makes_nothing_ours() -> None:
    assert judge(same_bytes=False, manifest=None, marked=True, found=False) == "marked"
    assert judge(same_bytes=False, manifest=None, marked=False, found=False) == "unknown"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"RIFF\x00\x00\x00\x00AVI ", "video/avi"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio/wav"),
        (b"fLaC", "audio/flac"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"", "application/octet-stream"),
    ],
)
def test_a_files_kind_is_told_by_its_content(content: bytes, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "named.txt"
    file.write_bytes(content)
    assert media_type_of(file) == kind


@pytest.mark.models
def test_the_command_tells_it_in_words_and_in_json(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from typer.testing import CliRunner

    from pipeline_ops.cli import app

    monkeypatch.setenv("DUBWRIGHT_HOME", str(published.platform.settings.home))
    file = shutil.copyfile(published.video, tmp_path / "anything.bin")
    told = CliRunner().invoke(app, ["identify", str(file)])
    assert told.exit_code == 0, told.output
    assert "This is one of our translations." in told.stdout
    assert "run run-1, pt, published" in told.stdout
    assert "c2pa.dubbed, c2pa.translated" in told.stdout
    text = tmp_path / "text.mp4"
    text.write_text("no media at all")
    told = CliRunner().invoke(app, ["identify", str(text), "--json"])
    assert json.loads(told.stdout)["verdict"] == "unknown"
    assert CliRunner().invoke(app, ["identify", str(tmp_path / "nowhere")]).exit_code == 1
