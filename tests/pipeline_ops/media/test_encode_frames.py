from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline_ops.errors import MediaToolError, StageOutputError
from pipeline_ops.media.encode_frames import H264, HEVC, KEYFRAME_INTERVAL_S, FrameEncoder, encoder_of
from pipeline_ops.media.planar import planar_format
from pipeline_ops.media.probe import MediaInfo, VideoTrack, read_contents
from tests.pipeline_ops.media.clips import SOUND, make_clip, shared_clip
from tests.pipeline_ops.media.made_frames import PLANAR_FORMATS, all_frames, encode, luma_planes, shown_times

MAX_PIXELS = 4096 * 2176
SMALL = ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2")
X264 = ("-c:v", "libx264", "-preset", "veryfast")
X265 = ("-c:v", "libx265", "-x265-params", "log-level=none")
FFV1 = ("-c:v", "ffv1")
AAC = ("-c:a", "aac")
PCM = ("-c:a", "pcm_s16le")
WIDE_COLOURS = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "arib-std-b67")
HD_COLOURS = (
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
    "-color_range",
    "tv",
)

KINDS = {
    "plain.mp4": (*X264, *AAC),
    "tagged.mp4": (*X264, *HD_COLOURS, "-color_range", "tv", *AAC),
    "variable.mp4": ("-vf", "select='mod(n,3)'", "-fps_mode", "vfr", *X264, *AAC),
    "milliseconds.mkv": ("-vf", "select='mod(n,3)'", "-fps_mode", "vfr", *X264, *AAC),
    "ntsc.mp4": ("-r", "30000/1001", *X264, *AAC),
    "wide_pixels.mp4": ("-vf", "setsar=16/11", *X264, *AAC),
    "full_range.mp4": (*X264, "-pix_fmt", "yuvj420p", *AAC),
    "444.mp4": (*X264, "-pix_fmt", "yuv444p", *AAC),
    "ten_bits.mp4": (*X265, "-pix_fmt", "yuv420p10le", *WIDE_COLOURS, *AAC),
    "ten_bits_422.mov": ("-c:v", "prores", *PCM),
    "program.mpg": ("-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2"),
    "packed_b_frames.avi": ("-c:v", "libxvid", "-bf", "2", *PCM),
}
CONVERTED = {  # what cannot be kept as it is, with what becomes of it
    "odd.mkv": (("-vf", "scale=97:65", *FFV1, "-pix_fmt", "yuv420p", *PCM), "yuv420p"),
    "quarter.mkv": ((*FFV1, "-pix_fmt", "yuv411p", *PCM), "yuv422p"),
    "sixteen_bits.mkv": ((*FFV1, "-pix_fmt", "yuv444p16le", *PCM), "yuv444p10le"),
    "grey.mkv": ((*FFV1, "-pix_fmt", "gray", *PCM), "yuvj420p"),  # FFmpeg's grey is full range
    "rgb.mov": (("-c:v", "qtrle", "-pix_fmt", "rgb24", *PCM), "yuv444p"),
    "alpha.mkv": ((*FFV1, "-pix_fmt", "yuva420p", *PCM), "yuv420p"),
    "odd_ten_bits.mkv": (
        ("-vf", "scale=97:65", *FFV1, "-pix_fmt", "yuv420p12le", *PCM),
        "yuv420p10le",
    ),
}


def video_of(path: Path) -> VideoTrack:
    contents = read_contents(path, MAX_PIXELS)
    assert contents is not None
    assert contents.complete
    assert not contents.audio
    assert contents.video is not None
    return contents.video


@dataclass(frozen=True)
class Passed:
    """A file whose frames went through unchanged: what it was and what came of it."""

    source: MediaInfo
    source_times: list[Fraction]
    result: Path


def passed_through(source: Path, folder: Path) -> Passed:
    media, times, frames = all_frames(source)
    result = encode(folder / "passed.mp4", media, times, frames)
    return Passed(media, [int(tick) * times.time_base for tick in times.ticks], result)


@pytest.mark.parametrize("kind", KINDS)
def test_what_passes_through_keeps_times_shape_and_colours(kind: str, tmp_path: Path) -> None:
    source = make_clip(tmp_path / kind, *SMALL, *SOUND, *KINDS[kind])
    passed = passed_through(source, tmp_path)
    assert shown_times(passed.result) == passed.source_times
    found, wanted = video_of(passed.result), passed.source.video
    for name in ("frame_count", "width_px", "height_px", "pixel_format", "colour_primaries"):
        assert getattr(found, name) == getattr(wanted, name), name
    for name in ("colour_transfer", "colour_space", "rotation_deg", "variable_frame_rate"):
        assert getattr(found, name) == getattr(wanted, name), name
    assert found.pixel_aspect_ratio == pytest.approx(wanted.pixel_aspect_ratio)
    # H.264 and HEVC write "limited" by writing nothing where they have nothing else to say.
    assert (found.colour_range == 2) is (wanted.colour_range == 2)


@pytest.mark.parametrize("kind", ["plain.mp4", "ten_bits.mp4", "444.mp4", "full_range.mp4"])
def test_what_passes_through_looks_the_same(kind: str, tmp_path: Path) -> None:
    source = make_clip(tmp_path / kind, *SMALL, *SOUND, *KINDS[kind])
    result = passed_through(source, tmp_path).result
    for before, after in zip(luma_planes(source), luma_planes(result), strict=True):
        assert 10 * np.log10(255**2 / np.mean((before - after) ** 2)) > 35  # dB; the next frame is at 21


@pytest.mark.parametrize("kind", CONVERTED)
def test_what_no_encoder_takes_becomes_the_nearest_that_one_takes(kind: str, tmp_path: Path) -> None:
    arguments, pixel_format = CONVERTED[kind]
    source = make_clip(tmp_path / kind, *SMALL, *SOUND, *arguments, "-t", "1.2")
    passed = passed_through(source, tmp_path)
    found = video_of(passed.result)
    assert found.pixel_format == pixel_format
    even = "420" in pixel_format
    assert found.width_px == (98 if even and "odd" in kind else 96)
    assert found.height_px == (66 if even and "odd" in kind else 64)
    assert shown_times(passed.result) == passed.source_times


def test_the_edge_of_an_odd_picture_is_repeated(tmp_path: Path) -> None:
    source = make_clip(
        tmp_path / "odd.mkv", *SMALL, *SOUND, "-vf", "scale=97:65", *FFV1, "-pix_fmt", "yuv420p", *PCM
    )
    last = luma_planes(passed_through(source, tmp_path).result)[-1]
    assert np.abs(last[:, 97] - last[:, 96]).mean() < 8
    assert np.abs(last[65] - last[64]).mean() < 8


@pytest.mark.parametrize(
    "flags",
    [
        ("-display_rotation", "90"),
        ("-display_rotation", "180"),
        ("-display_rotation", "270"),
        ("-display_hflip",),
    ],
)
def test_the_turn_of_a_phone_is_kept(flags: tuple[str, ...], tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.mp4", *SMALL, *SOUND, *X264, *AAC)
    source = make_clip(tmp_path / "turned.mp4", *flags, "-i", str(plain), "-c", "copy")
    passed = passed_through(source, tmp_path)
    assert display_matrix(passed.result) == display_matrix(source)
    assert video_of(passed.result).rotation_deg == passed.source.video.rotation_deg


def display_matrix(path: Path) -> bytes:
    with av.open(str(path)) as container:
        side_data = next(container.decode(video=0)).side_data
        return next(bytes(data) for data in side_data if data.type.name == "DISPLAYMATRIX")


def test_a_picture_that_starts_late_starts_as_late(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "late.mp4", "-itsoffset", "0.2", *SMALL, *SOUND, *X264, *AAC)
    passed = passed_through(source, tmp_path)
    assert shown_times(passed.result) == passed.source_times
    assert passed.source_times[0] == Fraction(1, 5)


def test_a_clock_finer_than_microseconds_is_rounded_to_them(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "plain.mp4", *SMALL, *SOUND, *X264, *AAC)
    media, times, frames = all_frames(source)
    fine = dataclasses.replace(times, time_base=Fraction(1, 10**9))
    slowed = [
        dataclasses.replace(frame, pts=frame.index * 40_000_123, duration_ticks=40_000_123)
        for frame in frames
    ]
    found = [time * 10**6 for time in shown_times(encode(tmp_path / "fine.mp4", media, fine, slowed))]
    assert found == [round(index * 40_000.123) for index in range(len(frames))]


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    for kind in ("plain.mp4", "ten_bits.mp4"):
        media, times, frames = all_frames(make_clip(tmp_path / kind, *SMALL, *SOUND, *KINDS[kind]))
        one, other = (
            encode(tmp_path / name, media, times, frames).read_bytes() for name in ("one.mp4", "other.mp4")
        )
        assert one == other
        assert b"Lavf" not in one


def test_a_player_finds_a_keyframe_every_two_seconds_however_slow_the_frames(tmp_path: Path) -> None:
    slow = ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=3:d=7")
    source = make_clip(tmp_path / "slow.mp4", *slow, *SOUND, *X264, *AAC)
    with av.open(str(passed_through(source, tmp_path).result)) as container:
        keys = [frame.time for frame in container.decode(video=0) if frame.key_frame]
    assert all(later - earlier <= KEYFRAME_INTERVAL_S + 0.001 for earlier, later in itertools.pairwise(keys))
    assert len(keys) == 4


@pytest.mark.parametrize("pixel_format", PLANAR_FORMATS)
def test_depth_decides_the_encoder(pixel_format: str) -> None:
    settings, planar = encoder_of(planar_format(pixel_format))
    assert settings.codec == (HEVC if planar_format(pixel_format).bits > 8 else H264).codec
    assert planar.bits in (8, 10)


def test_ten_bits_bear_the_name_that_apples_players_know(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "ten.mp4", *SMALL, *SOUND, *KINDS["ten_bits.mp4"])
    with av.open(str(passed_through(source, tmp_path).result)) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"


def test_nothing_is_left_of_a_file_that_failed(tmp_path: Path) -> None:
    media, times, frames = all_frames(make_clip(tmp_path / "a.mp4", *SMALL, *SOUND, *X264, *AAC))
    (tmp_path / "result").mkdir()
    with (
        pytest.raises(StageOutputError, match="got none"),
        FrameEncoder(tmp_path / "result" / "a.mp4", media=media, time_base=times.time_base),
    ):
        pass
    with (
        pytest.raises(StageOutputError, match="does not continue"),
        FrameEncoder(tmp_path / "result" / "a.mp4", media=media, time_base=times.time_base) as encoder,
    ):
        encoder.write(frames[1])
        encoder.write(frames[0])
    assert list((tmp_path / "result").iterdir()) == []


def test_an_encoder_that_refuses_says_so(tmp_path: Path) -> None:
    tiny = ("-f", "lavfi", "-i", "testsrc2=s=8x8:r=25:d=2")
    source = make_clip(tmp_path / "tiny.mkv", *tiny, *SOUND, *FFV1, "-pix_fmt", "yuv420p10le", *PCM)
    with pytest.raises(MediaToolError, match=r"refused frame 0 of passed.mp4"):
        passed_through(source, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "video/retalking_1.mp4",
        "video/syncnet_example.avi",
        "bad/rotated_phone_90.mp4",
        "bad/vfr_30_to_15.mp4",
    ],
)
def test_real_clips_pass_through(name: str, tmp_path: Path) -> None:
    passed = passed_through(shared_clip(name), tmp_path)
    found, wanted = video_of(passed.result), passed.source.video
    assert shown_times(passed.result) == passed.source_times
    assert found.rotation_deg == wanted.rotation_deg
    assert found.end_s - found.start_s == pytest.approx(wanted.end_s - wanted.start_s, abs=1 / 15)
