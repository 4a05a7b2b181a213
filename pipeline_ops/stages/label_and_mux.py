"""The finished translation: one labelled MP4 with the dub, the original sound and subtitles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.types import LanguageIdentification
from pipeline_ops.artefacts import FlacFile, SourceFile, SubRipFile, VideoFile, WebVttFile
from pipeline_ops.languages import english_name, three_letter_code
from pipeline_ops.media.mux import SubtitleSource, TrackLabel, mux, verify
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitles import SubtitleLine, make_cues, to_subrip, to_webvtt
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.judge_lips import LipJudgement


@dataclass(frozen=True, slots=True)
class LabelParameters:
    """The language of the dub (BCP 47)."""

    target_language: str


@dataclass(frozen=True, slots=True)
class DubbedVideo:
    """The finished video, and its subtitles in the language of the dub and of the original."""

    video: VideoFile
    subtitles: WebVttFile
    subtitles_srt: SubRipFile
    source_subtitles: WebVttFile
    source_subtitles_srt: SubRipFile


@stage(version=3, resources=Resources(memory_mb=500, timeout_s=3600))
def label_and_mux(
    *,
    source: SourceFile,
    media: MediaInfo,
    dub: FlacFile,
    source_lines: tuple[SubtitleLine, ...],
    target_lines: tuple[SubtitleLine, ...],
    language: LanguageIdentification,
    new_picture: VideoFile | None,
    lips: LipJudgement,
    parameters: LabelParameters,
    scratch: Path,
) -> DubbedVideo:
    """Put picture, dub, original sound and subtitles together, and say in the file what of it is AI-made.

    The picture is the one with changed lips where there is one and it was judged better, else the source's.

    Raises:
        MediaToolError: FFmpeg could not do it.
        StageOutputError: the written file does not match its source.
    """
    result = DubbedVideo(
        video=scratch / "video.mp4",
        subtitles=scratch / "subtitles.vtt",
        subtitles_srt=scratch / "subtitles.srt",
        source_subtitles=scratch / "source_subtitles.vtt",
        source_subtitles_srt=scratch / "source_subtitles.srt",
    )
    source_name, target_name = english_name(language.language), english_name(parameters.target_language)
    source_code = three_letter_code(language.language)
    target_code = three_letter_code(parameters.target_language)
    tracks = []
    for lines, webvtt, subrip, label in (
        (target_lines, result.subtitles, result.subtitles_srt, TrackLabel(target_code, target_name)),
        (
            source_lines,
            result.source_subtitles,
            result.source_subtitles_srt,
            TrackLabel(source_code, source_name),
        ),
    ):
        cues = make_cues(lines, media.duration_s)
        webvtt.write_text(to_webvtt(cues), encoding="utf-8")
        subrip.write_text(to_subrip(cues), encoding="utf-8")
        if cues:
            tracks.append(SubtitleSource(subrip, label))
    mux(
        source=source,
        media=media,
        dub=dub,
        dub_label=TrackLabel(target_code, f"{target_name} (AI dub)"),
        original_label=TrackLabel(source_code, "Original"),
        subtitles=tracks,
        comment=f"AI-translated{' and lip-synced' if lips.kept else ''} from {source_name} to {target_name}"
        " by Dubwright",
        output=result.video,
        new_picture=new_picture if lips.kept else None,
    )
    verify(result.video, media, languages=(target_code, source_code), subtitle_count=len(tracks))
    return result
