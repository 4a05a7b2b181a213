from __future__ import annotations

import dataclasses
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline_ops.media.colour import BT601, BT709, ColourCoding, colour_coding_of
from pipeline_ops.media.probe import VideoTrack
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip, measured

# White, black, red and blue of 8 bits as BT.709 in limited range (ITU-R BT.709-6, table 3.5, rounded).
KNOWN = {
    (1, 1, 1): (235, 128, 128),
    (0, 0, 0): (16, 128, 128),
    (1, 0, 0): (63, 102, 240),
    (0, 0, 1): (32, 240, 118),
}


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> VideoTrack:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return measured(make_clip(path, *PICTURE, *SOUND, *H264_AAC, "-t", "1")).video


@pytest.mark.parametrize(("rgb", "ycbcr"), KNOWN.items())
def test_known_colours_have_their_known_numbers(rgb: tuple[int, ...], ycbcr: tuple[int, ...]) -> None:
    coding = ColourCoding(BT709, False, BT709, 1)
    found = [plane[0, 0] for plane in coding.to_ycbcr(np.array([[rgb]], np.float32), 8)]
    assert np.rint(found).tolist() == list(ycbcr)


@pytest.mark.parametrize("matrix", [1, 4, 5, 6, 7, 9, 10])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("bits", [8, 10, 16])
def test_code_values_come_back_exactly(matrix: int, full_range: bool, bits: int) -> None:
    coding = ColourCoding(matrix, full_range, matrix, 0)
    numbers = np.random.default_rng(bits).integers(0, 1 << bits, (3, 50, 50)).astype(np.float32)
    back = coding.to_ycbcr(coding.to_rgb(numbers[0], numbers[1], numbers[2], bits), bits)
    assert (np.rint(back) == numbers).all()


def test_colours_agree_with_ffmpegs_scaler() -> None:
    numbers = np.full((3, 16, 16), 128, np.uint8)
    numbers[:, :8] = np.array([120, 90, 170])[:, np.newaxis, np.newaxis]
    picture = av.VideoFrame.from_ndarray(numbers, format="yuv444p")
    for matrix in (1, 5, 9):
        theirs = picture.reformat(format="rgb24", src_colorspace=matrix, src_color_range=1, dst_color_range=2)
        ours = ColourCoding(matrix, False, matrix, 1).to_rgb(*numbers.astype(np.float32), 8)
        assert 255 * ours == pytest.approx(theirs.to_ndarray().astype(float), abs=1.5)


def test_a_stream_without_a_matrix_is_taken_for_what_its_height_suggests(video: VideoTrack) -> None:
    for lines, matrix in ((576, BT601), (719, BT601), (720, BT709), (1920, BT709)):
        coding = colour_coding_of(dataclasses.replace(video, height_px=lines, colour_space=2), is_rgb=False)
        assert (coding.matrix, coding.declared_matrix) == (matrix, 2)


def test_a_stream_with_an_odd_matrix_keeps_its_name(video: VideoTrack) -> None:
    coding = colour_coding_of(dataclasses.replace(video, colour_space=8), is_rgb=False)
    assert (coding.matrix, coding.declared_matrix) == (BT601, 8)


def test_full_range_is_read_from_the_tag_or_the_pixel_format(video: VideoTrack) -> None:
    assert colour_coding_of(dataclasses.replace(video, colour_range=2), is_rgb=False).full_range
    assert colour_coding_of(dataclasses.replace(video, pixel_format="yuvj420p"), is_rgb=False).full_range
    assert not colour_coding_of(dataclasses.replace(video, colour_range=0), is_rgb=False).full_range


def test_rgb_becomes_bt709(video: VideoTrack) -> None:
    coding = colour_coding_of(dataclasses.replace(video, colour_space=0, colour_range=2), is_rgb=True)
    assert (coding.matrix, coding.full_range, coding.declared_matrix) == (BT709, False, BT709)


def test_a_clips_tags_are_read(tmp_path: Path) -> None:
    tags = (
        "-colorspace",
        "bt2020nc",
        "-color_range",
        "pc",
        "-color_primaries",
        "bt2020",
        "-color_trc",
        "bt2020-10",
    )
    clip = make_clip(tmp_path / "wide.mp4", *PICTURE, *SOUND, *H264_AAC, *tags, "-t", "1")
    coding = colour_coding_of(measured(clip).video, is_rgb=False)
    assert (coding.matrix, coding.full_range) == (9, True)
