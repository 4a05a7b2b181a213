from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from pipeline_ops.media.colour import BT709, ColourCoding
from pipeline_ops.media.planar import copy_of, is_rgb, planar_format, plane_of, to_planar

LIMITED = ColourCoding(BT709, False, BT709, 1)


def converted(picture: av.VideoFrame) -> list[NDArray[np.integer]]:
    planar = planar_format(picture.format.name)
    laid_out = to_planar(picture, planar, LIMITED, VideoReformatter())
    assert laid_out.format.name == planar.name
    return [plane_of(laid_out, index, planar) for index in range(3)]


@pytest.mark.parametrize(
    ("pixel_format", "planar"),
    [
        ("yuv420p", "yuv420p"),
        ("yuvj422p", "yuvj422p"),
        ("yuv444p12be", "yuv444p12be"),
        ("yuv411p", "yuv411p"),
        ("nv12", "yuv420p"),
        ("nv24", "yuv444p"),
        ("p010le", "yuv420p10le"),
        ("yuyv422", "yuv422p"),
        ("uyyvyy411", "yuv411p"),
        ("yuva444p10le", "yuv444p10le"),
        ("gray", "yuv420p"),
        ("gray12le", "yuv420p12le"),
        ("ya8", "yuv420p"),
        ("rgb24", "yuv444p"),
        ("gbrp10le", "yuv444p10le"),
        ("pal8", "yuv444p"),
        ("rgb565le", "yuv444p"),
        ("gbrpf32le", "yuv444p16le"),
    ],
)
def test_every_format_has_a_planar_one_next_to_it(pixel_format: str, planar: str) -> None:
    assert planar_format(pixel_format).name == planar


def test_palettes_and_rgb_are_told_from_the_rest() -> None:
    assert is_rgb("rgb24")
    assert is_rgb("gbrp")
    assert is_rgb("pal8")
    assert not is_rgb("gray")
    assert not is_rgb("yuv444p")


def test_a_view_leaves_the_padding_of_rows_out() -> None:
    picture = av.VideoFrame(35, 7, "yuv420p")
    assert picture.planes[0].line_size > 35
    shapes = [plane_of(picture, index, planar_format("yuv420p")).shape for index in range(3)]
    assert shapes == [(7, 35), (4, 18), (4, 18)]


def test_a_view_writes_into_the_picture() -> None:
    planar = planar_format("yuv420p10be")
    picture = av.VideoFrame(8, 8, planar.name)
    plane_of(picture, 0, planar)[:] = 700
    assert bytes(picture.planes[0])[:2] == (700).to_bytes(2, "big")


def test_a_copy_has_planes_of_its_own() -> None:
    planar = planar_format("yuv420p")
    picture = av.VideoFrame(8, 8, planar.name)
    plane_of(picture, 1, planar)[:] = 40
    copy = copy_of(picture, planar)
    plane_of(copy, 1, planar)[:] = 50
    assert (plane_of(picture, 1, planar) == 40).all()


def test_a_native_picture_stays_the_same_object() -> None:
    picture = av.VideoFrame(8, 8, "yuv422p12le")
    assert to_planar(picture, planar_format("yuv422p12le"), LIMITED, VideoReformatter()) is picture


def test_nv12_keeps_its_numbers() -> None:
    numbers = np.random.default_rng(1).integers(0, 256, (24, 16), np.uint8)
    luma, blue, red = converted(av.VideoFrame.from_ndarray(numbers, format="nv12"))
    assert (luma == numbers[:16]).all()
    assert (blue == numbers[16:, 0::2]).all()
    assert (red == numbers[16:, 1::2]).all()


@pytest.mark.parametrize(("pixel_format", "bits"), [("gray", 8), ("gray10le", 10), ("gray16be", 16)])
def test_grey_keeps_its_numbers_and_has_no_colour(pixel_format: str, bits: int) -> None:
    numbers = np.random.default_rng(1).integers(0, 1 << bits, (9, 11))
    numbers = numbers.astype(np.uint8 if bits == 8 else np.uint16)
    luma, blue, red = converted(av.VideoFrame.from_ndarray(numbers, format=pixel_format))
    assert (luma == numbers).all()
    assert (blue == 1 << (bits - 1)).all()
    assert (red == 1 << (bits - 1)).all()


def test_alpha_is_dropped_and_the_rest_stays() -> None:
    picture = av.VideoFrame(16, 16, "yuva420p")
    numbers = np.random.default_rng(2)
    planar = planar_format("yuv420p")
    wanted = []
    for index in range(3):
        plane = plane_of(picture, index, planar)
        plane[:] = numbers.integers(0, 256, plane.shape)
        wanted.append(plane.copy())
    assert all((found == own).all() for found, own in zip(converted(picture), wanted, strict=True))


@pytest.mark.parametrize("pixel_format", ["rgb24", "gbrp"])
def test_rgb_is_written_as_bt709(pixel_format: str) -> None:
    numbers = np.random.default_rng(3).integers(0, 256, (16, 16, 3), np.uint8)
    picture = av.VideoFrame.from_ndarray(numbers, format="rgb24").reformat(format=pixel_format)
    wanted = LIMITED.to_ycbcr(numbers.astype(np.float32) / 255, 8)
    for plane, own in zip(converted(picture), wanted, strict=True):
        assert plane.astype(float) == pytest.approx(own, abs=1.5)
