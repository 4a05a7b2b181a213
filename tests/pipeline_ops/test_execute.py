"""The whole graph in one process, on the project's own clip, with the embedded models."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import re
from pathlib import Path

import av
import numpy as np
import pytest

from models.catalog import Catalog
from pipeline_ops.artefacts import from_json
from pipeline_ops.attach import attach_consents
from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.execute import execute
from pipeline_ops.export import export
from pipeline_ops.graph import FINAL_STAGE, GRAPH
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.operators.edges import ancestors
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report, StageOutcome, build_report
from pipeline_ops.request import Request
from pipeline_ops.runner import ingest, load_artefact
from pipeline_ops.settings import Settings

pytestmark = pytest.mark.models


def from_stage(name: str) -> set[str]:
    """Return a stage and all that comes after it."""
    return {name, *(node.name for node in GRAPH if name in ancestors(node))}


AFTER_SYNTHESIS = from_stage("synthesize")

NO_LIPS_DRAWN = {"render_lips": {"enabled": False}}
"""Saves a minute where it is the stages before that matter."""

CHEAP = """
stages:
  fit_voice: {tries: 2}
  evaluate: {lines: 2}
  package_source: {short_sides_px: [144], preset: ultrafast, quality_target: null}
  package: {preset: ultrafast}
"""

CLIP = Path(__file__).parents[2] / "demo" / "talking_head.mp4"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    home = tmp_path_factory.mktemp("home")
    (home / "settings.yaml").write_text(CHEAP, encoding="utf-8")
    environment = {"DUBWRIGHT_HOME": str(home), "DUBWRIGHT_SETTINGS": str(home / "settings.yaml")}
    return Platform.from_environment(Settings.from_environment(environment))


@pytest.fixture(scope="module")
def request_for_portuguese(platform: Platform) -> Request:
    return attach_consents(Request(ingest(CLIP, platform), ("pt",), "embedded"), platform)


@pytest.fixture(scope="module")
def first_run(platform: Platform, request_for_portuguese: Request) -> tuple[StageOutcome, ...]:
    return execute(request_for_portuguese, platform)


@pytest.fixture(scope="module")
def report(
    platform: Platform, request_for_portuguese: Request, first_run: tuple[StageOutcome, ...]
) -> Report:
    return build_report(request_for_portuguese, first_run, platform)


def spoken(platform: Platform) -> set[tuple[str, str, float]]:
    """Every take that was ever said, its text and its pace."""
    references = [each for each in platform.store.references() if each.stage == "synthesize_part"]
    manifests = [platform.store.find(each) for each in references]
    return {
        (str(each.reference), each.parameters["text"], each.parameters["speed"])
        for each in manifests
        if each is not None
    }


def made(outcomes: tuple[StageOutcome, ...]) -> set[str]:
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    return {outcome.stage for outcome in outcomes if not outcome.reused}


def test_a_video_in_english_becomes_one_in_portuguese(report: Report) -> None:
    assert report.status == "done"
    assert report.source_language == "en"
    assert report.source_text_from == "heard"
    assert len(report.languages[0].lines) >= 3
    assert {line.speaker for line in report.languages[0].lines} == {"speaker_1"}


def test_lines_are_in_order_and_never_overlap(report: Report) -> None:
    for before, after in itertools.pairwise(report.languages[0].lines):
        assert before.end_s <= after.start_s


def test_lips_are_changed_and_go_better_with_the_dub_than_before(report: Report) -> None:
    lips = report.languages[0].lips
    assert lips is not None
    assert lips.changed, lips.reason
    assert lips.correlation_before is not None
    assert lips.correlation_after is not None
    assert lips.correlation_after > lips.correlation_before + 0.1


def test_every_line_keeps_to_the_speeds_that_people_accept_or_says_so(report: Report) -> None:
    for line in report.languages[0].lines:
        assert 0.85 <= round(line.speed, 2) <= 1.3 or {"too_fast", "too_slow"} & set(line.flags)


def test_the_result_is_as_long_as_the_source_to_one_frame(platform: Platform, report: Report) -> None:
    from pipeline_ops.media.probe import MediaLimits, probe_media

    references = {(stage.stage, stage.language): stage.checkpoint for stage in report.stages}
    source: MediaInfo = load_artefact(
        platform, CheckpointReference.parse(references["probe", None] or ""), "media"
    )
    final = CheckpointReference.parse(references[FINAL_STAGE, "pt"] or "")
    result = probe_media(platform.store.fetch(final, "video"), MediaLimits())
    assert result.duration_s == pytest.approx(source.duration_s, abs=source.video.frame_duration_s)


def test_results_are_exported_as_documented(platform: Platform, report: Report, tmp_path: Path) -> None:
    videos = export(report, tmp_path / "out", platform)
    assert videos == (tmp_path / "out" / "pt" / "video.mp4",)
    written = {
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()
    }
    names = {"video.mp4", "pt.vtt", "pt.srt", "source.vtt", "source.srt"}
    streamed = {name for name in written if name.startswith("stream/")}
    assert written - streamed == {"report.json"} | {f"pt/{name}" for name in names}
    assert streamed >= {f"stream/{name}" for name in ("master.m3u8", "manifest.mpd", "pt.m3u8", "pt.mpd")}
    content = (tmp_path / "out" / "report.json").read_bytes()
    assert json.loads(content)["status"] == "done"
    assert from_json(Report, content) == report


def test_exported_streams_play_with_both_languages_and_the_changed_picture(
    platform: Platform, report: Report, tmp_path: Path
) -> None:
    export(report, tmp_path, platform)
    master = (tmp_path / "stream" / "master.m3u8").read_text()
    assert 'NAME="English (original)",DEFAULT=YES' in master
    assert 'NAME="Português (AI dub)",DEFAULT=NO' in master
    pictures = {
        name: re.findall(r"^(.*-video-.*)$", (tmp_path / "stream" / name).read_text(), re.MULTILINE)
        for name in ("master.m3u8", "pt.m3u8")
    }
    assert pictures == {"master.m3u8": ["en-video-144p.m3u8"], "pt.m3u8": ["pt-video-144p.m3u8"]}
    for name in pictures:
        with av.open(str(tmp_path / "stream" / name)) as container:
            assert container.streams.video[0].height == 144
            assert len(container.streams.audio) == 4  # two languages, two bit rates


def test_the_report_says_whose_voice_it_is_and_how_many_lines_hurry(report: Report) -> None:
    [portuguese] = report.languages
    [voice] = portuguese.voices
    assert voice.speaker == "speaker_1"
    assert (voice.reason == "fitted") == (voice.not_fitted_because is None)
    assert voice.likeness is not None
    assert voice.plain_likeness is not None
    assert voice.likeness >= voice.plain_likeness
    assert portuguese.metrics is not None
    assert portuguese.metrics.line_count == len(portuguese.lines)
    assert portuguese.metrics.sound_offset_s == pytest.approx(0.0, abs=0.03)
    assert portuguese.metrics.heard_language == "pt"
    assert [each for each in portuguese.findings if each.severity == "stop"] == []
    assert portuguese.hurried_share == np.mean([line.speed > 1.2 for line in portuguese.lines])


def test_the_same_request_again_recomputes_nothing(
    platform: Platform, request_for_portuguese: Request, first_run: tuple[StageOutcome, ...]
) -> None:
    assert made(first_run) != set()
    assert made(execute(request_for_portuguese, platform)) == set()


def test_another_voice_reuses_the_translation(
    platform: Platform, request_for_portuguese: Request, first_run: tuple[StageOutcome, ...]
) -> None:
    chosen = load_artefact(
        platform,
        CheckpointReference.parse(next(o.reference for o in first_run if o.stage == "fit_voice") or ""),
        "voices",
    )[0].design
    other = "pf_dora" if chosen.only_voice_id == "pm_alex" else "pm_alex"
    parameters = {"fit_voice": {"voice_id": other}, **NO_LIPS_DRAWN}
    swapped = dataclasses.replace(request_for_portuguese, stage_parameters=parameters)
    assert made(execute(swapped, platform)) == {"fit_voice", *AFTER_SYNTHESIS}


def test_another_translator_recomputes_the_translation_and_what_follows_and_nothing_else(
    platform: Platform, request_for_portuguese: Request, first_run: tuple[StageOutcome, ...]
) -> None:
    entry = platform.catalog.entry("bergamot-tiny-en-pt").model_copy(
        update={
            "id": "unstopped-en-pt",
            "engine": "tests.pipeline_ops.other_translator:FirstLineUnstoppedTranslator",
        }
    )
    with_both = dataclasses.replace(platform, catalog=Catalog(models=(*platform.catalog.models, entry)))
    swapped = dataclasses.replace(
        request_for_portuguese, models={"translation": entry.id}, stage_parameters=NO_LIPS_DRAWN
    )
    outcomes = execute(swapped, with_both)
    assert made(outcomes) == from_stage("translate")
    report = build_report(swapped, outcomes, with_both)
    assert [line.text.endswith("!") for line in report.languages[0].lines] == [
        True,
        *itertools.repeat(False, len(report.languages[0].lines) - 1),
    ]


def test_an_edited_line_is_said_and_only_what_depends_on_it_is_recomputed(
    platform: Platform, request_for_portuguese: Request, first_run: tuple[StageOutcome, ...]
) -> None:
    line = build_report(request_for_portuguese, first_run, platform).languages[0].lines[0]
    edit = {
        "language": "pt",
        "index": line.index,
        "source_text": line.source_text,
        "text": f"{line.text} Sim!",
        "edited_by": "ana",
        "edited_at": "2026-01-01T00:00:00+00:00",
    }
    parameters = {"revise_lines": {"edits": [edit]}, **NO_LIPS_DRAWN}
    edited = dataclasses.replace(request_for_portuguese, stage_parameters=parameters)
    before = spoken(platform)
    outcomes = execute(edited, platform)
    assert made(outcomes) == from_stage("revise_lines")
    # A longer line may ask its neighbour for another pace; from scratch, only the edited line is said.
    assert {text for _, text, speed in spoken(platform) - before if speed == 1.0} == {edit["text"]}
    lines = build_report(edited, outcomes, platform).languages[0].lines
    assert [(each.index, each.text) for each in lines if "edited" in each.flags] == [
        (line.index, edit["text"])
    ]


def test_an_upgraded_translator_that_answers_the_same_stops_the_recomputation_there(
    platform: Platform, request_for_portuguese: Request, first_run: tuple[StageOutcome, ...]
) -> None:
    models = tuple(
        entry.model_copy(update={"version": "upgraded"}) if entry.id == "bergamot-tiny-en-pt" else entry
        for entry in platform.catalog.models
    )
    upgraded = dataclasses.replace(platform, catalog=Catalog(models=models))
    assert made(execute(request_for_portuguese, upgraded)) == {"translate"}


def test_a_damaged_artefact_is_named_set_aside_and_made_again(
    platform: Platform,
    request_for_portuguese: Request,
    first_run: tuple[StageOutcome, ...],
    caplog: pytest.LogCaptureFixture,
) -> None:
    reference = CheckpointReference.parse(
        next(outcome.reference for outcome in first_run if outcome.stage == "align") or ""
    )
    manifest = platform.store.find(reference)
    assert manifest is not None
    stored = platform.store.storage.local_path(blob_key(manifest.artefact("speech").sha256))
    assert stored is not None
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes()[:-100] + bytes(100))
    marked = next(outcome.reference for outcome in first_run if outcome.stage == "watermark") or ""
    platform.store.set_aside(CheckpointReference.parse(marked), "so that watermark has to read its inputs")
    outcomes = execute(request_for_portuguese, platform)
    assert made(outcomes) == {"watermark"}
    assert str(reference) in caplog.text
    assert platform.store.verify(reference) == []


def test_no_key_of_the_environment_stands_in_what_a_run_wrote(
    platform: Platform, first_run: tuple[StageOutcome, ...]
) -> None:
    key = os.environ["DUBWRIGHT_RECORDS_KEY"].encode()
    written = [each for each in platform.settings.home.rglob("*") if each.is_file()]
    assert len(written) > len(first_run)
    assert [each.name for each in written if key in each.read_bytes()] == []


@pytest.fixture(scope="module")
def bad_clips() -> Path:
    folder = Path(__file__).parents[3] / "shared" / "media" / "bad"
    if not folder.is_dir():
        pytest.skip("the clips of ../shared/media are not here")
    return folder


@pytest.mark.parametrize(
    ("clip", "reason_codes"),
    [
        ("empty.mp4", {"unreadable_media"}),
        ("text.mp4", {"unreadable_media"}),
        ("corrupt_truncated.mp4", {"unreadable_media"}),
        ("no_audio_track.mp4", {"no_audio_track"}),
        ("silence_with_face.mp4", {"no_speech"}),
        ("music_only_with_face.mp4", {"no_speech", "garbage_transcript", "uncertain_language"}),
        ("russian_speech.mp4", {"unsupported_source_language", "unsupported_language_pair"}),
    ],
)
def test_what_cannot_be_translated_is_rejected_with_a_reason(
    platform: Platform, bad_clips: Path, clip: str, reason_codes: set[str]
) -> None:
    request = Request(ingest(bad_clips / clip, platform), ("pt",), "embedded")
    report = build_report(request, execute(request, platform), platform)
    assert report.status == "rejected"
    assert report.verdict is not None
    assert report.verdict.reason_code in reason_codes


def test_a_video_already_in_the_target_language_is_rejected_before_costly_work(
    platform: Platform, request_for_portuguese: Request
) -> None:
    request = dataclasses.replace(request_for_portuguese, target_languages=("en",))
    outcomes = execute(request, platform)
    assert outcomes[-1].stage == "judge_eligibility"
    assert outcomes[-1].verdict is not None
    assert outcomes[-1].verdict.reason_code == "same_language"


def test_a_model_that_was_asked_for_and_does_not_serve_the_pair_is_refused_before_costly_work(
    platform: Platform, request_for_portuguese: Request
) -> None:
    asked = dataclasses.replace(request_for_portuguese, models={"translation": "bergamot-tiny-pt-en"})
    last = execute(asked, platform)[-1]
    assert last.stage == "judge_eligibility"
    assert last.error is not None
    assert "bergamot-tiny-pt-en was asked for by name but does not translate en to pt" in last.error


def test_one_rejected_language_leaves_the_other_running(
    platform: Platform, request_for_portuguese: Request
) -> None:
    request = dataclasses.replace(request_for_portuguese, target_languages=("en", "pt"))
    report = build_report(request, execute(request, platform), platform)
    assert report.status == "partial"
    assert [language.status for language in report.languages] == ["rejected", "done"]
