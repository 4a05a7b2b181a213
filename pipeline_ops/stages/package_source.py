"""The streams that all languages of a video share: the original picture and sound, poster, storyboard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.types import LanguageIdentification
from pipeline_ops.artefacts import FlacFile, JpegFile, SoundFile, SourceFile, VideoFile, WebVttFile
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitles import SubtitleLine, make_cues, to_webvtt
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.read_subtitles import TextOrigin
from pipeline_ops.streams.build import (
    PictureParameters,
    build_pictures,
    build_sounds,
    find_rates,
    timeline_of,
)
from pipeline_ops.streams.description import SourceStreams, StoredFile, SubtitleRendition
from pipeline_ops.streams.ladder import ladder
from pipeline_ops.streams.picture_source import open_source
from pipeline_ops.streams.stills import StoryboardPainter, write_poster

WEBVTT = "text/vtt"


@dataclass(frozen=True, slots=True)
class PackageSourceParameters(PictureParameters):
    """How the original is offered."""


@dataclass(frozen=True, slots=True)
class SourcePackage:
    """The streams of the original.

    Attributes:
        streams: What they are; it names the files by their artefacts and digests.
        pictures: Fragmented MP4, one a rung, by its name (`720p`).
        sounds: Fragmented MP4, one a bit rate (`128k`).
        stills: The poster and the storyboard's sheets.
        subtitles: In the language that is spoken.
    """

    streams: SourceStreams
    pictures: dict[str, VideoFile]
    sounds: dict[str, SoundFile]
    stills: dict[str, JpegFile]
    subtitles: WebVttFile


@stage(version=1, resources=Resources(memory_mb=1000, timeout_s=28_800))
def package_source(
    *,
    source: SourceFile,
    media: MediaInfo,
    audio: FlacFile,
    lines: tuple[SubtitleLine, ...],
    origin: TextOrigin,
    language: LanguageIdentification,
    parameters: PackageSourceParameters,
    scratch: Path,
) -> SourcePackage:
    """Make the original's streams once, for all languages that it is ever translated into.

    Raises:
        MediaToolError: FFmpeg, x264 or Shaka Packager could not do it.
        StageOutputError: segments of a rendition begin at other moments than planned.
    """
    timeline = timeline_of(media.duration_s, media.video.nominal_frame_rate_hz)
    picture = open_source(source, media, scratch, most_short_side_px=max(parameters.short_sides_px))
    rungs = ladder(
        media.video.display_size_px,
        frame_rate_hz=media.video.average_frame_rate_hz,
        source_bits_per_s=8 * media.size_bytes / media.duration_s,
        short_sides_px=parameters.short_sides_px,
    )
    painter = StoryboardPainter(media.duration_s, media.video.pixel_aspect_ratio)
    video, pictures = build_pictures(
        picture,
        find_rates(picture, rungs, parameters, scratch),
        timeline,
        language=language.language,
        preset=parameters.preset,
        folder=scratch,
        watch=painter.watch,
    )
    storyboard, stills = painter.write(scratch)
    stills["poster"] = scratch / "poster.jpg"
    index = painter.poster_frame
    [frame] = picture.frames(index, index + 1)
    poster = write_poster(frame, stills["poster"], "stills.poster", media.video.pixel_aspect_ratio)
    sound, sounds = build_sounds(
        audio, timeline, language=language.language, parameters=parameters, folder=scratch
    )
    cues = make_cues(lines, media.duration_s)
    subtitles = scratch / "subtitles.vtt"
    subtitles.write_text(to_webvtt(cues), encoding="utf-8")
    streams = SourceStreams(
        language=language.language,
        duration_s=media.duration_s,
        segment_s=float(timeline.segment_s),
        video=video,
        audio=sound,
        subtitles=subtitle_rendition(subtitles, language.language, machine_made=origin == "heard")
        if cues
        else None,
        poster=poster,
        storyboard=storyboard,
    )
    return SourcePackage(streams, pictures, sounds, stills, subtitles)


def subtitle_rendition(path: Path, language: str, *, machine_made: bool) -> SubtitleRendition:
    """Describe subtitles that are stored as the artefact `subtitles`."""
    stored = StoredFile("subtitles", sha256_of_file(path), path.stat().st_size, WEBVTT)
    return SubtitleRendition(f"{language}-subtitles", stored, machine_made)
