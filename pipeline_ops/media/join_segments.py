"""Joins separately encoded stretches of one video into one stream by copying their packets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_ops.errors import MediaToolError, StageOutputError
from pipeline_ops.media.encode_frames import open_mp4
from pipeline_ops.media.ffmpeg import file_url

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class _Schedule:
    """When the joined packets are shown and decoded; times in ticks, 16 bytes a frame.

    Attributes:
        shown: Shape (packets,), increasing: the times of showing.
        decoded: Shape (packets,), increasing: the times of decoding, in the order of decoding.
        end: When the last frame ends.
    """

    shown: NDArray[np.int64]
    decoded: NDArray[np.int64]
    end: int

    def duration(self, pts: int) -> int:
        """How long the frame that is shown at `pts` is shown."""
        following = int(np.searchsorted(self.shown, pts)) + 1
        return (int(self.shown[following]) if following < len(self.shown) else self.end) - pts


def join_segments(parts: Sequence[Path], output: Path) -> None:
    """Write the pictures of several files, one after the other, into one MP4.

    Args:
        parts: Written by `FrameEncoder` for consecutive ranges of one video's frames, in order.
        output: Written under a temporary name and renamed. It decodes to the same frames at the same times as
            the parts.

    Raises:
        StageOutputError: the parts do not follow one another, or differ in how they were encoded.
        MediaToolError: a part cannot be read, or the result not be written.
    """
    import av

    if not parts:
        message = "there is nothing to join"
        raise ValueError(message)
    partial = output.with_name(f".{output.name}.partial")
    try:
        schedule = _schedule(parts)
        _copy(parts, schedule, partial)
    except av.FFmpegError as error:
        message = f"The encoded stretches of {output.name} could not be joined: {error}"
        raise MediaToolError(message) from error
    else:
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def _copy(parts: Sequence[Path], schedule: _Schedule, output: Path) -> None:
    matrix = _display_matrix(parts[0])
    position = 0
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(_opened(parts[0])).streams.video[0]
        timescale = (first.time_base or Fraction(1)).denominator
        container = stack.enter_context(open_mp4(output, timescale))
        stream = container.add_stream_from_template(first, opaque=True)
        stream.codec_context.codec_tag = first.codec_context.codec_tag
        stream.set_display_matrix(matrix)
        for part in parts:
            with _opened(part) as source:
                if _manner(source.streams.video[0]) != _manner(first):
                    message = f"{part.name} was encoded in another way than {parts[0].name}"
                    raise StageOutputError(message)
                for packet, pts in _packets(source):
                    packet.stream = stream
                    packet.dts = int(schedule.decoded[position])
                    packet.duration = schedule.duration(pts)
                    container.mux(packet)
                    position += 1


def _schedule(parts: Sequence[Path]) -> _Schedule:
    """Work out the times of decoding from those of showing, as if one encoder had written it all.

    Each part counts its own from before its first frame on, which falls into the part before.
    """
    order: list[int] = []
    latest = end = None
    for part in parts:
        with _opened(part) as source:
            own: list[int] = []
            for packet, pts in _packets(source):
                if not own and not packet.is_keyframe:
                    message = f"{part.name} does not begin with a keyframe"
                    raise StageOutputError(message)
                own.append(pts)
            if not own or (latest is not None and min(own) <= latest):
                message = f"{part.name} does not follow the part before it"
                raise StageOutputError(message)
            order += own
            latest = max(own)
            stream = source.streams.video[0]
            end = (stream.start_time or 0) + (stream.duration or 0)
    decoding = np.array(order, np.int64)
    shown = np.sort(decoding)
    # A frame is decoded no later than it is shown: the least delay that grants that to all.
    delay = int(np.max(np.arange(len(shown)) - np.searchsorted(shown, decoding)))
    lead_in = shown[:delay] - (shown[delay] - shown[0])
    return _Schedule(shown, np.concatenate([lead_in, shown[: len(shown) - delay]]), end or int(shown[-1]) + 1)


@contextlib.contextmanager
def _opened(part: Path) -> Iterator[InputContainer]:
    import av

    with av.open(file_url(part), format="mp4", options={"protocol_whitelist": "file"}) as container:
        yield container


def _manner(stream: VideoStream) -> tuple[Any, ...]:
    """Return what must be the same for one decoder to take both streams as one."""
    return stream.codec_context.extradata, stream.time_base, stream.width, stream.height


def _packets(source: InputContainer) -> Iterator[tuple[Packet[VideoStream], int]]:
    """Yield each packet with the time at which it is shown."""
    for packet in source.demux(source.streams.video[0]):
        if packet.size and packet.pts is not None:
            yield packet, packet.pts


def _display_matrix(part: Path) -> Sequence[int] | None:
    """Return how a part is turned, which FFmpeg hands over with its frames."""
    from av.sidedata.sidedata import Type

    with _opened(part) as source:
        frame = next(source.decode(source.streams.video[0]))
        matrix: Any = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
        return None if matrix is None else [int(number) for number in np.frombuffer(matrix, np.int32)]
