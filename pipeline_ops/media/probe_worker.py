"""The process that opens a stranger's file with PyAV, under limits of memory and CPU, and prints what it has.

Run as `python -m pipeline_ops.media.probe_worker FILE MAX_PIXELS`; prints `MediaContents` as JSON, or `null`
where the file cannot be read. Its caller sets the limit of time (see `probe.py`).
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import resource
import statistics
import sys
from array import array
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_ops.media.ffmpeg import CONTAINERS, file_url
from pipeline_ops.media.probe import AudioTrack, MediaContents, SubtitleTrack, VideoTrack

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet

MEMORY_LIMIT_BYTES = 3 * 2**30  # a 4096x2176 10-bit HEVC frame with its references takes 0.6 GiB
CPU_LIMIT_S = 90
DECODING_ATTEMPTS = 300  # packets without one frame: ten seconds of picture that nobody can see
MAX_AUDIO_TRACKS = 16
FRAME_TOLERANCE = 0.25  # a 30 fps frame in a clock of 1 ms lasts 33 or 34 ms; a dropped frame doubles one
BACKWARD_JUMP_S = 1.0  # timestamps that start over: two recordings glued together
# A header that promises this much more than is there belongs to a file cut short.
MISSING_SHARE = 0.02
MISSING_S = 0.25


class UnreadableError(Exception):
    """The file opens but cannot be used."""


@dataclass
class _Measured:
    """What the packets of one stream say; times in seconds of the file's own clock."""

    times_s: array[float] = field(default_factory=lambda: array("d"))
    end_s: float = float("-inf")
    latest_s: float = float("-inf")
    attempts: int = 0
    frame: Any = None

    def add(self, packet: Packet[Any]) -> None:
        """Count one packet."""
        time = packet.pts if packet.pts is not None else packet.dts
        if time is None or packet.time_base is None:
            return
        base = float(packet.time_base)
        decoding_s = (packet.dts if packet.dts is not None else time) * base
        if decoding_s < self.latest_s - BACKWARD_JUMP_S:
            message = f"time runs backwards at {self.latest_s:.3f} s"
            raise UnreadableError(message)
        self.latest_s = max(self.latest_s, decoding_s)
        if packet.is_discard:  # decoded but not shown: before an edit's start, or a codec's priming
            return
        start_s = time * base
        self.times_s.append(start_s)
        self.end_s = max(self.end_s, start_s + (packet.duration or 0) * base)


def main() -> None:
    """Read the file named on the command line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write but its pipe
    import av

    av.logging.set_level(None)  # a damaged file makes a line a packet
    path, max_pixels = Path(sys.argv[1]), int(sys.argv[2])
    try:
        contents = read(path, max_pixels)
    except (av.FFmpegError, UnreadableError, MemoryError) as error:
        sys.stderr.write(f"{error!r}\n")
        contents = None
    sys.stdout.write(json.dumps(contents and dataclasses.asdict(contents)))


def read(path: Path, max_pixels: int) -> MediaContents:
    """Open a file, decode the first frame of each stream and read the times of all packets.

    Raises:
        UnreadableError: no picture can be decoded, or the timestamps make no sense.
        av.FFmpegError: the file cannot be opened.
    """
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
    with av.open(file_url(path), options=options, metadata_errors="replace") as container:
        video = _choose_video(container)
        audio = container.streams.audio[:MAX_AUDIO_TRACKS]
        origin_s = (container.start_time or 0) / av.time_base
        declared_end_s = container.duration / av.time_base if container.duration else None
        contents = MediaContents(
            container=container.format.name,
            origin_s=origin_s,
            declared_end_s=declared_end_s,
            complete=True,
            video=None,
            audio=(),
            subtitles=tuple(
                SubtitleTrack(
                    stream.index, _codec_name(stream), _is_default(stream), _language(stream.metadata)
                )
                for stream in container.streams.subtitles
            ),
            created_at=_created_at(container.metadata),
            writing_application=_printable(container.metadata.get("encoder")),
        )
        if video is not None and _pixels(video) > max_pixels:
            return dataclasses.replace(contents, too_many_pixels=(video.width, video.height))
        measured, whole = _read_packets(container, [*([video] if video else []), *audio])
        if video is not None and _frame_pixels(measured[video.index].frame) > max_pixels:
            frame = measured[video.index].frame
            return dataclasses.replace(contents, too_many_pixels=(frame.width, frame.height))
        video_track = _video_track(video, measured[video.index], origin_s) if video is not None else None
        audio_tracks = tuple(
            _audio_track(stream, measured[stream.index], origin_s)
            for stream in audio
            if measured[stream.index].times_s
        )
        ends_s = [track.end_s for track in (video_track, *audio_tracks) if track]
        promised_s = (1 - MISSING_SHARE) * (declared_end_s or 0.0) - MISSING_S
        return dataclasses.replace(
            contents,
            complete=whole and max(ends_s, default=0.0) >= promised_s,
            video=video_track,
            audio=audio_tracks,
        )


def _choose_video(container: InputContainer) -> Any:
    """Return the stream that is the picture: not a cover, the default one, the largest."""
    from av.stream import Disposition

    moving = [
        stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic
    ]
    return max(moving, key=lambda stream: (_is_default(stream), _pixels(stream), -stream.index), default=None)


def _pixels(stream: Any) -> int:
    return stream.width * stream.height if stream.codec_context is not None else 0


def _frame_pixels(frame: Any) -> int:
    return frame.width * frame.height if frame is not None else 0


def _is_default(stream: Any) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.default)


def _codec_name(stream: Any) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown"


def _read_packets(container: InputContainer, streams: list[Any]) -> tuple[dict[int, _Measured], bool]:
    """Measure every packet of `streams`; False beside it where reading stopped before the end."""
    import av

    measured = {stream.index: _Measured() for stream in streams}
    if not streams:
        return measured, True  # asked for no stream in particular, PyAV reads all of them
    for stream in streams:
        if stream.codec_context is not None:
            stream.codec_context.thread_count = 1
    try:
        for packet in container.demux(streams):
            one = measured[packet.stream_index]
            if packet.size:
                one.add(packet)
            _decode_first(packet, one)  # an empty packet at the end asks for what the decoder still holds
    except av.FFmpegError:
        return measured, False
    return measured, True


def _decode_first(packet: Packet[Any], measured: _Measured) -> None:
    """Decode packets until one gives a frame or patience ends."""
    import av

    if measured.frame is not None or measured.attempts >= DECODING_ATTEMPTS:
        return
    if packet.stream.codec_context is None:
        return
    measured.attempts += 1
    try:
        frames = packet.decode()
    except av.FFmpegError:
        return  # a damaged packet; the next may be whole
    if frames:
        measured.frame = frames[0]


def _video_track(stream: Any, measured: _Measured, origin_s: float) -> VideoTrack:
    if measured.frame is None or not measured.times_s:
        message = "no frame of the picture can be decoded"
        raise UnreadableError(message)
    times_s = sorted(measured.times_s)
    intervals_s = [later - earlier for earlier, later in itertools.pairwise(times_s)]
    frame_s = statistics.median(intervals_s) if intervals_s else measured.end_s - times_s[0]
    if frame_s <= 0:
        message = "the frames carry no times"
        raise UnreadableError(message)
    end_s = max(measured.end_s, times_s[-1] + (frame_s if measured.end_s <= times_s[-1] else 0.0))
    tick_s = float(stream.time_base)
    tolerance_s = FRAME_TOLERANCE * frame_s + tick_s
    span_s = times_s[-1] - times_s[0]
    usual_s = [interval_s for interval_s in intervals_s if abs(interval_s - frame_s) <= tolerance_s]
    nominal_s = (
        statistics.fmean(usual_s) if usual_s else frame_s
    )  # the median alone is bound to the clock's ticks
    context = stream.codec_context
    frame = measured.frame
    return VideoTrack(
        index=stream.index,
        codec=_codec_name(stream),
        width_px=frame.width,
        height_px=frame.height,
        rotation_deg=round(-frame.rotation / 90) * 90 % 360,  # FFmpeg counts counter-clockwise
        pixel_aspect_ratio=float(context.sample_aspect_ratio or 1) or 1.0,
        average_frame_rate_hz=len(intervals_s) / span_s if span_s > 0 else 1.0 / nominal_s,
        nominal_frame_rate_hz=round(1.0 / nominal_s, 6),
        variable_frame_rate=len(usual_s) < len(intervals_s),
        frame_count=len(times_s),
        start_s=times_s[0] - origin_s,
        end_s=end_s - origin_s,
        pixel_format=frame.format.name,
        colour_range=int(context.color_range),
        colour_primaries=int(context.color_primaries),
        colour_transfer=int(context.color_trc),
        colour_space=int(context.colorspace),
    )


def _audio_track(stream: Any, measured: _Measured, origin_s: float) -> AudioTrack:
    context = stream.codec_context
    frame = measured.frame
    first_s = min(measured.times_s)
    if stream.start_time is not None:
        # The demuxer knows how many samples of the first packet are a codec's priming.
        declared_s = float(stream.start_time * stream.time_base)
        first_s = declared_s if first_s <= declared_s <= measured.end_s else first_s
    return AudioTrack(
        index=stream.index,
        codec=_codec_name(stream),
        channels=frame.layout.nb_channels if frame is not None else 0,
        layout=frame.layout.name if frame is not None else "unknown",
        sample_rate_hz=frame.sample_rate if frame is not None else getattr(context, "sample_rate", 0),
        start_s=first_s - origin_s,
        end_s=measured.end_s - origin_s,
        decodable=frame is not None,
        default=_is_default(stream),
        language=_language(stream.metadata),
    )


def _language(metadata: dict[str, str]) -> str | None:
    """Return a stream's language tag where it looks like one and says something."""
    tag = metadata.get("language", "").lower()
    return tag if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", tag) and tag != "und" else None


def _created_at(metadata: dict[str, str]) -> str | None:
    text = metadata.get("creation_time", "")
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _printable(text: str | None, limit: int = 100) -> str | None:
    kept = "".join(character for character in text or "" if character.isprintable())[:limit]
    return kept or None


if __name__ == "__main__":
    main()
