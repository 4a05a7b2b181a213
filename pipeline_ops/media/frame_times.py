"""When each frame of a video is shown, read from its packets without decoding them.

The same packets are counted as `probe` counts: those before an edit's start are decoded but not shown. So
the index of a frame here is the one it has among `VideoTrack.frame_count`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline_ops.errors import MediaToolError
from pipeline_ops.media.ffmpeg import CONTAINERS, file_url

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from pipeline_ops.media.probe import MediaInfo


@dataclass(frozen=True, slots=True, eq=False)
class FrameTimes:
    """The times of all frames that are shown, in order: 32 bytes a frame, whatever its size.

    Attributes:
        time_base: Seconds of one tick.
        ticks: Shape (frames,), int64, strictly increasing: when each is shown, on the
            presentation's timeline.
        end_tick: When the last one ends.
        file_pts: Shape (frames,), int64: the same by the file's own clock, as its packets have it; two may be
            equal.
        keyframe_pts: Shape (keyframes,), int64, increasing: by the file's own clock, hidden ones included.
    """

    time_base: Fraction
    ticks: NDArray[np.int64]
    end_tick: int
    file_pts: NDArray[np.int64]
    keyframe_pts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ticks)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Shape (frames,), float64: when each frame is shown, in seconds from time 0 of the presentation."""
        return np.multiply(self.ticks, float(self.time_base), dtype=np.float64)

    def duration_ticks(self, index: int) -> int:
        """How long a frame is shown."""
        following = self.ticks[index + 1] if index + 1 < len(self) else self.end_tick
        return int(following - self.ticks[index])


@contextlib.contextmanager
def open_picture(path: Path, media: MediaInfo) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open the picture of a stranger's file, which may reach no other file and no network.

    Raises:
        MediaToolError: it cannot be opened, or is not the file that `media` describes.
    """
    import av
    from av.video.stream import VideoStream

    av.logging.set_level(None)  # a damaged file makes a line a packet
    options = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
    try:
        container = av.open(file_url(path), options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        message = f"{path.name} cannot be opened ({error}) though it was before: is it still the same file?"
        raise MediaToolError(message) from error
    with container:
        stream = next((stream for stream in container.streams if stream.index == media.video.index), None)
        if not isinstance(stream, VideoStream) or stream.codec_context is None:
            message = f"{path.name} has no picture as stream {media.video.index}: it is not the probed file."
            raise MediaToolError(message)
        yield container, stream


def read_frame_times(path: Path, media: MediaInfo) -> FrameTimes:
    """Return when each frame is shown.

    Args:
        path: The creator's file.
        media: What it holds.

    Raises:
        MediaToolError: it cannot be opened, or has another number of frames than `media` says.
    """
    import av

    shown: list[int] = []
    keyframes: list[int] = []
    with open_picture(path, media) as (container, stream):
        time_base = stream.time_base
        # What can be read before the file breaks off is used, as `probe` does.
        with contextlib.suppress(av.FFmpegError):
            for packet in container.demux(stream):
                pts = packet.pts if packet.pts is not None else packet.dts
                if not packet.size or pts is None:
                    continue
                if packet.is_keyframe:
                    keyframes.append(pts)
                if not packet.is_discard:
                    shown.append(pts)
    if len(shown) != media.video.frame_count or not shown or time_base is None:
        message = (
            f"{path.name} has {len(shown)} frames, not the {media.video.frame_count} that were counted. "
            "Probe the file again."
        )
        raise MediaToolError(message)
    file_pts = np.sort(np.array(shown, np.int64))
    ticks = _strictly_increasing(file_pts - _origin_pts(media, time_base, int(file_pts[0])))
    return FrameTimes(
        time_base=time_base,
        ticks=ticks,
        end_tick=max(round(Fraction(media.video.end_s) / time_base), int(ticks[-1]) + 1),
        file_pts=file_pts,
        keyframe_pts=np.unique(np.array(keyframes, np.int64)),
    )


def _origin_pts(media: MediaInfo, time_base: Fraction, first_pts: int) -> int:
    """Return the file's clock at time 0 of the presentation, which is known to a microsecond, in ticks."""
    return min(round(Fraction(media.origin_s) / time_base), first_pts)


def _strictly_increasing(pts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move a time that is not later than the one before it to a tick after that, as encoders want it."""
    steps = np.arange(len(pts))
    moved: NDArray[np.int64] = np.maximum.accumulate(pts - steps) + steps
    return moved
