"""What a media file holds, measured from its packets rather than believed from its header.

The reading itself happens in `probe_worker.py`, a process of its own with limits of time and memory, so
that no file can hang or exhaust the caller. All times are on the presentation's timeline: time 0 is the
earliest start of any stream, as FFmpeg and players count it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline_ops.artefacts import from_json
from pipeline_ops.errors import MediaToolError, ProcessKilledError
from pipeline_ops.verdicts import rejection

WORKER_TIMEOUT_S = 120.0  # reading 2 GB of packets takes 20 s from a slow disk
_CAUGHT_BY_LIMITS = frozenset(
    {signal.SIGXCPU, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL}
)
"""Signals that the file brings upon its reader; others come from outside."""


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The picture.

    Attributes:
        index: Its stream index in the file.
        codec: As FFmpeg names it.
        width_px: As coded, before rotation.
        height_px: As coded, before rotation.
        rotation_deg: How far a player turns the coded picture clockwise: 0, 90, 180 or 270.
        pixel_aspect_ratio: Width over height of one pixel.
        average_frame_rate_hz: Frames over time.
        nominal_frame_rate_hz: One over the median time between frames.
        variable_frame_rate: Whether any frame lasts over a quarter longer or shorter than the median.
        frame_count: Frames that are shown (those before an edit's start are not counted).
        start_s: When the first frame is shown.
        end_s: When the last frame ends.
        pixel_format: As FFmpeg names it.
        colour_range: Code points of ITU-T H.273, as numbers; 2 means unspecified (range: 0).
        colour_primaries: See `colour_range`.
        colour_transfer: See `colour_range`.
        colour_space: See `colour_range`.
    """

    index: int
    codec: str
    width_px: int
    height_px: int
    rotation_deg: int
    pixel_aspect_ratio: float
    average_frame_rate_hz: float
    nominal_frame_rate_hz: float
    variable_frame_rate: bool
    frame_count: int
    start_s: float
    end_s: float
    pixel_format: str
    colour_range: int
    colour_primaries: int
    colour_transfer: int
    colour_space: int

    @property
    def frame_duration_s(self) -> float:
        """How long a frame usually lasts, in seconds."""
        return 1.0 / self.nominal_frame_rate_hz

    @property
    def display_size_px(self) -> tuple[int, int]:
        """Width and height as shown, after rotation."""
        size = (self.width_px, self.height_px)
        return size if self.rotation_deg in (0, 180) else size[::-1]


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One sound track. `language` is what the file claims (ISO 639), None where it claims nothing."""

    index: int
    codec: str
    channels: int
    layout: str
    sample_rate_hz: int
    start_s: float
    end_s: float
    decodable: bool
    default: bool
    language: str | None


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """One track of timed text."""

    index: int
    codec: str
    default: bool
    language: str | None


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A file that holds a picture and sound.

    Attributes:
        container: FFmpeg's name of the format.
        size_bytes: Of the file.
        origin_s: The file's own clock at time 0 of the presentation.
        duration_s: The end of whichever of picture and chosen sound ends later; what a result must last.
        video: The picture.
        audio: All sound tracks.
        chosen_audio_index: Stream index of the sound that is translated.
        subtitles: All tracks of timed text.
        complete: False where the file is damaged or cut off and only what is there is used.
        created_at: When the file says it was made (ISO 8601).
        writing_application: The program that the file says wrote it.
    """

    container: str
    size_bytes: int
    origin_s: float
    duration_s: float
    video: VideoTrack
    audio: tuple[AudioTrack, ...]
    chosen_audio_index: int
    subtitles: tuple[SubtitleTrack, ...]
    complete: bool
    created_at: str | None
    writing_application: str | None

    @property
    def chosen_audio(self) -> AudioTrack:
        """The sound that is translated."""
        return next(track for track in self.audio if track.index == self.chosen_audio_index)


@dataclass(frozen=True, slots=True)
class MediaContents:
    """What the worker found, before any verdict: a picture or none, sound or none."""

    container: str
    origin_s: float
    declared_end_s: float | None
    complete: bool
    video: VideoTrack | None
    audio: tuple[AudioTrack, ...]
    subtitles: tuple[SubtitleTrack, ...]
    created_at: str | None
    writing_application: str | None
    too_many_pixels: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What is taken: lengths in seconds, sizes in bytes, pictures in pixels."""

    min_duration_s: float = 1.0
    max_duration_s: float = 1800.0
    max_size_bytes: int = 2_000_000_000
    max_pixels: int = 4096 * 2176


def probe_media(path: Path, limits: MediaLimits) -> MediaInfo:
    """Measure a file and hold it against `limits`.

    Raises:
        RejectedInputError: the file cannot be translated; the code says why.
        ProcessKilledError: the reading process was ended from outside.
    """
    size_bytes = path.stat().st_size
    if size_bytes > limits.max_size_bytes:
        raise rejection("too_large", size_mb=size_bytes / 1e6, limit_mb=limits.max_size_bytes / 1e6)
    contents = read_contents(path, limits.max_pixels)
    if contents is None:
        raise rejection("unreadable_media")
    if contents.too_many_pixels:
        width_px, height_px = contents.too_many_pixels
        raise rejection("too_many_pixels", width_px=width_px, height_px=height_px, limit_px=limits.max_pixels)
    if contents.video is None:
        raise rejection("no_video_track" if contents.audio else "unreadable_media")
    if not contents.audio:
        raise rejection("no_audio_track")
    chosen = _choose_audio(contents.audio)
    if chosen is None:
        raise rejection("unreadable_media")
    duration_s = _duration(contents, contents.video, chosen)
    if duration_s < limits.min_duration_s:
        raise rejection("too_short", duration_s=duration_s, limit_s=limits.min_duration_s)
    if duration_s > limits.max_duration_s:
        raise rejection("too_long", duration_s=duration_s, limit_s=limits.max_duration_s)
    return MediaInfo(
        container=contents.container,
        size_bytes=size_bytes,
        origin_s=contents.origin_s,
        duration_s=duration_s,
        video=contents.video,
        audio=contents.audio,
        chosen_audio_index=chosen.index,
        subtitles=contents.subtitles,
        complete=contents.complete,
        created_at=contents.created_at,
        writing_application=contents.writing_application,
    )


def _choose_audio(tracks: tuple[AudioTrack, ...]) -> AudioTrack | None:
    """Return the track a player would play: the first default one that decodes, else the first that does."""
    playable = [track for track in tracks if track.decodable]
    return next((track for track in playable if track.default), playable[0] if playable else None)


def _duration(contents: MediaContents, video: VideoTrack, audio: AudioTrack) -> float:
    """Return the end of picture and sound; a header may hold the last frame a frame or two longer."""
    measured_s = max(video.end_s, audio.end_s)
    declared_s = contents.declared_end_s
    if declared_s is not None and 0 < declared_s - measured_s <= 2 * video.frame_duration_s:
        return declared_s
    return measured_s


def read_contents(path: Path, max_pixels: int) -> MediaContents | None:
    """Read every packet of a file in a process of its own; None where it cannot be read.

    Raises:
        ProcessKilledError: that process was ended from outside.
        MediaToolError: that process failed in a way that no file explains.
    """
    worker = [sys.executable, "-m", "pipeline_ops.media.probe_worker", str(path), str(max_pixels)]
    try:
        done = subprocess.run(
            worker, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=WORKER_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode < 0:
        if -done.returncode in _CAUGHT_BY_LIMITS:
            return None
        message = (
            f"The process that read {path.name} was ended by signal {-done.returncode}; it is tried again."
        )
        raise ProcessKilledError(message)
    if done.returncode:
        tail = done.stderr[-2000:].decode(errors="replace").strip()
        message = f"The process that reads media failed on {path.name}: {tail}"
        raise MediaToolError(message)
    if json.loads(done.stdout) is None:
        return None
    contents: MediaContents = from_json(MediaContents, done.stdout)
    return contents
