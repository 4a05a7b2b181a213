"""The streams that one language adds: its sound, its subtitles, and its picture where it has one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline_ops.artefacts import FlacFile, SoundFile, VideoFile, WebVttFile
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.stages.package_source import subtitle_rendition
from pipeline_ops.streams.build import (
    PictureRequest,
    Preset,
    SoundParameters,
    build_pictures,
    build_sounds,
    timeline_of,
)
from pipeline_ops.streams.description import DubStreams, SourceStreams, VideoRendition
from pipeline_ops.streams.ladder import rung_at
from pipeline_ops.streams.picture_source import open_new_picture
from pipeline_ops.streams.rate_factor import FoundRate

CUE_MARK = "-->"


@dataclass(frozen=True, slots=True)
class PackageParameters(SoundParameters):
    """How a language is offered.

    Attributes:
        target_language: Of the dub, BCP 47.
        preset: Of x264, where the language has a picture of its own.
    """

    target_language: str = "und"
    preset: Preset = "fast"


@dataclass(frozen=True, slots=True)
class LanguagePackage:
    """The streams of one language.

    Attributes:
        streams: What they are; it names the files by their artefacts and digests.
        pictures: Fragmented MP4, one a rung, by its name (`720p`); none where lips were left alone.
        sounds: Fragmented MP4, one a bit rate (`128k`).
        subtitles: In the language of the dub.
    """

    streams: DubStreams
    pictures: dict[str, VideoFile]
    sounds: dict[str, SoundFile]
    subtitles: WebVttFile


@stage(version=1, resources=Resources(memory_mb=900, timeout_s=28_800))
def package(
    *,
    source: SourceStreams,
    media: MediaInfo,
    dub: FlacFile,
    lines: WebVttFile,
    new_picture: VideoFile | None,
    lips: LipJudgement,
    parameters: PackageParameters,
    scratch: Path,
) -> LanguagePackage:
    """Make one language's streams; the picture only where its lips were changed, on the original's ladder.

    Each rung is encoded as finely as was found for the original: the pictures differ in mouths only.

    Raises:
        MediaToolError: FFmpeg, x264 or Shaka Packager could not do it.
        StageOutputError: segments of a rendition begin at other moments than planned.
    """
    language = parameters.target_language
    timeline = timeline_of(media.duration_s, media.video.nominal_frame_rate_hz)
    video: tuple[VideoRendition, ...] = ()
    pictures: dict[str, Path] = {}
    if lips.kept and new_picture is not None:
        largest = source.video[-1]
        video, pictures = build_pictures(
            open_new_picture(
                new_picture,
                media,
                scratch,
                most_short_side_px=min(largest.width_px, largest.height_px),
            ),
            [_as_original(rendition, media) for rendition in source.video],
            timeline,
            language=language,
            preset=parameters.preset,
            folder=scratch,
            keep_all=True,
        )
    audio, sounds = build_sounds(dub, timeline, language=language, parameters=parameters, folder=scratch)
    subtitles = scratch / "subtitles.vtt"
    shutil.copyfile(lines, subtitles)
    streams = DubStreams(
        language=language,
        duration_s=media.duration_s,
        segment_s=float(timeline.segment_s),
        video=video,
        audio=audio,
        subtitles=subtitle_rendition(subtitles, language, machine_made=True)
        if CUE_MARK in subtitles.read_text(encoding="utf-8")
        else None,
    )
    return LanguagePackage(streams, pictures, sounds, subtitles)


def _as_original(rendition: VideoRendition, media: MediaInfo) -> PictureRequest:
    rung = rung_at(
        (rendition.width_px, rendition.height_px),
        frame_rate_hz=media.video.average_frame_rate_hz,
        source_bits_per_s=8 * media.size_bytes / media.duration_s,
    )
    return PictureRequest(rung, FoundRate(rendition.rate_factor, rendition.quality))
