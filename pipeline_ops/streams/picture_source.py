"""The picture that a ladder is made of: the creator's or the one with changed lips, in the usual range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_ops.errors import StageOutputError
from pipeline_ops.media.colour import BT2020, UNSPECIFIED
from pipeline_ops.media.ffmpeg import file_url, run_ffmpeg, untrusted_input
from pipeline_ops.media.frame_times import FrameTimes, read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.probe import MediaInfo, VideoTrack, read_contents

if TYPE_CHECKING:
    from pipeline_ops.media.frame import Frame

PQ = 16  # transfer characteristics of ITU-T H.273: SMPTE ST 2084
HLG = 18  # ARIB STD-B67

REFERENCE_WHITE_NITS = 203  # of HDR, which becomes the white of the usual range (ITU-R BT.2408)
TONE_MAP = (
    f"transfer=linear:npl={REFERENCE_WHITE_NITS},format=gbrpf32le,zscale=primaries=bt709,"
    "tonemap=tonemap=mobius:param=0.7:desat=0,"
    "zscale=transfer=bt709:matrix=bt709:range=limited:dither=error_diffusion,format=yuv420p"
)
"""From HDR to BT.709 in linear light: what is darker than 0.7 of white stays as it is, faces among it; what
is brighter bends into the range that is left. Hable's curve, the other usual one, darkens faces as well."""
_MOST_PIXELS = 2  # times the source's; a picture of its size is expected


@dataclass(frozen=True, slots=True, eq=False)
class PictureSource:
    """A file of which the picture is taken.

    Attributes:
        path: The file.
        media: What it holds; its duration is the presentation's.
        times: When its frames are shown.
    """

    path: Path
    media: MediaInfo
    times: FrameTimes

    def frames(self, first: int = 0, last: int | None = None) -> Iterator[Frame]:
        """Yield frames, each once, in order; see `read_frames`."""
        return read_frames(self.path, self.media, self.times, first=first, last=last)


def open_source(path: Path, media: MediaInfo, scratch: Path, *, most_short_side_px: int) -> PictureSource:
    """Return the creator's picture, in the usual range.

    Args:
        path: The creator's file.
        media: What it holds.
        scratch: Where a picture of high dynamic range is kept after it was brought into the usual one.
        most_short_side_px: It is then made no larger than this.

    Raises:
        MediaToolError: the file cannot be read.
        StageOutputError: a picture came out with another number of frames.
    """
    if media.video.colour_transfer in (PQ, HLG):
        return _tone_mapped(path, media, scratch / "usual_range.mp4", most_short_side_px)
    return PictureSource(path, media, read_frame_times(path, media))


def open_new_picture(
    path: Path, media: MediaInfo, scratch: Path, *, most_short_side_px: int
) -> PictureSource:
    """Return the picture with changed lips, on the presentation's timeline, in the usual range.

    Args:
        path: What `render_lips` wrote.
        media: What the creator's file holds.
        scratch: See `open_source`.
        most_short_side_px: See `open_source`.

    Raises:
        StageOutputError: it cannot be read, or has not the source's frames.
    """
    return open_source(path, _on_timeline(path, media), scratch, most_short_side_px=most_short_side_px)


def _on_timeline(path: Path, media: MediaInfo) -> MediaInfo:
    """Return what a picture holds that Dubwright wrote on the presentation's own clock."""
    contents = read_contents(path, max_pixels=_MOST_PIXELS * media.video.width_px * media.video.height_px)
    if contents is None or contents.video is None or contents.video.frame_count != media.video.frame_count:
        message = f"{path.name} has not the {media.video.frame_count} frames of its source"
        raise StageOutputError(message)
    video = replace(
        contents.video,
        start_s=contents.video.start_s + contents.origin_s,
        end_s=contents.video.end_s + contents.origin_s,
        pixel_aspect_ratio=media.video.pixel_aspect_ratio,
    )
    return replace(media, container=contents.container, origin_s=0.0, video=video)


def _coding(video: VideoTrack) -> str:
    """Return how zscale is told to read a picture of high dynamic range; BT.2020 where it does not say."""
    primaries, matrix = (
        BT2020 if stated == UNSPECIFIED else stated for stated in (video.colour_primaries, video.colour_space)
    )
    return f"primariesin={primaries}:matrixin={matrix}:transferin={video.colour_transfer}"


def _tone_mapped(path: Path, media: MediaInfo, output: Path, most_short_side_px: int) -> PictureSource:
    scale = min(1.0, most_short_side_px / min(media.video.width_px, media.video.height_px))
    width_px, height_px = (
        2 * round(side * scale / 2) for side in (media.video.width_px, media.video.height_px)
    )
    run_ffmpeg(
        [
            *["-noautorotate", *untrusted_input(path, media.origin_s)],
            *["-map", f"0:{media.video.index}", "-an"],
            *["-vf", f"zscale=width={width_px}:height={height_px}:{_coding(media.video)}:{TONE_MAP}"],
            *["-fps_mode", "passthrough", "-enc_time_base:v", "demux", "-copyts"],
            # Visually lossless: it is encoded once more.
            *["-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-threads:v", "2"],
            *["-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4", file_url(output)],
        ],
        task=f"bring the picture of {path.name} into the usual range",
        timeout_s=300.0 + 60.0 * media.duration_s,
    )
    usual = _on_timeline(output, media)
    return PictureSource(output, usual, read_frame_times(output, usual))
