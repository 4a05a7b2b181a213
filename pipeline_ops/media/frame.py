"""What a decoded frame is: its planes as the file has them, when it is shown and how to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_ops.media.colour import FULL_RANGE, ColourCoding, colour_coding_of
from pipeline_ops.media.orientation import Orientation, orientation_of
from pipeline_ops.media.planar import PlanarFormat, is_rgb, planar_format

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray

    from pipeline_ops.media.probe import MediaInfo


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """What all frames of a video have in common.

    Attributes:
        width_px: As coded.
        height_px: As coded.
        planar: How the planes are laid out.
        colour: How they code colour.
        orientation: How they are turned to stand upright.
    """

    width_px: int
    height_px: int
    planar: PlanarFormat
    colour: ColourCoding
    orientation: Orientation

    @property
    def upright_size_px(self) -> tuple[int, int]:
        """Width and height as shown."""
        size = (self.width_px, self.height_px)
        return size[::-1] if self.orientation.transposed else size


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame that is shown.

    Attributes:
        index: Its number among `VideoTrack.frame_count`.
        time_s: When it is shown, in seconds from time 0 of the presentation.
        pts: The same in ticks of `FrameTimes.time_base`.
        duration_ticks: How long it is shown.
        picture: Its planes, as decoded and as coded, not turned upright. Decoders predict from them: never
            write into them (see `patches.py`).
        format: How to read `picture`.
    """

    index: int
    time_s: float
    pts: int
    duration_ticks: int
    picture: VideoFrame
    format: FrameFormat

    def rgb(self, longest_side_px: int | None = None) -> NDArray[np.uint8]:
        """Return the upright frame as R'G'B', shape (height, width, 3), uint8, for finding what is in it.

        FFmpeg's scaler is up to 3 code values off, at a tenth of the cost of being exact as `lift_patch` is.

        Args:
            longest_side_px: Scale it down so that neither side is longer; None keeps its size. Pixels keep
                their shape, square or not.
        """
        from av.video.reformatter import Interpolation

        picture, colour = self.picture, self.format.colour
        scale = min(1.0, (longest_side_px or np.inf) / max(picture.width, picture.height))
        scaled = picture.reformat(
            width=max(1, round(picture.width * scale)),
            height=max(1, round(picture.height * scale)),
            format="rgb24",
            src_colorspace=colour.scaler_matrix,
            src_color_range=colour.scaler_range,
            dst_color_range=FULL_RANGE,
            interpolation=Interpolation.AREA if scale < 1 else Interpolation.BILINEAR,
            threads=1,
        )
        plane = scaled.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)  # type: ignore[call-overload]
        pixels = rows[:, : 3 * plane.width].reshape(plane.height, plane.width, 3)
        return np.ascontiguousarray(self.format.orientation.upright(pixels))


def frame_format_of(picture: VideoFrame, media: MediaInfo) -> FrameFormat:
    """Return the format of a video's frames, of which `picture` is one as decoded."""
    from av.sidedata.sidedata import Type

    video = media.video
    # PyAV's stubs take this mapping for one of a single kind of data.
    matrix: Any = picture.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    return FrameFormat(
        width_px=video.width_px,
        height_px=video.height_px,
        planar=planar_format(video.pixel_format),
        colour=colour_coding_of(video, is_rgb=is_rgb(video.pixel_format)),
        orientation=orientation_of(None if matrix is None else bytes(matrix), video.rotation_deg),
    )
