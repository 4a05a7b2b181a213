from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline_ops.errors import MediaToolError
from pipeline_ops.media import frames as frames_module
from pipeline_ops.media.frame import Frame
from pipeline_ops.media.frame_times import FrameTimes, read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.orientation import PixelBox
from pipeline_ops.media.patches import put_patch
from pipeline_ops.media.probe import MediaInfo
from tests.pipeline_ops.media.clips import (
    H264_AAC,
    REAL_CLIPS,
    SOUND,
    make_clip,
    measured,
    picture_packets,
    shared_clip,
)
from tests.pipeline_ops.media.made_frames import all_frames, made_frame, planes

SMALL = ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "15")
AAC = ("-c:a", "aac")
MP2 = ("-c:a", "mp2")
PCM = ("-c:a", "pcm_s16le")

KINDS = {
    "h264.mp4": (*X264, *AAC),
    "open_gop.mp4": (*X264, "-x264-params", "open-gop=1:keyint=15", *AAC),
    "intra_refresh.mp4": (*X264, "-x264-params", "intra-refresh=1:keyint=15", *AAC),
    "baseline.flv": (*X264, *AAC),
    "h264.mkv": (*X264, *AAC),
    "h264.ts": (*X264, *AAC),
    "h264_in.avi": (*X264, *PCM),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=none:keyint=15", *AAC),
    "ten_bits.mp4": ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none", *AAC),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-g", "15", "-c:a", "libopus"),
    "program.mpg": ("-c:v", "mpeg1video", "-bf", "2", *MP2),
    "mpeg2.mpg": ("-c:v", "mpeg2video", "-bf", "2", *MP2),
    "packed_b_frames.avi": ("-c:v", "libxvid", "-bf", "2", *PCM),
    "b_frames.avi": ("-c:v", "mpeg4", "-bf", "2", *PCM),
    "variable.mp4": ("-vf", "select='mod(n,3)'", "-fps_mode", "vfr", *X264, *AAC),
    "odd.mp4": ("-vf", "scale=97:65", "-c:v", "mpeg4", *AAC),
    "full_range.mp4": (*X264, "-pix_fmt", "yuvj420p", *AAC),
    "444.mp4": (*X264, "-pix_fmt", "yuv444p", *AAC),
    "422.mov": ("-c:v", "prores", *PCM),
    "packed_422.mov": ("-c:v", "rawvideo", "-pix_fmt", "uyvy422", *PCM),
    "rgb.mov": ("-c:v", "qtrle", "-pix_fmt", "rgb24", *PCM),
    "grey.mkv": ("-c:v", "ffv1", "-pix_fmt", "gray", *PCM),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


def made(folder: Path, kind: str) -> Path:
    path = folder / kind
    return path if path.exists() else make_clip(path, *SMALL, *SOUND, *KINDS[kind])


def identity(frame: Frame) -> tuple[int, float, int, int, str]:
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(plane) for plane in planes(frame))).hexdigest()
    return frame.index, frame.time_s, frame.pts, frame.duration_ticks, digest


def identities(path: Path, media: MediaInfo, times: FrameTimes, **options: int) -> Iterator[object]:
    return (identity(frame) for frame in read_frames(path, media, times, **options))


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_that_was_counted_comes_once_and_in_order(kind: str, folder: Path) -> None:
    media, times, frames = all_frames(made(folder, kind))
    assert [frame.index for frame in frames] == list(range(media.video.frame_count))
    assert frames[0].time_s == pytest.approx(media.video.start_s, abs=1e-5)
    assert all(earlier.time_s < later.time_s for earlier, later in itertools.pairwise(frames))
    assert frames[-1].time_s + frames[-1].duration_ticks * times.time_base == pytest.approx(
        media.video.end_s, abs=0.002
    )
    pictures = [planes(frame)[0].tobytes() for frame in frames]
    assert len(set(pictures)) == len(pictures)  # each shows another moment of the test picture


@pytest.mark.parametrize("kind", KINDS)
def test_a_range_holds_the_same_frames_as_the_whole_wherever_it_begins(kind: str, folder: Path) -> None:
    path = made(folder, kind)
    media = measured(path)
    times = read_frame_times(path, media)
    whole = list(identities(path, media, times))
    for first, last in ((1, 4), (14, 17), (20, 31)):
        assert list(identities(path, media, times, first=first, last=last)) == whole[first:last]


@pytest.mark.parametrize("kind", ["h264.mp4", "hevc.mp4", "vp9.webm", "packed_b_frames.avi", "mpeg2.mpg"])
def test_threads_change_nothing(kind: str, folder: Path) -> None:
    path = made(folder, kind)
    media = measured(path)
    times = read_frame_times(path, media)
    assert list(identities(path, media, times, threads=3)) == list(identities(path, media, times))


def test_frames_hidden_by_an_edit_are_left_out(folder: Path, tmp_path: Path) -> None:
    source = made(folder, "h264.mp4")
    cut = make_clip(tmp_path / "cut.mp4", "-ss", "0.84", "-i", str(source), "-c", "copy")
    _, _, whole = all_frames(source)
    media, _, frames = all_frames(cut)
    assert media.video.frame_count == len(frames) == 29
    assert [identity(frame)[4] for frame in frames] == [identity(frame)[4] for frame in whole[21:]]
    assert frames[0].time_s == 0


def test_a_range_whose_keyframe_is_hidden_is_right(folder: Path, tmp_path: Path) -> None:
    cut = make_clip(tmp_path / "cut.mp4", "-ss", "0.84", "-i", str(made(folder, "h264.mp4")), "-c", "copy")
    media = measured(cut)
    times = read_frame_times(cut, media)
    assert list(identities(cut, media, times, first=2, last=6)) == list(identities(cut, media, times))[2:6]


def test_a_picture_that_starts_after_the_sound_keeps_its_place(tmp_path: Path) -> None:
    late = make_clip(tmp_path / "late.mp4", "-itsoffset", "0.2", *SMALL, *SOUND, *H264_AAC)
    _, times, frames = all_frames(late)
    assert frames[0].time_s == pytest.approx(0.2, abs=0.001)
    assert times.times_s[0] == frames[0].time_s


def test_a_broadcasts_clock_becomes_the_presentations(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.ts", *SMALL, *SOUND, *X264, *AAC, "-output_ts_offset", "500")
    media, _, frames = all_frames(path)
    assert media.origin_s > 500
    assert frames[0].time_s == pytest.approx(media.video.start_s, abs=1e-4)


@pytest.mark.parametrize("name", [*REAL_CLIPS, "demo"])
def test_real_clips_give_the_frames_that_were_counted(name: str) -> None:
    demo = Path(__file__).resolve().parents[3] / "demo" / "talking_head.mp4"
    path = demo if name == "demo" else shared_clip(name)
    media = measured(path)
    times = read_frame_times(path, media)
    found = [(frame.index, round(frame.time_s, 3)) for frame in read_frames(path, media, times, threads=2)]
    packets = picture_packets(path, media.origin_s)
    shown_s = sorted(time_s for time_s, _, hidden in packets if not hidden)
    assert found == list(zip(range(media.video.frame_count), shown_s, strict=True))


def test_a_frame_is_seen_upright_in_rgb(folder: Path, tmp_path: Path) -> None:
    source = made(folder, "444.mp4")
    turned = make_clip(tmp_path / "turned.mp4", "-display_rotation", "90", "-i", str(source), "-c", "copy")
    upright, lying = all_frames(source)[2][3], all_frames(turned)[2][3]
    assert lying.format.upright_size_px == (64, 96)
    assert (lying.rgb() == np.rot90(upright.rgb())).all()
    assert upright.rgb().shape == (64, 96, 3)
    assert upright.rgb(48).shape == (32, 48, 3)
    assert upright.rgb(1000).shape == (64, 96, 3)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le", "yuv444p", "yuvj420p"])
@pytest.mark.parametrize("matrix", [1, 6, 9])
def test_a_known_colour_is_seen_as_that_colour(pixel_format: str, matrix: int) -> None:
    frame = made_frame(pixel_format, 32, 32, matrix=matrix, full_range=pixel_format == "yuvj420p")
    known = np.full((32, 32, 3), (0.75, 0.5, 0.25), np.float32)
    frame = put_patch(frame, PixelBox(0, 0, 32, 32), known, np.ones((32, 32), np.bool_))
    assert np.abs(frame.rgb() - 255 * known).max() <= 3


def without_frames(folder: Path, first: int, last: int) -> tuple[Path, Path]:
    """Return a clip, and the same with the data of some frames overwritten.

    Motion JPEG has no frames that lean on others: those are missing alone.
    """
    source = make_clip(folder / "source.mov", *SMALL, *SOUND, "-c:v", "mjpeg", *PCM)
    data = bytearray(source.read_bytes())
    starts = [at for at in range(len(data) - 2) if data[at : at + 3] == b"\xff\xd8\xff"]
    data[starts[first] : starts[last]] = bytes(starts[last] - starts[first])
    damaged = folder / "damaged.mov"
    damaged.write_bytes(data)
    return source, damaged


def test_a_damaged_frame_is_shown_as_the_one_before_it(tmp_path: Path) -> None:
    source, damaged = without_frames(tmp_path, 10, 11)
    wanted = [identity(frame)[4] for frame in all_frames(source)[2]]
    digests = [identity(frame)[4] for frame in all_frames(damaged)[2]]
    assert digests == [*wanted[:10], wanted[9], *wanted[11:]]


def test_a_picture_that_is_gone_for_long_is_refused(tmp_path: Path) -> None:
    _, damaged = without_frames(tmp_path, 10, 40)
    with pytest.raises(MediaToolError, match=r"30 frames of damaged.mov, from 0.400 s on, do not decode"):
        all_frames(damaged)


def test_a_decoder_that_gives_nothing_is_not_fed_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames_module, "MAX_SILENT_PACKETS", 20)
    _, damaged = without_frames(tmp_path, 10, 40)
    with pytest.raises(MediaToolError, match=r"20 packets of damaged.mov in a row gave no picture"):
        all_frames(damaged)


def glued(folder: Path, size: str) -> Path:
    """Return a broadcast whose picture becomes one of another size after two seconds."""
    one = make_clip(folder / "one.ts", *SMALL, *SOUND, *H264_AAC)
    grey = ("-f", "lavfi", "-i", f"color=gray:s={size}:r=25:d=1")
    other = make_clip(folder / "other.ts", *grey, *SOUND, *H264_AAC, "-shortest", "-output_ts_offset", "2")
    path = folder / "glued.ts"
    path.write_bytes(one.read_bytes() + other.read_bytes())
    return path


def test_a_picture_that_changes_its_size_midway_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaToolError, match="changes midway from 96x64 yuv420p to 128x96 yuv420p"):
        all_frames(glued(tmp_path, "128x96"))


def test_a_picture_that_becomes_huge_midway_is_not_even_decoded(tmp_path: Path) -> None:
    with pytest.raises(MediaToolError, match="do not decode"):
        all_frames(glued(tmp_path, "2048x2048"))


def test_another_file_than_the_probed_one_is_refused(folder: Path) -> None:
    path = made(folder, "h264.mp4")
    with pytest.raises(MediaToolError, match="Probe the file again"):
        read_frame_times(path, measured(made(folder, "variable.mp4")))
    with pytest.raises(MediaToolError, match="cannot be opened"):
        read_frame_times(folder / "absent.mp4", measured(path))


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (5, 4), (0, 51)])
def test_a_range_that_the_video_does_not_have_is_refused(first: int, last: int, folder: Path) -> None:
    path = made(folder, "h264.mp4")
    media = measured(path)
    times = read_frame_times(path, media)
    with pytest.raises(ValueError, match="frames 0 to 50"):
        list(read_frames(path, media, times, first=first, last=last))


def test_an_empty_range_holds_nothing(folder: Path) -> None:
    path = made(folder, "h264.mp4")
    media = measured(path)
    assert list(read_frames(path, media, read_frame_times(path, media), first=7, last=7)) == []
