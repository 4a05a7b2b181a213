"""Measures what packaging costs against a video's length: time, memory, bits.

    python -m benchmarks.streams [--minutes 1,10] [--video CLIP] [--height 1080] [--sides 240,480,1080]
        [--no-target] [--out var/benchmarks/streams]

A clip is repeated, and scaled to a height where one is given, until it is so many minutes long. The original
is packaged in a process of its own; then a dub of it, as a language without a picture of its own has it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.run import CLIP
from models.types import LanguageIdentification
from pipeline_ops.costs import measure
from pipeline_ops.media.decode import decode_sound
from pipeline_ops.media.ffmpeg import file_url, own_input, run_ffmpeg
from pipeline_ops.media.probe import MediaInfo, MediaLimits, probe_media
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.stages.package import PackageParameters, package
from pipeline_ops.stages.package_source import PackageSourceParameters, package_source
from pipeline_ops.streams.description import AudioRendition, SourceStreams, VideoRendition

LONGEST_S = 3600.0


@dataclass(frozen=True)
class Figures:
    """What one call cost."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", default="1,10")
    parser.add_argument("--video", type=Path, default=CLIP)
    parser.add_argument("--height", type=int, default=0)
    parser.add_argument("--sides", default="240,360,480,720,1080")
    parser.add_argument("--no-target", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/streams"))
    arguments = parser.parse_args()
    parameters = PackageSourceParameters(
        short_sides_px=tuple(int(side) for side in arguments.sides.split(",")),
        quality_target=None if arguments.no_target else 93.0,
    )
    for minutes in (float(each) for each in arguments.minutes.split(",")):
        folder: Path = arguments.out.absolute() / f"{minutes:g}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        video = lengthened(arguments.video, minutes, arguments.height, folder / "video.mp4")
        media = probe_media(video, MediaLimits(max_duration_s=LONGEST_S))
        decode_sound(video, media, folder / "sound.flac", folder / "analysis.flac")
        sys.stdout.write(f"{minutes:g} min of {media.video.width_px}x{media.video.height_px}\n")
        streams = report("the original", _package_source, folder, media, parameters)
        for rendition in (*streams.video, *streams.audio):
            sys.stdout.write(f"  {described(rendition)}\n")
        report("a language", _package, folder, media, streams)
    return 0


def lengthened(clip: Path, minutes: float, height_px: int, output: Path) -> Path:
    """Repeat a clip, scaled where a height is given."""
    scale = (
        ["-vf", f"scale=-2:{height_px}", "-preset", "veryfast", "-crf", "18"] if height_px else ["-c", "copy"]
    )
    run_ffmpeg(
        ["-stream_loop", "-1", *own_input(clip), "-t", str(60 * minutes), *scale, file_url(output)],
        task=f"repeat {clip.name}",
        timeout_s=3600,
    )
    return output


def report(name, work, *arguments):  # type: ignore[no-untyped-def]  # passes on what `work` returns
    """Run something in a fresh process and print what it cost."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        result, cost = fresh.submit(work, *arguments).result()
    sys.stdout.write(
        f"  {name}: {cost.wall_s:.0f} s, {cost.cpu_s:.0f} s of CPU, peak {cost.peak_mb:.0f} MB\n"
    )
    sys.stdout.flush()
    return result


def described(rendition: VideoRendition | AudioRendition) -> str:
    """Return a line on a rendition."""
    track = rendition.track
    rates = f"{track.average_bits_per_s // 1000} kbit/s, peak {track.peak_bits_per_s // 1000}"
    if isinstance(rendition, AudioRendition):
        return f"{rendition.rendition_id}: {rates}"
    return f"{rendition.rendition_id}: CRF {rendition.rate_factor}, VMAF {rendition.quality}, {rates}"


def _package_source(
    folder: Path, media: MediaInfo, parameters: PackageSourceParameters
) -> tuple[SourceStreams, Figures]:
    scratch = folder / "source"
    scratch.mkdir()
    with measure() as usage:
        made = package_source(
            source=folder / "video.mp4",
            media=media,
            audio=folder / "sound.flac",
            lines=(SubtitleLine(0.5, 2.0, "Hello there."),),
            origin="heard",
            language=LanguageIdentification(language="en", probability=1.0),
            parameters=parameters,
            scratch=scratch,
        )
    return made.streams, Figures(usage.wall_s, usage.cpu_s, usage.peak_memory_mb)


def _package(folder: Path, media: MediaInfo, streams: SourceStreams) -> tuple[None, Figures]:
    scratch = folder / "language"
    scratch.mkdir()
    with measure() as usage:
        package(
            source=streams,
            media=media,
            dub=folder / "sound.flac",
            lines=folder / "source" / "subtitles.vtt",
            new_picture=None,
            lips=LipJudgement(False, "not_rendered", ()),
            parameters=PackageParameters(target_language="pt"),
            scratch=scratch,
        )
    return None, Figures(usage.wall_s, usage.cpu_s, usage.peak_memory_mb)


if __name__ == "__main__":
    sys.exit(main())
