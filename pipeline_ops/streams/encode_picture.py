"""Encodes one rung of the ladder: the picture upright, in 8 bits of 4:2:0, keyframes where segments begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_ops.errors import MediaToolError, StageOutputError
from pipeline_ops.media.colour import FULL_RANGE, LIMITED_RANGE, colour_coding_of
from pipeline_ops.media.encode_frames import (
    ENCODER_THREADS,
    MAX_HINTED_RATE_HZ,
    open_mp4,
)
from pipeline_ops.media.planar import is_rgb, new_picture, plain_format, plane_of
from pipeline_ops.media.x264_determinism import x264_options
from pipeline_ops.streams.description import Colour
from pipeline_ops.streams.timeline import TIMESCALE_HZ, Schedule, on_schedule

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.stream import VideoStream

    from pipeline_ops.media.frame import Frame
    from pipeline_ops.media.probe import MediaInfo
    from pipeline_ops.streams.ladder import Rung

PLANAR = plain_format("420", 8)
DECODING_DELAY = TIMESCALE_HZ // 15
"""How long after its decoding a segment's first frame is shown, in ticks: two frames at 30 Hz, as far as x264
reorders. Any other length would do as well; one for all renditions keeps them alike."""
BUFFER_S = 1.5
"""How long a stretch may take more than `most_bits_per_s` by turns: players hold more than that."""
_MAX_ASPECT_TERM = 255  # H.264 has 16 bits, but the shapes in use (64:45, 40:33) need no more than these
_NEVER = "100000"  # frames between keyframes that nobody asked for


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """How a rung is encoded.

    Attributes:
        rung: Its size and its most bits.
        rate_factor: CRF of x264.
        preset: Of x264: how long it looks for ways to save bits.
    """

    rung: Rung
    rate_factor: float
    preset: str


class RungScaler:
    """Makes pictures of a rung's size from a source's frames."""

    def __init__(self, rung: Rung) -> None:
        from av.video.reformatter import VideoReformatter

        self._rung = rung
        self._reformatter = VideoReformatter()

    def picture(self, frame: Frame) -> VideoFrame:
        """Return a frame upright and scaled, its colours coded by the source's matrix and range.

        Bicubic, which FFmpeg widens to an average when it makes pictures smaller.
        """
        from av.video.reformatter import Interpolation

        orientation, colour = frame.format.orientation, frame.format.colour
        size = (self._rung.width_px, self._rung.height_px)
        width_px, height_px = size[::-1] if orientation.transposed else size
        scaled = self._reformatter.reformat(
            frame.picture,
            width=width_px,
            height=height_px,
            format=PLANAR.name,
            src_colorspace=colour.scaler_matrix,
            dst_colorspace=colour.scaler_matrix,
            src_color_range=colour.scaler_range,
            dst_color_range=colour.scaler_range,
            interpolation=Interpolation.BICUBIC,
            threads=1,
        )
        # A picture of its own: the encoder keeps it, and the decoder may predict from the one it was made of.
        upright = new_picture(*size, PLANAR)
        for index in range(3):
            plane_of(upright, index, PLANAR)[:] = orientation.upright(plane_of(scaled, index, PLANAR))
        return upright


def encode_picture(
    frames: Iterable[Frame],
    schedule: Schedule,
    output: Path,
    *,
    media: MediaInfo,
    settings: PictureSettings,
) -> None:
    """Write a picture as MP4 with one H.264 stream.

    The same frames give the same bytes. Memory holds the encoder's few frames, whatever the length.

    Args:
        frames: Of the source, in order.
        schedule: When each is shown.
        output: Written whole or not at all.
        media: What the source holds.
        settings: How to encode.

    Raises:
        StageOutputError: there are no frames.
        MediaToolError: the encoder refuses them.
    """
    import av
    from av.video.frame import PictureType

    partial = output.with_name(f"partial-{output.name}")
    scaler = RungScaler(settings.rung)
    stream: VideoStream | None = None
    try:
        with open_mp4(partial, TIMESCALE_HZ) as container:
            segments = _SegmentWriter(container, schedule.end_tick)
            for position, frame in on_schedule(frames, schedule):
                stream = stream or _add_stream(container, media, settings)
                picture = scaler.picture(frame)
                picture.pict_type = PictureType.I if schedule.keyframes[position] else PictureType.NONE
                picture.pts, picture.time_base = int(schedule.ticks[position]), Fraction(1, TIMESCALE_HZ)
                segments.add(stream.encode(picture))
            if stream is None:
                message = f"{output.name} was to hold frames and got none"
                raise StageOutputError(message)
            segments.add(stream.encode(None))
            segments.finish()
    except av.FFmpegError as error:
        message = f"The encoder refused the picture of {output.name}: {error}"
        raise MediaToolError(message) from error
    partial.replace(output)


class _SegmentWriter:
    """Writes packets a segment at a time, with times of decoding that begin anew in each."""

    def __init__(self, container: Any, end_tick: int) -> None:
        self._container, self._end_tick = container, end_tick
        self._waiting: list[Any] = []

    def add(self, packets: list[Any]) -> None:
        """Take packets in the order of decoding."""
        for packet in packets:
            if packet.is_keyframe and self._waiting:
                self._write(packet.pts)
            self._waiting.append(packet)

    def finish(self) -> None:
        """Write what waits."""
        self._write(self._end_tick)

    def _write(self, end_tick: int) -> None:
        times = decoding_times([packet.pts for packet in self._waiting])
        ends = [*times[1:], end_tick]
        for packet, time, end in zip(self._waiting, times, ends, strict=True):
            packet.dts, packet.duration = time - DECODING_DELAY, end - time
            self._container.mux(packet)
        self._waiting.clear()


def decoding_times(shown: Sequence[int]) -> list[int]:
    """Return when each frame of a segment is decoded, for frames shown `DECODING_DELAY` after their time.

    The first is decoded when the segment begins, whatever the times of frames: so segments lie as close in
    decoding as in showing, and indices, which count durations of decoding, tell when each is shown.

    Args:
        shown: When each frame is shown, in the order of decoding; the first is the earliest. Fewer than
            `DECODING_DELAY`.

    Returns:
        Strictly increasing, none later than its frame is shown.
    """
    times = sorted(shown)
    limit = times[-1] + DECODING_DELAY
    for place in reversed(range(len(times))):
        limit = min(times[place], shown[place] + DECODING_DELAY, limit - 1)
        times[place] = limit
    return times


def declared_colour(media: MediaInfo) -> Colour:
    """Return how renditions say that their numbers are read: as the source's.

    The matrix is always stated, also where the source leaves it to the player's guess: players guess by the
    size, and a small rendition of a large source would change its colours.
    """
    video = media.video
    coding = colour_coding_of(video, is_rgb=is_rgb(video.pixel_format))
    return Colour(video.colour_primaries, video.colour_transfer, coding.matrix, coding.full_range)


def pixel_aspect(media: MediaInfo) -> Fraction:
    """Return width over height of one upright pixel, in terms that H.264 can write."""
    coded = Fraction(media.video.pixel_aspect_ratio).limit_denominator(_MAX_ASPECT_TERM) or Fraction(1)
    return coded if media.video.rotation_deg in (0, 180) else 1 / coded


def _add_stream(container: Any, media: MediaInfo, settings: PictureSettings) -> VideoStream:
    rung = settings.rung
    rate_hz = min(max(1.0, media.video.nominal_frame_rate_hz), MAX_HINTED_RATE_HZ)
    # Cuts get intra frames that are no keyframes: segments begin where the grid says, and nowhere else.
    private = {"keyint": "infinite", "min-keyint": _NEVER, "open-gop": "0"}
    private |= dict(pair.split("=") for pair in x264_options().values())
    options = {
        "preset": settings.preset,
        "crf": f"{settings.rate_factor:g}",
        "maxrate": str(rung.most_bits_per_s),
        "bufsize": str(round(BUFFER_S * rung.most_bits_per_s)),
        "forced-idr": "1",
        "a53cc": "0",
        "x264-params": ":".join(f"{name}={value}" for name, value in private.items()),
    }
    stream: VideoStream = container.add_stream(
        "libx264",
        rate=Fraction(rate_hz).limit_denominator(1001),
        options=options,
        time_base=Fraction(1, TIMESCALE_HZ),
    )
    context = stream.codec_context
    context.width, context.height = rung.width_px, rung.height_px
    context.pix_fmt = PLANAR.name
    context.codec_tag = "avc1"
    context.thread_count = ENCODER_THREADS
    context.sample_aspect_ratio = pixel_aspect(media)
    colour = declared_colour(media)
    context.color_primaries, context.color_trc = colour.primaries, colour.transfer
    context.colorspace = colour.matrix
    context.color_range = FULL_RANGE if colour.full_range else LIMITED_RANGE
    return stream


def codec_string(header: bytes) -> str:
    """Return a packaged H.264 stream's codec by RFC 6381, from its decoder configuration (ISO/IEC 14496-15).

    Raises:
        StageOutputError: the header holds none.
    """
    place = header.find(b"avcC")
    if place < 0:
        message = "a packaged picture says nothing of its codec"
        raise StageOutputError(message)
    return f"avc1.{header[place + 5 : place + 8].hex()}"
