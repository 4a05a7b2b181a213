"""Decoded pictures as planes of numbers: luma and two chroma planes of 8 to 16 bits, however subsampled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_ops.media.colour import FULL_RANGE

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter
    from numpy.typing import NDArray

    from pipeline_ops.media.colour import ColourCoding

_NATIVE = re.compile(r"yuvj?(?P<sampling>4\d\d)p(?:(?P<bits>9|10|12|14|16)(?P<order>le|be))?")
_SHIFTS = {"420": (1, 1), "422": (1, 0), "444": (0, 0), "440": (0, 1), "411": (2, 0), "410": (2, 2)}
_DEPTHS = {"411": (8,), "410": (8,), "440": (8, 10, 12)}  # what FFmpeg has of the rarer ones
_ALL_DEPTHS = (8, 9, 10, 12, 14, 16)
_BYTE_BITS = 8
_COMPONENTS = 3


@dataclass(frozen=True, slots=True)
class PlanarFormat:
    """A layout of planes.

    Attributes:
        name: As FFmpeg names it.
        bits: Of a code value, in the low bits of one or two bytes.
        big_endian: Whether the high byte comes first.
        chroma_shift_x: A chroma sample covers two to this power pixels of a row.
        chroma_shift_y: The same of a column.
    """

    name: str
    bits: int
    big_endian: bool
    chroma_shift_x: int
    chroma_shift_y: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of one code value."""
        return np.dtype("u1" if self.bits == _BYTE_BITS else ">u2" if self.big_endian else "<u2")

    @property
    def sampling(self) -> str:
        """Its name in the trade: 420, 422, 444, 440, 411 or 410."""
        return _sampling(self.chroma_shift_x, self.chroma_shift_y)


def plain_format(sampling: str, bits: int) -> PlanarFormat:
    """Return the layout of a subsampling and a depth, low byte first."""
    name = f"yuv{sampling}p" + (f"{bits}le" if bits > _BYTE_BITS else "")
    return PlanarFormat(name, bits, False, *_SHIFTS[sampling])


def planar_format(pixel_format: str) -> PlanarFormat:
    """Return the layout of a pixel format, or of the planar one next to it.

    NV12 and its kin keep depth and subsampling, R'G'B' becomes 4:4:4 of its depth, grey becomes 4:2:0
    without colour, alpha is dropped.
    """
    native = _NATIVE.fullmatch(pixel_format)
    if native:
        shifts = _SHIFTS[native["sampling"]]
        return PlanarFormat(pixel_format, int(native["bits"] or 8), native["order"] == "be", *shifts)
    from av import VideoFormat

    found = VideoFormat(pixel_format, 16, 16)
    sampling = _sampling(_shift(found.chroma_width(16)), _shift(found.chroma_height(16)))
    if len(found.components) < _COMPONENTS and not is_rgb(pixel_format):  # grey, perhaps with alpha
        sampling = "420"
    bits = max(component.bits for component in found.components)
    depths = _DEPTHS.get(sampling, _ALL_DEPTHS)
    return plain_format(sampling, next((depth for depth in depths if depth >= bits), depths[-1]))


def _shift(chroma_size_of_16: int) -> int:
    return (16 // chroma_size_of_16).bit_length() - 1


def _sampling(chroma_shift_x: int, chroma_shift_y: int) -> str:
    wanted = (chroma_shift_x, chroma_shift_y)
    return next(name for name, shifts in _SHIFTS.items() if shifts == wanted)


def is_rgb(pixel_format: str) -> bool:
    """Return whether pictures of that format hold R'G'B' (or colours from a palette)."""
    from av import VideoFormat

    found = VideoFormat(pixel_format, 16, 16)
    return found.is_rgb or found.has_palette or found.is_bayer


def plane_of(picture: VideoFrame, index: int, planar: PlanarFormat) -> NDArray[Any]:
    """Return a view of one plane's code values, shape (height, width), without the padding of its rows.

    Writing into it changes the picture, and every other picture that a decoder predicts from it: write only
    into one's own (`copy_of`).
    """
    plane = picture.planes[index]
    rows = np.frombuffer(plane, planar.dtype).reshape(plane.height, -1)  # type: ignore[call-overload]
    upwards = rows[::-1] if plane.line_size < 0 else rows  # some decoders write the last row first
    view: NDArray[Any] = upwards[:, : plane.width]
    return view


def new_picture(width_px: int, height_px: int, planar: PlanarFormat) -> VideoFrame:
    """Return a picture with planes of its own, not yet filled."""
    from av import VideoFrame

    return VideoFrame(width_px, height_px, planar.name)


def copy_of(picture: VideoFrame, planar: PlanarFormat) -> VideoFrame:
    """Return a picture with the same code values in planes of its own."""
    copy = new_picture(picture.width, picture.height, planar)
    for index in range(3):
        plane_of(copy, index, planar)[:] = plane_of(picture, index, planar)
    return copy


def to_planar(
    picture: VideoFrame, planar: PlanarFormat, colour: ColourCoding, reformatter: VideoReformatter
) -> VideoFrame:
    """Return a picture in its layout of planes: itself, untouched, where it has that already."""
    name = picture.format.name
    if name == planar.name:
        return picture
    if re.fullmatch(r"gray(9|1\d)?(le|be)?", name):
        return _coloured_grey(picture, planar)
    return reformatter.reformat(
        picture,
        format=planar.name,
        src_colorspace=colour.scaler_matrix,
        dst_colorspace=colour.scaler_matrix,
        src_color_range=FULL_RANGE if is_rgb(name) else colour.scaler_range,
        dst_color_range=colour.scaler_range,
        threads=1,
    )


def _coloured_grey(picture: VideoFrame, planar: PlanarFormat) -> VideoFrame:
    """Return grey with planes of no colour; FFmpeg's scaler would take it for full range and stretch it."""
    coloured = new_picture(picture.width, picture.height, planar)
    grey = PlanarFormat(picture.format.name, planar.bits, picture.format.is_big_endian, 0, 0)
    plane_of(coloured, 0, planar)[:] = plane_of(picture, 0, grey)
    for index in (1, 2):
        plane_of(coloured, index, planar)[:] = 1 << (planar.bits - 1)
    return coloured
