"""Frames made of numbers, in any layout of planes and any orientation, without a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from pipeline_ops.media.colour import ColourCoding
from pipeline_ops.media.encode_frames import FrameEncoder
from pipeline_ops.media.frame import Frame, FrameFormat
from pipeline_ops.media.frame_times import FrameTimes, read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.orientation import Orientation
from pipeline_ops.media.planar import new_picture, plain_format, planar_format, plane_of
from pipeline_ops.media.probe import MediaInfo
from tests.pipeline_ops.media.clips import measured

ONE = 1 << 16
TURNS = {  # a, b, c, d of the display matrix; the last four also mirror
    "0": (1, 0, 0, 1),
    "90": (0, 1, -1, 0),
    "180": (-1, 0, 0, -1),
    "270": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "mirrored 90": (0, -1, -1, 0),
    "mirrored 180": (1, 0, 0, -1),
    "mirrored 270": (0, 1, 1, 0),
}
PLANAR_FORMATS = (
    *("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "yuvj420p"),
    *("yuv420p10le", "yuv422p12le", "yuv444p14le", "yuv420p16le", "yuv444p9be", "yuv420p10be", "yuv440p10le"),
)


def orientation(name: str) -> Orientation:
    a, b, c, d = (ONE * number for number in TURNS[name])
    return Orientation((a, b, 0, c, d, 0, 0, 0, 1 << 30))


def made_frame(
    pixel_format: str,
    width_px: int,
    height_px: int,
    *,
    turn: str = "0",
    matrix: int = 1,
    full_range: bool = False,
    seed: int = 0,
) -> Frame:
    """Return a frame of random code values, as coded `width_px` by `height_px`."""
    planar = planar_format(pixel_format)
    picture = new_picture(width_px, height_px, planar)
    numbers = np.random.default_rng(seed)
    for index in range(3):
        plane = plane_of(picture, index, planar)
        plane[:] = numbers.integers(0, 1 << planar.bits, plane.shape)
    colour = ColourCoding(matrix, full_range, matrix, 2 if full_range else 1)
    form = FrameFormat(width_px, height_px, planar, colour, orientation(turn))
    return Frame(index=0, time_s=0.0, pts=0, duration_ticks=1, picture=picture, format=form)


def planes(frame: Frame) -> list[NDArray[np.integer]]:
    return [plane_of(frame.picture, index, frame.format.planar).copy() for index in range(3)]


def same_planes(one: Frame, other: Frame) -> bool:
    return all((own == theirs).all() for own, theirs in zip(planes(one), planes(other), strict=True))


def all_frames(path: Path) -> tuple[MediaInfo, FrameTimes, list[Frame]]:
    """Return a short clip's measures and all its frames."""
    media = measured(path)
    times = read_frame_times(path, media)
    return media, times, list(read_frames(path, media, times))


def encode(path: Path, media: MediaInfo, times: FrameTimes, frames: list[Frame]) -> Path:
    with FrameEncoder(path, media=media, time_base=times.time_base) as encoder:
        for frame in frames:
            encoder.write(frame)
    return path


def shown_times(path: Path) -> list[Fraction]:
    """Return when each decoded frame of a file is shown, exact."""
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [frame.pts * frame.time_base for frame in frames if frame.pts is not None and frame.time_base]


def luma_planes(path: Path) -> list[NDArray[np.float32]]:
    """Return every frame's luma in the range of 8 bits."""
    found = []
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            planar = plain_format("420", picture.format.components[0].bits)
            found.append(plane_of(picture, 0, planar).astype(np.float32) / 2 ** (planar.bits - 8))
    return found
