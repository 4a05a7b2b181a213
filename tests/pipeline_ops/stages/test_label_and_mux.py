from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from models.types import LanguageIdentification
from pipeline_ops.errors import StageOutputError
from pipeline_ops.media.encode_frames import FrameEncoder
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.mux import verify
from pipeline_ops.media.orientation import PixelBox
from pipeline_ops.media.patches import put_patch
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.stages.label_and_mux import DubbedVideo, LabelParameters, label_and_mux
from tests.pipeline_ops.media.clips import (
    H264_AAC,
    PICTURE,
    REAL_CLIPS,
    SOUND,
    make_clip,
    measured,
    picture_frames,
    picture_packets,
    shared_clip,
)

SOURCE_LINES = (SubtitleLine(0.2, 1.2, "Good morning."), SubtitleLine(1.3, 1.9, "Thanks & <bye>."))
TARGET_LINES = (SubtitleLine(0.2, 1.2, "Bom dia."), SubtitleLine(1.3, 1.9, "Obrigado."))


LIPS_LEFT_ALONE = LipJudgement(kept=False, reason="not_rendered", tracks=())
LIPS_CHANGED = LipJudgement(kept=True, reason=None, tracks=())


def dubbed(
    source: Path,
    scratch: Path,
    *,
    level: float = 0.2,
    lines: tuple[tuple[SubtitleLine, ...], tuple[SubtitleLine, ...]] = (SOURCE_LINES, TARGET_LINES),
    new_picture: Path | None = None,
    lips: LipJudgement = LIPS_LEFT_ALONE,
) -> tuple[MediaInfo, DubbedVideo]:
    media = measured(source)
    times_s = np.arange(round(media.duration_s * 48_000)) / 48_000
    dub = scratch / "dub.flac"
    soundfile.write(dub, level * np.sin(2 * np.pi * 330 * times_s), 48_000, subtype="PCM_24")
    result = label_and_mux(
        source=source,
        media=media,
        dub=dub,
        source_lines=lines[0],
        target_lines=lines[1],
        language=LanguageIdentification("en", 0.99),
        new_picture=new_picture,
        lips=lips,
        parameters=LabelParameters("pt"),
        scratch=scratch,
    )
    return media, result


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[MediaInfo, DubbedVideo]:
    folder = tmp_path_factory.mktemp("made")
    return dubbed(make_clip(folder / "clip.mp4", *PICTURE, *SOUND, *H264_AAC), folder)


@pytest.mark.parametrize("name", REAL_CLIPS)
def test_the_pictures_packets_and_times_are_the_sources(name: str, tmp_path: Path) -> None:
    source = shared_clip(name)
    media, result = dubbed(source, tmp_path)
    assert picture_packets(result.video, 0.0) == picture_packets(source, media.origin_s)
    with av.open(str(result.video)) as container:
        assert container.duration / av.time_base == pytest.approx(media.duration_s, abs=0.001)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("hevc.mkv", ("-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "ac3")),
        ("av1.mkv", ("-c:v", "libaom-av1", "-cpu-used", "8", "-t", "1.5", "-c:a", "libopus")),
        ("ten_bit.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv422p10le", "-c:a", "aac")),
        ("reordered.avi", ("-c:v", "mpeg4", "-bf", "2", "-c:a", "mp3")),
        ("reordered.mpg", ("-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2")),
        ("shaped.mp4", ("-vf", "setsar=4/3", *H264_AAC)),
        ("odd.webm", ("-vf", "scale=321:241", "-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus")),
    ],
)
def test_what_mp4_can_hold_is_copied(name: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    source = make_clip(tmp_path / name, *PICTURE, *SOUND, *arguments)
    media, result = dubbed(source, tmp_path)
    assert picture_packets(result.video, 0.0) == picture_packets(source, media.origin_s)
    assert picture_frames(result.video, 0.0) == picture_frames(source, media.origin_s)
    written = measured(result.video).video
    assert written.pixel_aspect_ratio == pytest.approx(media.video.pixel_aspect_ratio)
    assert (written.width_px, written.height_px) == (media.video.width_px, media.video.height_px)


def test_a_broadcasts_pictures_are_the_same_on_a_clock_that_starts_at_0(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.ts", *PICTURE, *SOUND, *H264_AAC, "-bf", "2")
    media, result = dubbed(source, tmp_path)
    assert picture_frames(result.video, 0.0) == picture_frames(source, media.origin_s)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (
            "odd.webm",
            ("-vf", "scale=321:241", "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis"),
        ),
        ("old.wmv", ("-c:v", "wmv2", "-c:a", "wmav2")),
        ("old.ogv", ("-c:v", "libtheora", "-c:a", "libvorbis")),
        ("variable.webm", ("-vf", "select='not(mod(n,3))+lt(n,30)'", "-fps_mode", "vfr", "-c:v", "libvpx")),
    ],
)
def test_what_mp4_cannot_hold_becomes_h264_with_its_times(
    name: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    source = make_clip(tmp_path / name, *PICTURE, *SOUND, *arguments)
    media, result = dubbed(source, tmp_path)
    assert measured(result.video).video.codec == "h264"
    times_s = [
        [time_s for time_s, _ in picture_frames(path, origin_s)]
        for path, origin_s in ((source, media.origin_s), (result.video, 0.0))
    ]
    assert times_s[1] == pytest.approx(times_s[0], abs=0.002)


def test_encoding_again_keeps_rotation_and_colour(tmp_path: Path) -> None:
    upright = make_clip(
        tmp_path / "upright.mov",
        *[*PICTURE, *SOUND, "-c:v", "mjpeg", "-pix_fmt", "yuv420p", "-color_range", "tv", "-strict", "-1"],
        *["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-c:a", "pcm_s16le"],
    )
    source = make_clip(tmp_path / "turned.mov", "-display_rotation", "90", "-i", str(upright), "-c", "copy")
    media, result = dubbed(source, tmp_path)
    written = measured(result.video).video
    assert media.video.rotation_deg == 270
    assert written.rotation_deg == 270
    assert (written.colour_space, written.colour_primaries) == (
        media.video.colour_space,
        media.video.colour_primaries,
    )


def test_players_start_with_the_dub_and_can_switch_back(made: tuple[MediaInfo, DubbedVideo]) -> None:
    with av.open(str(made[1].video)) as container:
        dub, original = container.streams.audio
        default = av.stream.Disposition.default
        assert dub.disposition & default
        assert not original.disposition & default
        assert (dub.metadata["language"], dub.metadata["name"]) == ("por", "Portuguese (AI dub)")
        assert (original.metadata["language"], original.metadata["name"]) == ("eng", "Original")
        assert (dub.codec_context.name, dub.codec_context.sample_rate) == ("aac", 48_000)


def test_subtitles_in_both_languages_are_there_and_off(made: tuple[MediaInfo, DubbedVideo]) -> None:
    with av.open(str(made[1].video)) as container:
        tracks = container.streams.subtitles
        assert [track.metadata["language"] for track in tracks] == ["por", "eng"]
        assert not any(track.disposition & av.stream.Disposition.default for track in tracks)
        texts = [bytes(packet)[2:].decode() for packet in container.demux(tracks[1]) if packet.size > 2]
    assert [text.replace("\u2060", "") for text in texts] == ["Good morning.", "Thanks & <bye>."]
    assert "Bom dia." in made[1].subtitles.read_text(encoding="utf-8")
    assert "Bom dia." in made[1].subtitles_srt.read_text(encoding="utf-8")
    assert "Good morning." in made[1].source_subtitles.read_text(encoding="utf-8")
    assert "Good morning." in made[1].source_subtitles_srt.read_text(encoding="utf-8")


def test_the_file_says_that_an_ai_translated_it(made: tuple[MediaInfo, DubbedVideo]) -> None:
    with av.open(str(made[1].video)) as container:
        assert container.metadata["comment"] == "AI-translated from English to Portuguese by Dubwright"


def test_nothing_of_the_sources_metadata_travels_on(tmp_path: Path) -> None:
    place = ("-metadata", "title=At home", "-metadata", "artist=Somebody")
    source = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC, *place)
    assert b"Somebody" in source.read_bytes()
    assert b"Somebody" not in dubbed(source, tmp_path)[1].video.read_bytes()


def test_a_player_can_start_before_it_has_the_whole_file(made: tuple[MediaInfo, DubbedVideo]) -> None:
    data = made[1].video.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    videos = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        videos.append(dubbed(source, tmp_path / name)[1].video.read_bytes())
    assert videos[0] == videos[1]


def test_a_video_without_lines_gets_no_subtitle_tracks(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    _, result = dubbed(source, tmp_path, lines=((), ()))
    assert measured(result.video).subtitles == ()
    assert result.subtitles.read_text(encoding="utf-8") == "WEBVTT\n"


def test_the_original_sound_is_copied(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    _, result = dubbed(source, tmp_path)
    packets = []
    for path, index in ((source, 0), (result.video, 1)):
        with av.open(str(path)) as container:
            stream = container.streams.audio[index]
            packets.append([(p.pts, bytes(p)) for p in container.demux(stream) if p.size])
    assert packets[0] == packets[1]


def test_a_silent_dub_is_a_fault(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    with pytest.raises(StageOutputError, match="silent"):
        dubbed(source, tmp_path, level=0.0)


def test_a_result_that_differs_from_its_source_is_a_fault(made: tuple[MediaInfo, DubbedVideo]) -> None:
    media, result = made
    longer = replace(media, duration_s=media.duration_s + 0.2, video=replace(media.video, frame_count=66))
    with pytest.raises(StageOutputError, match=r"60 frames, the source 66.*lasts 2\.0"):
        verify(result.video, longer, languages=("por", "eng"), subtitle_count=2)
    with pytest.raises(StageOutputError, match="tagged"):
        verify(result.video, media, languages=("spa", "eng"), subtitle_count=2)


def darkened(source: Path, output: Path) -> Path:
    """Encode a clip's frames anew, a corner of each blackened, as a rendering of lips would."""
    media = measured(source)
    times = read_frame_times(source, media)
    box = PixelBox(0, 0, 32, 32)
    with FrameEncoder(output, media=media, time_base=times.time_base) as encoder:
        for frame in read_frames(source, media, times):
            black = np.zeros((32, 32, 3), np.float32)
            encoder.write(put_patch(frame, box, black, np.ones((32, 32), np.bool_)))
    return output


def corner_level(video: Path) -> float:
    with av.open(str(video)) as container:
        return max(float(f.to_ndarray(format="gray")[4:28, 4:28].mean()) for f in container.decode(video=0))


@pytest.mark.parametrize(
    "coding",
    [
        H264_AAC,
        ("-c:v", "libx265", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10le", "-c:a", "aac"),
    ],
    ids=["8 bits", "10 bits"],
)
def test_a_picture_with_new_lips_takes_the_place_of_the_source_s(
    tmp_path: Path, coding: tuple[str, ...]
) -> None:
    source = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *coding)
    picture = darkened(source, tmp_path / "picture.mp4")
    media, result = dubbed(source, tmp_path, new_picture=picture, lips=LIPS_CHANGED)
    assert corner_level(source) > 40
    assert corner_level(source) > 40
    assert corner_level(result.video) < 24
    written = measured(result.video)
    assert written.video.frame_count == media.video.frame_count
    assert written.video.codec == media.video.codec
    with av.open(str(result.video)) as container:
        assert "lip-synced" in container.metadata["comment"]
        assert container.streams.video[0].codec_context.codec_tag in ("avc1", "hvc1")


def test_a_picture_that_was_thrown_away_is_not_used(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    picture = darkened(source, tmp_path / "picture.mp4")
    media, result = dubbed(source, tmp_path, new_picture=picture)
    kept = picture_packets(result.video, 0.0)
    assert [digest for _, digest, _ in kept] == [d for _, d, _ in picture_packets(source, media.origin_s)]
    with av.open(str(result.video)) as container:
        assert "lip-synced" not in container.metadata["comment"]
