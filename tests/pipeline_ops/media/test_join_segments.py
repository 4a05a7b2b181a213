from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction
from pathlib import Path

import av
import pytest

from pipeline_ops.errors import MediaToolError, StageOutputError
from pipeline_ops.media.frame import Frame
from pipeline_ops.media.frame_times import FrameTimes
from pipeline_ops.media.join_segments import join_segments
from pipeline_ops.media.probe import MediaInfo, read_contents
from tests.pipeline_ops.media.clips import SOUND, make_clip
from tests.pipeline_ops.media.made_frames import all_frames, encode, luma_planes, shown_times

SMALL = ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac")
VARIABLE = ("-vf", "select='mod(n,3)*lt(n,30)+not(mod(n,5))'", "-fps_mode", "vfr")
TEN_BITS = ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none", "-c:a", "aac")

KINDS = {"plain": X264, "variable": (*VARIABLE, *X264), "ten_bits": TEN_BITS}

Clip = tuple[MediaInfo, FrameTimes, list[Frame]]


def clip(folder: Path, kind: str) -> Clip:
    return all_frames(make_clip(folder / f"{kind}.mp4", *SMALL, *SOUND, *KINDS[kind]))


def encoded_parts(folder: Path, source: Clip, cuts: list[int]) -> list[Path]:
    media, times, frames = source
    edges = [0, *cuts, len(frames)]
    return [
        encode(folder / f"part{start}.mp4", media, times, frames[start:end])
        for start, end in itertools.pairwise(edges)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cuts", [[], [1], [2, 3, 17], [9, 19]])
def test_joined_parts_show_the_same_frames_at_the_same_times(
    kind: str, cuts: list[int], tmp_path: Path
) -> None:
    source = clip(tmp_path, kind)
    parts = encoded_parts(tmp_path, source, cuts)
    joined = tmp_path / "joined.mp4"
    join_segments(parts, joined)
    media, times, _ = source
    assert shown_times(joined) == [int(tick) * times.time_base for tick in times.ticks]
    pictures = [luma.tobytes() for luma in luma_planes(joined)]
    assert pictures == [luma.tobytes() for part in parts for luma in luma_planes(part)]
    contents = read_contents(joined, 10**6)
    assert contents is not None
    assert contents.complete
    assert contents.video is not None
    assert contents.video.frame_count == media.video.frame_count


@pytest.mark.parametrize("kind", KINDS)
def test_packets_are_decoded_in_order_and_before_they_are_shown(kind: str, tmp_path: Path) -> None:
    joined = tmp_path / "joined.mp4"
    join_segments(encoded_parts(tmp_path, clip(tmp_path, kind), [1, 8, 15]), joined)
    with av.open(str(joined)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    decoded = [packet.dts for packet in packets]
    assert decoded == sorted(set(decoded))
    assert all(packet.dts <= packet.pts for packet in packets)
    assert packets[0].is_keyframe


def test_turn_shape_and_tags_of_the_parts_are_kept(tmp_path: Path) -> None:
    tags = ("-vf", "setsar=4/3", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
    plain = make_clip(tmp_path / "plain.mp4", *SMALL, *SOUND, *tags, *X264)
    turned = make_clip(tmp_path / "turned.mp4", "-display_rotation", "90", "-i", str(plain), "-c", "copy")
    parts = encoded_parts(tmp_path, all_frames(turned), [20])
    join_segments(parts, tmp_path / "joined.mp4")
    part, joined = (read_contents(path, 10**6) for path in (parts[0], tmp_path / "joined.mp4"))
    assert part is not None
    assert joined is not None
    assert part.video is not None
    assert joined.video is not None
    assert joined.video.rotation_deg == 270
    for name in ("pixel_aspect_ratio", "colour_primaries", "colour_transfer", "colour_space", "colour_range"):
        assert getattr(joined.video, name) == getattr(part.video, name), name


def test_joined_ten_bits_keep_the_name_that_apples_players_know(tmp_path: Path) -> None:
    join_segments(encoded_parts(tmp_path, clip(tmp_path, "ten_bits"), [20]), tmp_path / "joined.mp4")
    with av.open(str(tmp_path / "joined.mp4")) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"


def test_a_picture_that_starts_late_still_does_when_joined(tmp_path: Path) -> None:
    late = make_clip(tmp_path / "late.mp4", "-itsoffset", "0.2", *SMALL, *SOUND, *X264)
    join_segments(encoded_parts(tmp_path, all_frames(late), [20]), tmp_path / "joined.mp4")
    assert shown_times(tmp_path / "joined.mp4")[0] == Fraction(1, 5)


def test_the_same_parts_give_the_same_bytes(tmp_path: Path) -> None:
    parts = encoded_parts(tmp_path, clip(tmp_path, "plain"), [20])
    for name in ("one.mp4", "other.mp4"):
        join_segments(parts, tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()
    assert b"Lavf" not in (tmp_path / "one.mp4").read_bytes()


def test_parts_out_of_order_are_refused(tmp_path: Path) -> None:
    parts = encoded_parts(tmp_path, clip(tmp_path, "plain"), [20])
    with pytest.raises(StageOutputError, match=r"part0.mp4 does not follow"):
        join_segments(parts[::-1], tmp_path / "joined.mp4")
    assert not (tmp_path / "joined.mp4").exists()


def test_parts_that_were_encoded_in_different_ways_are_refused(tmp_path: Path) -> None:
    media, times, frames = clip(tmp_path, "plain")
    one = encode(tmp_path / "one.mp4", media, times, frames[:10])
    wide = dataclasses.replace(media, video=dataclasses.replace(media.video, pixel_aspect_ratio=2.0))
    other = encode(tmp_path / "other.mp4", wide, times, frames[10:])
    with pytest.raises(StageOutputError, match=r"other.mp4 was encoded in another way than one.mp4"):
        join_segments([one, other], tmp_path / "joined.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mp4", "other.mp4", "plain.mp4"]


def test_a_part_that_is_no_video_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing")
    with pytest.raises(MediaToolError, match="could not be joined"):
        join_segments([broken], tmp_path / "joined.mp4")


def test_nothing_cannot_be_joined(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to join"):
        join_segments([], tmp_path / "joined.mp4")
