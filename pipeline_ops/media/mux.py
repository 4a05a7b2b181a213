"""Puts a finished translation into one MP4: picture, dub, original sound and subtitles.

The picture's packets are copied untouched wherever MP4 can hold their codec, with their times, rotation,
pixel shape and colour; only what MP4 cannot hold is encoded again, as H.264. Where the lips were changed, the
new picture takes the place of the source's, and is copied in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_ops.errors import StageOutputError
from pipeline_ops.media.ffmpeg import file_url, measure_peak_db, own_input, run_ffmpeg, untrusted_input
from pipeline_ops.media.mp4 import switch_off_subtitles
from pipeline_ops.media.probe import MediaContents, MediaInfo, read_contents

if TYPE_CHECKING:
    from collections.abc import Sequence

COPIED_VIDEO = frozenset({"h264", "hevc", "av1", "vp9", "mpeg4", "mpeg1video", "mpeg2video"})
COPIED_AUDIO = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})
"""Codecs that MP4 holds and players of MP4 know; MP2, Vorbis and PCM are encoded as AAC."""

DUB_BIT_RATE = "192k"
# Visually transparent: what is encoded again has already lost its detail once. The number of threads is fixed
# because it changes the bytes.
_H264 = ["libx264", "-crf:v", "18", "-preset:v", "medium", "-threads:v", "4"]

EARLY_SOUND_S = 0.040  # EBU R37: sound may come 40 ms before the picture
LATE_SOUND_S = 0.060  # and 60 ms after it
AUDIBLE_PEAK_DB = -60.0  # a dub whose loudest sample is below that says nothing


@dataclass(frozen=True, slots=True)
class TrackLabel:
    """How players name a track: an ISO 639-2 code and a title."""

    language: str
    title: str


@dataclass(frozen=True, slots=True)
class SubtitleSource:
    """A SubRip file that becomes a subtitle track."""

    path: Path
    label: TrackLabel


def mux(
    *,
    source: Path,
    media: MediaInfo,
    dub: Path,
    dub_label: TrackLabel,
    original_label: TrackLabel,
    subtitles: Sequence[SubtitleSource],
    comment: str,
    output: Path,
    new_picture: Path | None = None,
) -> None:
    """Write the translated video as MP4.

    Tracks, in this order: the picture; the dub as AAC, the default; the original sound, which players can
    switch to; the subtitles, none of them on by default.

    Args:
        source: The creator's file.
        media: What it holds.
        dub: The new sound, sample 0 at time 0 of the presentation.
        dub_label: How players name the dub.
        original_label: How players name the original sound.
        subtitles: SubRip files with at least one cue each.
        comment: What the file's metadata says of itself.
        output: Written under a temporary name and renamed.
        new_picture: The picture with changed lips, on the presentation's timeline, written by `FrameEncoder`;
            None where the source's is kept.

    Raises:
        MediaToolError: FFmpeg could not do it.
        ProcessKilledError: FFmpeg was ended by a signal.
    """
    partial = output.with_name(output.name + ".partial")
    inputs = ["-noautorotate", *untrusted_input(source, media.origin_s)]
    for path in (dub, *(track.path for track in subtitles)):
        inputs += own_input(path)
    picture = f"0:{media.video.index}"
    if new_picture is not None:
        picture = f"{2 + len(subtitles)}:v:0"
        inputs += own_input(new_picture)
    maps = ["-map", picture, "-map", "1:a:0", "-map", f"0:{media.chosen_audio_index}"]
    for index in range(len(subtitles)):
        maps += ["-map", f"{2 + index}:s:0"]
    labels = _labels("a:0", dub_label, "default") + _labels("a:1", original_label, "original")
    for index, track in enumerate(subtitles):
        labels += _labels(f"s:{index}", track.label, "0")
    run_ffmpeg(
        [
            *inputs,
            *maps,
            *(_video_arguments(media) if new_picture is None else ["-c:v", "copy"]),
            *["-c:a:0", "aac", "-b:a:0", DUB_BIT_RATE, "-ar:a:0", "48000"],
            *_original_sound_arguments(media),
            *["-c:s", "mov_text"],
            *["-map_metadata", "-1", "-map_chapters", "-1", "-metadata", f"comment={comment}"],
            *labels,
            # Bit-exact: the same input gives the same bytes, without dates or version numbers of the writer.
            *["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"],
            *["-movflags", "+faststart", "-strict", "unofficial"],
            *["-f", "mp4", file_url(partial)],
        ],
        task=f"put the translation of {source.name} together",
        timeout_s=120.0 + (20.0 if _is_encoded(media) else 2.0) * media.duration_s,
    )
    switch_off_subtitles(partial)
    partial.replace(output)


def _is_encoded(media: MediaInfo) -> bool:
    return media.video.codec not in COPIED_VIDEO


def _labels(stream: str, label: TrackLabel, disposition: str) -> list[str]:
    return [
        *[f"-metadata:s:{stream}", f"language={label.language}"],
        *[f"-metadata:s:{stream}", f"title={label.title}"],
        *[f"-metadata:s:{stream}", f"handler_name={label.title}"],
        *[f"-disposition:{stream}", disposition],
    ]


def _video_arguments(media: MediaInfo) -> list[str]:
    video = media.video
    if _is_encoded(media):
        # H.264 in 4:2:0 needs even sizes; each frame keeps its own time.
        even = "pad=ceil(iw/2)*2:ceil(ih/2)*2"
        return ["-c:v", *_H264, "-filter:v", even, "-fps_mode", "passthrough", "-enc_time_base:v", "demux"]
    arguments = ["-c:v", "copy"]
    if video.codec == "hevc":
        arguments += ["-tag:v", "hvc1"]  # the name under which Apple's players take HEVC
    if video.codec == "mpeg4" and media.container == "avi":
        arguments += [
            "-bsf:v",
            "mpeg4_unpack_bframes",
        ]  # AVI may hold two frames in one packet; else no change
    return arguments


def _original_sound_arguments(media: MediaInfo) -> list[str]:
    sound = media.chosen_audio
    if sound.codec in COPIED_AUDIO:
        return ["-c:a:1", "copy"]
    arguments = ["-c:a:1", "aac", "-b:a:1", DUB_BIT_RATE, "-filter:a:1", "aresample=48000:async=1"]
    if sound.channels > 2:  # noqa: PLR2004  stereo; wider layouts than AAC knows exist
        arguments += ["-ac:a:1", "2"]
    return arguments


def verify(output: Path, media: MediaInfo, *, languages: tuple[str, str], subtitle_count: int) -> None:
    """Read a written translation back and compare it with its source.

    Args:
        output: What `mux` wrote.
        media: What the source holds.
        languages: ISO 639-2 codes of the dub and of the original sound.
        subtitle_count: How many subtitle tracks there should be.

    Raises:
        StageOutputError: a track is missing, silent, misplaced or of another length.
    """
    contents = read_contents(output, max_pixels=2 * media.video.width_px * media.video.height_px)
    faults = (
        ["it cannot be read"] if contents is None else _faults(contents, media, languages, subtitle_count)
    )
    if not faults:
        peak_db = measure_peak_db(
            own_input(output),
            stream="0:a:0",
            task=f"listen to {output.name}",
            timeout_s=60.0 + media.duration_s,
        )
        faults = ["the dub is silent"] if peak_db < AUDIBLE_PEAK_DB else []
    if faults:
        message = f"The finished video {output.name} is not right: {'; '.join(faults)}"
        raise StageOutputError(message)


def _faults(
    contents: MediaContents, media: MediaInfo, languages: tuple[str, str], subtitle_count: int
) -> list[str]:
    video, source = contents.video, media.video
    if video is None or len(contents.audio) != 2:  # noqa: PLR2004  dub and original
        return [f"it holds {len(contents.audio)} sound tracks and {'no' if video is None else 'one'} picture"]
    dub, original = contents.audio
    frame_s = source.frame_duration_s
    end_s = max(video.end_s, dub.end_s, original.end_s)
    sound_late_s = dub.start_s - (video.start_s - source.start_s)
    checks = {
        f"it has {video.frame_count} frames, the source {source.frame_count}": (
            video.frame_count == source.frame_count
        ),
        f"it lasts {end_s:.3f} s, the source {media.duration_s:.3f} s": (
            abs(end_s - media.duration_s) <= frame_s
        ),
        f"the dub ends at {dub.end_s:.3f} s of {media.duration_s:.3f} s": (
            abs(dub.end_s - media.duration_s) <= frame_s
        ),
        f"its sound is {sound_late_s * 1000:.0f} ms late": -EARLY_SOUND_S <= sound_late_s <= LATE_SOUND_S,
        f"its rotation is {video.rotation_deg} degrees, the source's {source.rotation_deg}": (
            video.rotation_deg == source.rotation_deg
        ),
        "the dub is not the default sound": dub.default and not original.default,
        f"its sound is tagged {dub.language} and {original.language}, not {' and '.join(languages)}": (
            (dub.language or "und", original.language or "und") == languages
        ),
        "a subtitle track is switched on": not any(track.default for track in contents.subtitles),
        f"it has {len(contents.subtitles)} subtitle tracks, not {subtitle_count}": (
            len(contents.subtitles) == subtitle_count
        ),
    }
    return [fault for fault, passed in checks.items() if not passed]
