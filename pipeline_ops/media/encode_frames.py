"""Encodes frames into an MP4 without sound that has the times, shape, turn and colours of its source.

The picture is written on the presentation's timeline: a source whose picture starts 33 ms after its sound
gives a file whose first frame is shown at 33 ms. Whoever puts sound to it must keep the file's own
timestamps. Not carried over: closed captions within the picture, mastering metadata of HDR, and the order of
fields of interlaced footage, which keeps its pixels but is no longer marked.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline_ops.errors import MediaToolError, StageOutputError
from pipeline_ops.media.ffmpeg import file_url
from pipeline_ops.media.planar import PlanarFormat, new_picture, plain_format, plane_of, to_planar
from pipeline_ops.media.x264_determinism import x264_options

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    from pipeline_ops.media.frame import Frame, FrameFormat
    from pipeline_ops.media.probe import MediaInfo, VideoTrack

KEYFRAME_INTERVAL_S = 2.0  # players seek to keyframes; streaming cuts at them

ENCODER_THREADS = 2
"""Fixed, because it changes the bytes. One would do where two processes share a video; but a video of one
shot has one process, and with two the encoder works while the next frame is drawn."""

MAX_TIMESCALE = 1_000_000
"""Ticks a second that a file may have. MP4 counts a frame's length in 32 bits of them; finer clocks, which
odd Matroska files have, are rounded to the microsecond."""

REORDERED_FRAMES = 2
"""How far before its place in the order of showing a frame may be decoded: both encoders build pyramids of
B-frames two levels high."""

MAX_HINTED_RATE_HZ = 240  # frame rates only advise the encoder; a hostile file may claim any
_MAX_ASPECT_TERM = 65535  # H.264 and HEVC write a pixel's shape as two numbers of 16 bits
_EIGHT_BITS = 8
_SAMPLINGS = {"420": "420", "422": "422", "444": "444", "411": "422", "410": "420", "440": "444"}
"""Chroma layouts that the encoders know, and for each other one the nearest that holds it."""


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """An encoder of FFmpeg's, the name by which players know its streams, and its options."""

    codec: str
    tag: str
    options: dict[str, str]


H264 = EncoderSettings(
    codec="libx264",
    tag="avc1",
    options={"preset": "veryfast", "crf": "17", "forced-idr": "1", "a53cc": "0"},
)
"""For 8 bits. At 1080x1920 (a talking head in HEVC) encoding takes 27 ms of CPU a frame and decoding 7: two
cores that do 15 frames a second keep three quarters of their time for other work. Preset superfast takes
20 ms and twice the bytes, faster 48 ms and no fewer bytes. CRF 17 is 47 dB of luma PSNR there."""

HEVC = EncoderSettings(
    codec="libx265",
    tag="hvc1",  # under which Apple's players take HEVC
    options={
        "preset": "ultrafast",
        "crf": "16",
        "forced-idr": "1",
        "a53cc": "0",
        "x265-params": f"log-level=none:open-gop=0:pools={ENCODER_THREADS}:frame-threads=1",
    },
)
"""For more than 8 bits, of which 10 are kept: phones play no other encoding of them. 61 ms of CPU a frame at
1080x1920 and 48 dB; the next slower preset takes 100 ms."""


def encoder_of(planar: PlanarFormat) -> tuple[EncoderSettings, PlanarFormat]:
    """Return what encodes pictures of a layout, and the layout in which it takes them."""
    sampling = _SAMPLINGS[planar.sampling]
    if planar.bits > _EIGHT_BITS:
        return HEVC, plain_format(sampling, 10)
    settings = replace(H264, options={**H264.options, **x264_options()})
    return settings, planar if sampling == planar.sampling else plain_format(sampling, _EIGHT_BITS)


def open_mp4(path: Path, timescale: int) -> OutputContainer:
    """Open an MP4 for writing, with times in that many ticks a second and neither dates nor versions."""
    import av

    options = {
        "movie_timescale": str(timescale),  # of the edit that says when the picture starts
        "video_track_timescale": str(timescale),
        "fflags": "+bitexact",
    }
    return av.open(file_url(path), "w", format="mp4", container_options=options)


class FrameEncoder:
    """Writes frames of one video, in order, into one MP4.

    It writes to a temporary name beside `path` and renames when the `with` block ends well; when it ends with
    an error nothing is left. The same frames give the same bytes.
    """

    def __init__(self, path: Path, *, media: MediaInfo, time_base: Fraction) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.partial")
        self._media = media
        self._source_time_base = time_base
        self._time_base = Fraction(1, min(time_base.denominator, MAX_TIMESCALE))
        self._container = open_mp4(self._partial, self._time_base.denominator)
        self._stream: _PictureStream | None = None
        self._last_pts: int | None = None
        self._next_keyframe_s = float("-inf")
        self.frames = 0

    def write(self, frame: Frame) -> None:
        """Append a frame.

        Raises:
            StageOutputError: it does not follow the one before, or has another format.
            MediaToolError: the encoder refuses it.
        """
        import av

        pts = self._ticks(frame.pts)
        keyframe = frame.time_s >= self._next_keyframe_s
        try:
            if self._stream is None:
                self._stream = _PictureStream(self._container, self._media, frame.format, self._time_base)
            if frame.format != self._stream.format or (self._last_pts is not None and pts <= self._last_pts):
                message = f"Frame {frame.index} of {self._path.name} does not continue the frames before it"
                raise StageOutputError(message)
            duration = self._ticks(frame.pts + frame.duration_ticks) - pts
            self._stream.encode(frame.picture, pts, duration, keyframe=keyframe)
        except av.FFmpegError as error:
            raise self._refused(error) from error
        if keyframe:
            self._next_keyframe_s = frame.time_s + KEYFRAME_INTERVAL_S
        self._last_pts = pts
        self.frames += 1

    def __enter__(self) -> FrameEncoder:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._finish(complete=kind is None)
        finally:
            self._partial.unlink(missing_ok=True)

    def _finish(self, *, complete: bool) -> None:
        import av

        if complete and self._stream is None:
            message = f"{self._path.name} was to hold frames and got none"
            raise StageOutputError(message)
        try:
            if complete and self._stream is not None:
                self._stream.flush()
            self._container.close()
        except av.FFmpegError as error:
            raise self._refused(error) from error
        if complete:
            self._partial.replace(self._path)

    def _refused(self, error: Exception) -> MediaToolError:
        message = f"The encoder refused frame {self.frames} of {self._path.name}: {error}"
        return MediaToolError(message)

    def _ticks(self, source_ticks: int) -> int:
        return round(source_ticks * self._source_time_base / self._time_base)


class _PictureStream:
    """The one stream of a file that is written, set up as its source is."""

    def __init__(
        self, container: OutputContainer, media: MediaInfo, form: FrameFormat, time_base: Fraction
    ) -> None:
        from av.video.reformatter import VideoReformatter

        self.format = form
        self._settings, self._planar = encoder_of(form.planar)
        self._container = container
        self._time_base = time_base
        self._reformatter = VideoReformatter()
        self._stream = self._add_stream(media.video)
        self._decoding_times: deque[int] = deque()
        self._durations: dict[int, int] = {}
        self._started = False

    def encode(self, picture: VideoFrame, pts: int, duration: int, *, keyframe: bool) -> None:
        """Encode a picture that is shown from `pts` on for `duration`, in ticks of the file."""
        from av.video.frame import PictureType

        encodable = self._encodable(picture)
        # What a decoder left there would make the encoder choose as the source's encoder did.
        encodable.pict_type = PictureType.I if keyframe else PictureType.NONE
        encodable.pts, encodable.time_base = pts, self._time_base
        if not self._started:
            self._started = True
            # Times of decoding are counted here as x264 counts them: x265's mean nothing in a stream of
            # fewer frames than it reorders.
            early = range(REORDERED_FRAMES, 0, -1)
            self._decoding_times.extend(pts - frames * max(1, duration) for frames in early)
        self._decoding_times.append(pts)
        self._durations[pts] = duration
        self._write(self._stream.encode(encodable))

    def flush(self) -> None:
        """Write what the encoder still holds."""
        self._write(self._stream.encode())

    def _write(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            if packet.pts is not None:
                packet.dts = self._decoding_times.popleft()
                packet.duration = self._durations.pop(packet.pts)
            self._container.mux(packet)

    def _add_stream(self, video: VideoTrack) -> VideoStream:
        from av.video.stream import VideoStream

        rate_hz = min(max(1.0, video.nominal_frame_rate_hz), MAX_HINTED_RATE_HZ)
        stream = self._container.add_stream(
            self._settings.codec,
            rate=Fraction(rate_hz).limit_denominator(1001),
            options=self._settings.options,
            time_base=self._time_base,
        )
        if not isinstance(stream, VideoStream):
            message = f"{self._settings.codec} encodes no video"
            raise MediaToolError(message)
        context = stream.codec_context
        context.width, context.height = self._padded_size
        context.pix_fmt = self._planar.name
        context.codec_tag = self._settings.tag
        context.thread_count = ENCODER_THREADS
        context.gop_size = round(MAX_HINTED_RATE_HZ * KEYFRAME_INTERVAL_S)  # keyframes come by time instead
        context.sample_aspect_ratio = Fraction(video.pixel_aspect_ratio).limit_denominator(_MAX_ASPECT_TERM)
        context.color_primaries = video.colour_primaries
        context.color_trc = video.colour_transfer
        context.colorspace = self.format.colour.declared_matrix
        context.color_range = self.format.colour.declared_range
        stream.set_display_matrix(self.format.orientation.matrix)
        return stream

    @property
    def _padded_size(self) -> tuple[int, int]:
        """Width and height made whole multiples of what a chroma sample covers, as `mux` does."""
        step_x, step_y = 1 << self._planar.chroma_shift_x, 1 << self._planar.chroma_shift_y
        width_px, height_px = self.format.width_px, self.format.height_px
        return width_px + -width_px % step_x, height_px + -height_px % step_y

    def _encodable(self, picture: VideoFrame) -> VideoFrame:
        """Return a picture in the encoder's layout and of a size that it takes."""
        planar = self._planar
        laid_out = to_planar(picture, planar, self.format.colour, self._reformatter)
        if (laid_out.width, laid_out.height) == self._padded_size:
            return laid_out
        padded = new_picture(*self._padded_size, planar)
        for index in range(3):
            target, plane = plane_of(padded, index, planar), plane_of(laid_out, index, planar)
            beyond = [(0, size - own) for size, own in zip(target.shape, plane.shape, strict=True)]
            target[:] = np.pad(plane, beyond, mode="edge")
        return padded
