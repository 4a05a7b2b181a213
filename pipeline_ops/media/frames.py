"""The frames of a creator's file, decoded one by one: a bounded stream, of which nothing is kept.

A file is cut between processes by giving each a range of indices; the decoder starts at the keyframe before.
A frame that cannot be decoded is shown as a player shows it, as the one before it, so that every index comes
exactly once and the result has as many frames as its source.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_ops.errors import MediaToolError
from pipeline_ops.media.frame import Frame, FrameFormat, frame_format_of
from pipeline_ops.media.frame_times import FrameTimes, open_picture
from pipeline_ops.media.planar import to_planar

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    from pipeline_ops.media.probe import MediaInfo

SEEKABLE = ("mp4", "matroska")
"""Containers whose index leads to a keyframe and whose packets carry the times of showing. In any other,
decoding starts at the beginning, so that many ranges of a long broadcast cost as many times its start."""

ORDERED_ONLY = ("avi",)
"""Containers that store the order of decoding only. Times are then right as a set but sit on wrong frames,
while a decoder gives frames in the order of showing."""

MAX_SILENT_PACKETS = 300  # as `probe_worker`: ten seconds of picture that nobody can see
MAX_MISSING_FRAMES = 15  # half a second of a picture that stands still
MAX_GROWTH = 2  # a decoder refuses a picture midway that is larger than this; it pads sizes for itself
MAX_PADDING_PX = 2**20  # by which it may do so where the picture is small


def is_seekable(media: MediaInfo) -> bool:
    """Return whether decoding can begin near any frame; else every range is decoded from the beginning."""
    return any(name in media.container for name in SEEKABLE)


def read_frames(
    path: Path,
    media: MediaInfo,
    times: FrameTimes,
    *,
    first: int = 0,
    last: int | None = None,
    threads: int = 1,
) -> Iterator[Frame]:
    """Yield the frames `first` to `last` (not included), each exactly once, in order.

    A frame of an undamaged file is the same wherever the range begins and however many threads decode it.

    Args:
        path: The creator's file.
        media: What it holds.
        times: When its frames are shown (`read_frame_times`).
        first: Index of the first frame.
        last: Index after the last; None for all that follow.
        threads: Of the decoder. Each holds a frame of its own.

    Raises:
        MediaToolError: the file cannot be opened; its picture changes size or pixel format midway; too much
            of it cannot be decoded.
    """
    last = len(times) if last is None else last
    if not 0 <= first <= last <= len(times):
        message = f"there are frames 0 to {len(times)}, not {first} to {last}"
        raise ValueError(message)
    if first == last:
        return
    reader = _Reader(path, media, times, threads)
    held: VideoFrame | None = None
    expected = first
    for index, picture in itertools.chain(reader.pictures_from(first), [(last, None)]):
        upcoming = min(index, last)
        if expected < upcoming:
            shown = reader.bridge(held or picture, expected, upcoming)
            for missing in range(expected, upcoming):
                yield reader.frame(missing, shown)
            expected = upcoming
        held = picture
        if picture is not None and index == expected < last:
            yield reader.frame(index, picture)
            expected += 1
        if expected == last:
            return


class _Reader:
    """Decodes one range of one file."""

    def __init__(self, path: Path, media: MediaInfo, times: FrameTimes, threads: int) -> None:
        from av.video.reformatter import VideoReformatter

        self._path = path
        self._media = media
        self._times = times
        self._threads = threads
        self._reformatter = VideoReformatter()
        self._format: FrameFormat | None = None

    def pictures_from(self, first: int) -> Iterator[tuple[int, VideoFrame]]:
        """Yield decoded pictures with their indices, increasing, beginning at `first` or before it."""
        import av

        for start_pts in self._starts(first):
            with open_picture(self._path, self._media) as (container, stream):
                self._configure(stream)
                if start_pts is not None:
                    try:
                        container.seek(start_pts, stream=stream)
                    except av.FFmpegError:
                        continue  # no index here; from an earlier point, then
                numbered = self._numbered(container, stream, sought=start_pts is not None)
                opening = next(numbered, None)
                # A keyframe may turn out to be none, or a seek to end after it.
                if start_pts is None or (opening is not None and opening[0] <= first):
                    yield from itertools.chain([opening] if opening else [], numbered)
                    return

    def frame(self, index: int, picture: VideoFrame) -> Frame:
        """Return a picture as the frame of that index, its planes laid out."""
        if self._format is None:
            self._format = frame_format_of(picture, self._media)
        form, times = self._format, self._times
        pts = int(times.ticks[index])
        return Frame(
            index=index,
            time_s=float(pts * times.time_base),
            pts=pts,
            duration_ticks=times.duration_ticks(index),
            picture=to_planar(picture, form.planar, form.colour, self._reformatter),
            format=form,
        )

    def bridge(self, picture: VideoFrame | None, start: int, end: int) -> VideoFrame:
        """Return what is shown where the frames from `start` to `end` could not be decoded.

        Raises:
            MediaToolError: there is nothing to show, or it would stand still for too long.
        """
        if picture is None or end - start > MAX_MISSING_FRAMES:
            message = (
                f"{end - start} frames of {self._path.name}, from {self._times.times_s[start]:.3f} s on, do "
                "not decode: the picture is too damaged to be changed. Keep it as it is."
            )
            raise MediaToolError(message)
        return picture

    def _starts(self, first: int) -> list[int | None]:
        """Return where to begin decoding for that frame, the best first; None is the file's beginning."""
        if first == 0 or not is_seekable(self._media):
            return [None]
        times = self._times
        count = int(np.searchsorted(times.keyframe_pts, times.file_pts[first], side="right"))
        return [*(int(pts) for pts in times.keyframe_pts[max(0, count - 2) : count][::-1]), None]

    def _configure(self, stream: VideoStream) -> None:
        video, context = self._media.video, stream.codec_context
        context.thread_count = self._threads
        largest_px = MAX_GROWTH * video.width_px * video.height_px + MAX_PADDING_PX
        context.options = {"max_pixels": str(largest_px)}
        if video.codec == "h264":
            # Where a stream does not say how far its frames are reordered, wait as long as its level allows
            # instead of guessing, and now and then giving two frames in the wrong order.
            context.options = {**context.options, "strict": "strict"}

    def _numbered(
        self, container: InputContainer, stream: VideoStream, *, sought: bool
    ) -> Iterator[tuple[int, VideoFrame]]:
        """Yield decoded pictures with their indices; what is shown at no counted time is left out."""
        file_pts = self._times.file_pts
        by_order = any(name in self._media.container for name in ORDERED_ONLY)
        following = 0
        for picture in self._decode(container, stream):
            self._check_same_format(picture)
            index = following
            if not by_order and picture.pts is not None:
                index = max(following, int(np.searchsorted(file_pts, picture.pts)))
                if index == len(file_pts) or file_pts[index] != picture.pts:
                    continue
            elif sought:
                return
            if index == len(file_pts):
                return
            yield index, picture
            following = index + 1

    def _decode(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        import av

        silent = 0
        for packet in self._packets(container, stream):
            try:
                pictures = packet.decode()
            except MemoryError as error:
                message = f"The decoder of {self._path.name} wants more memory than this process may take."
                raise MediaToolError(message) from error
            except av.FFmpegError:
                pictures = []  # a damaged packet; the next may be whole
            silent = 0 if pictures or packet.is_discard else silent + 1
            if silent > MAX_SILENT_PACKETS:
                message = f"{MAX_SILENT_PACKETS} packets of {self._path.name} in a row gave no picture."
                raise MediaToolError(message)
            yield from pictures

    @staticmethod
    def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
        """Yield all packets, then an empty one, which asks for what the decoder still holds."""
        import av

        try:
            yield from container.demux(stream)
        except av.FFmpegError:  # the file breaks off here, as it did when its frames were counted
            empty: Packet[Any] = av.Packet()
            empty.stream = stream
            yield empty

    def _check_same_format(self, picture: VideoFrame) -> None:
        video = self._media.video
        found = (picture.width, picture.height, picture.format.name)
        if found != (video.width_px, video.height_px, video.pixel_format):
            message = (
                f"The picture of {self._path.name} changes midway from {video.width_px}x{video.height_px} "
                f"{video.pixel_format} to {found[0]}x{found[1]} {found[2]}, which no one stream can hold. "
                "Keep it as it is."
            )
            raise MediaToolError(message)
