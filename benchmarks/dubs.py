"""Measures finished dubs as a listener would: from the exported files, knowing nothing of how they were made.

    python -m benchmarks.dubs --clips ../shared/media/video --out var/benchmarks/dubs

Prints one row a clip and language, and writes them as `dubs.md` and `dubs.json` beside the results.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.engines import engine
from benchmarks.lips import checkpoint, value
from models.base import VoiceActivityDetector
from models.types import TimeSpan
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.media.probe import MediaLimits, probe_media
from pipeline_ops.platform import Platform
from pipeline_ops.quality.back_transcription import (
    BackTranscription,
    normalise_for_comparison,
    transcribe_back,
)
from pipeline_ops.quality.pauses import correlation_in_pauses, pauses_between
from pipeline_ops.quality.voice_residual import voice_residual
from pipeline_ops.timing import Placement
from pipeline_ops.voices.prosody import LineProsody
from pipeline_ops.voices.takes import Take

CLEAN_VOICES = {"opendubbing_english_plus_music.mp4": "opendubbing_english.mp4"}
"""Clips whose voice is another clip's sound. For the others it is the separated speech."""

CASES = (
    ("opendubbing_english.mp4", ("pt", "es")),
    ("opendubbing_english_plus_music.mp4", ("pt", "es")),
    ("sonitranslate_video.mp4", ("en", "pt")),
    ("retalking_1.mp4", ("pt", "es")),
)
RATE_HZ = 16_000

HURRIED = 1.2
"""Up to here hardly anybody notices a faster pace."""


@dataclass(frozen=True)
class DubFigures:
    """What was measured on one dub; the limits are those of the project's first issue.

    Attributes:
        clip: The source's file name.
        language: The dub's language.
        wall_s: The whole run, models loaded, this language among others.
        duration_error_frames: Length of the result against the source, in frames of the source.
        overlaps: Pairs of lines that overlap.
        start_error_p95_ms: 95th percentile of how far lines start from the original's start.
        words: How many the dub should say.
        word_error_rate: Of the dub's sound transcribed back, against the intended text.
        sounding_error_rate: The same where words that sound alike are equal: names are spelt by ear.
        voice_residual_db: Level of the original voice in the dub without the new one, against its old level.
        voice_residual_floor_db: What the same measure finds of a voice that is not there.
        slowest, fastest: The lines' speeds.
        lines, hurried: How many lines there are, and how many of them are faster than `HURRIED`.
        inner_pauses, inner_pauses_kept: How often the original is silent within a line, and the dub as well.
        flags: All flags of all lines.
        pause_correlation: Original against dub where nobody speaks.
        heard: What the recogniser heard in the dub.
        intended: What the dub should say.
    """

    clip: str
    language: str
    wall_s: float
    duration_error_frames: float
    overlaps: int
    start_error_p95_ms: float
    words: int
    word_error_rate: float
    sounding_error_rate: float
    voice_residual_db: float
    voice_residual_floor_db: float
    slowest: float
    fastest: float
    lines: int
    hurried: int
    inner_pauses: int
    inner_pauses_kept: int
    flags: tuple[str, ...]
    pause_correlation: float | None
    heard: str
    intended: str


def main() -> int:
    """Translate the clips and measure every dub."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/dubs"))
    parser.add_argument("--only", default="", help="measure only clips whose name holds this")
    parser.add_argument("--to", default="", help="only these languages, separated by commas")
    arguments = parser.parse_args()
    rows: list[DubFigures] = []
    for clip, languages in CASES:
        wanted = tuple(each for each in languages if not arguments.to or each in arguments.to.split(","))
        if arguments.only in clip and wanted:
            rows.extend(measure_clip(arguments.clips / clip, wanted, arguments.out / Path(clip).stem))
    arguments.out.mkdir(parents=True, exist_ok=True)
    table = as_table(rows)
    (arguments.out / "dubs.md").write_text(table, encoding="utf-8")
    (arguments.out / "dubs.json").write_text(
        json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False), encoding="utf-8"
    )
    sys.stdout.write(table)
    return 0


def measure_clip(clip: Path, languages: tuple[str, ...], out: Path) -> list[DubFigures]:
    """Translate one clip into its languages by the command that people use, and measure the results."""
    began_s = time.perf_counter()
    command = [
        "dubwright",
        "run",
        str(clip),
        "--consent",
        "voice,lips",
        "--to",
        ",".join(languages),
        "--out",
        str(out),
    ]
    status = subprocess.run(command, check=False).returncode
    wall_s = time.perf_counter() - began_s
    if status:
        message = f"{' '.join(command)} ended with {status}"
        raise SystemExit(message)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return [
        measure_dub(clip, report, entry["language"], wall_s, out)
        for entry in report["languages"]
        if entry["status"] == "done"
    ]


def measure_dub(clip: Path, report: dict[str, Any], language: str, wall_s: float, out: Path) -> DubFigures:
    """Measure one dubbed video against its source."""
    entry = next(each for each in report["languages"] if each["language"] == language)
    dub, lines = out / language / "video.mp4", entry["lines"]
    source, result = probe_media(clip, MediaLimits()), probe_media(dub, MediaLimits())
    spoken_before = [TimeSpan(line["source_start_s"], line["source_end_s"]) for line in lines]
    spoken_after = [TimeSpan(line["start_s"], line["end_s"]) for line in lines]
    original_sound = sound_of(clip, dub.with_name("original.wav"))
    dub_sound = sound_of(dub, dub.with_name("dub.wav"))
    sounds = [
        mono(original_sound),
        mono(dub_sound),
        _voice(clip, dub, report),
        _new_voice(dub, report, language),
    ]
    shortest = min(len(sound) for sound in sounds)  # coders pad by some milliseconds
    mixed, dubbed, spoken, said = (sound[:shortest] for sound in sounds)
    voice = voice_residual(mixed, _without(dubbed, said, spoken_after), spoken, RATE_HZ, spoken_before)
    starts_ms = [1000 * abs(line["start_s"] - line["source_start_s"]) for line in lines]
    heard = _hear(dub_sound, entry["language"], " ".join(line["text"] for line in lines))
    speeds = [line["speed"] for line in lines]
    paused, kept = inner_pauses_of(report, language)
    return DubFigures(
        clip=clip.name,
        language=entry["language"],
        wall_s=round(wall_s, 1),
        duration_error_frames=round(
            (result.duration_s - source.duration_s) / source.video.frame_duration_s, 2
        ),
        overlaps=sum(a["end_s"] > b["start_s"] for a, b in itertools.pairwise(lines)),
        start_error_p95_ms=round(float(np.percentile(starts_ms, 95)), 0),
        words=len(normalise_for_comparison(heard.intended).split()),
        word_error_rate=round(heard.word_error_rate, 3),
        sounding_error_rate=round(heard.sounding_error_rate, 3),
        voice_residual_db=round(voice.residual_db, 1),
        voice_residual_floor_db=round(voice.floor_db, 1),
        slowest=round(min(speeds), 2),
        fastest=round(max(speeds), 2),
        lines=len(speeds),
        hurried=sum(round(speed, 2) > HURRIED for speed in speeds),
        inner_pauses=paused,
        inner_pauses_kept=kept,
        flags=tuple(entry["flags"]),
        pause_correlation=correlation_in_pauses(
            original_sound,
            dub_sound,
            pauses_between([*spoken_before, *spoken_after, *_heard_spans(spoken)], source.duration_s),
        ),
        heard=heard.heard,
        intended=heard.intended,
    )


def report_of(report: dict[str, Any], language: str) -> dict[str, Any]:
    """Return a run's report with the stages of one language and of the video alone."""
    return {**report, "stages": [each for each in report["stages"] if each["language"] in (None, language)]}


def inner_pauses_of(report: dict[str, Any], language: str) -> tuple[int, int]:
    """Return how often the original is silent within a line, and how often the dub is at that place."""
    platform = Platform.from_environment()
    own = report_of(report, language)
    lines: tuple[LineProsody, ...] = value(own, platform, "measure_prosody", "prosody")
    takes: tuple[Take, ...] = value(own, platform, "check_takes", "takes")
    placements: tuple[Placement, ...] = value(own, platform, "align", "placements")
    kept = sum(sum(pause_s > 0 for pause_s in takes[place.take].pauses_s) for place in placements)
    return sum(len(line.pauses) for line in lines), kept


def as_table(rows: list[DubFigures]) -> str:
    """Write the figures as a Markdown table."""
    names = (
        "clip",
        "to",
        "length, frames",
        "overlaps",
        "start p95, ms",
        "WER",
        "by sound",
        "voice left, dB",
        "speeds",
        f"over {HURRIED:g}",
        "pauses within lines",
        "sound in pauses",
        "flags",
    )
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    for row in rows:
        pauses = "none" if row.pause_correlation is None else f"{row.pause_correlation:.3f}"
        lines.append(
            f"| {row.clip} | {row.language} | {row.duration_error_frames:+.2f} | {row.overlaps} "
            f"| {row.start_error_p95_ms:.0f} | {row.word_error_rate:.3f} "
            f"| {row.sounding_error_rate:.3f} "
            f"| {row.voice_residual_db:.1f} (floor {row.voice_residual_floor_db:.1f}) "
            f"| {row.slowest:.2f}-{row.fastest:.2f} | {row.hurried} of {row.lines} "
            f"| {row.inner_pauses_kept} of {row.inner_pauses} | {pauses} "
            f"| {', '.join(row.flags)} |"
        )
    lines += ["", *(_of_all_words(language, rows) for language in sorted({row.language for row in rows}))]
    return "\n".join(lines) + "\n"


def _of_all_words(language: str, rows: list[DubFigures]) -> str:
    """Return the error rates of all dubs into one language together."""
    own = [row for row in rows if row.language == language]
    words = sum(row.words for row in own)
    wrong, by_sound = (
        sum(rate * row.words for rate, row in zip(rates, own, strict=True)) / words
        for rates in (
            [row.word_error_rate for row in own],
            [row.sounding_error_rate for row in own],
        )
    )
    return f"{language}: of {words} words {wrong:.3f} are heard otherwise, by sound {by_sound:.3f}"


def sound_of(video: Path, wav: Path) -> Path:
    """Decode a video's first sound track as a player would, 48 kHz mono, without Dubwright's own decoder."""
    run_ffmpeg(
        [
            *own_input(video),
            "-map",
            "0:a:0",
            "-ac",
            "1",
            "-ar",
            "48000",
            "-af",
            "aresample=async=1:first_pts=0",
            str(wav),
        ],
        task=f"decode {video.name}",
        timeout_s=300,
    )
    return wav


def _voice(clip: Path, dub: Path, report: dict[str, Any]) -> NDArray[np.float32]:
    """Return the original voice alone, as well as it is known."""
    if clip.name in CLEAN_VOICES:
        return mono(sound_of(clip.with_name(CLEAN_VOICES[clip.name]), dub.with_name("voice.wav")))
    separated = next(stage["checkpoint"] for stage in report["stages"] if stage["stage"] == "separate")
    store = Platform.from_environment().store
    return mono(store.fetch(CheckpointReference.parse(separated), "speech", dub.parent))


def _new_voice(dub: Path, report: dict[str, Any], language: str) -> NDArray[np.float32]:
    """Return what the dub says, before it was laid over its bed."""
    reference = checkpoint(report_of(report, language), "watermark")
    return mono(Platform.from_environment().store.fetch(reference, "speech", dub.parent))


def _without(
    dub: NDArray[np.float32], said: NDArray[np.float32], lines: list[TimeSpan]
) -> NDArray[np.float32]:
    """Take the new voice, which is known, out of a dub, each line in the loudness that it was given.

    It holds nothing of the old one, and goes with it by chance: at -20 dB in a clip of ten seconds.
    """
    left = dub.copy()
    for line in lines:
        span = slice(round(line.start_s * RATE_HZ), round(line.end_s * RATE_HZ))
        own = said[span].astype(np.float64)
        energy = float(np.dot(own, own))
        if energy:
            left[span] -= (np.dot(dub[span], own) / energy * own).astype(np.float32)
    return left


def _heard_spans(voice: NDArray[np.float32]) -> tuple[TimeSpan, ...]:
    """Return when the original voice speaks: lines hold only what was recognised."""
    detector: VoiceActivityDetector = engine("voice_activity_detection")
    return detector.detect_speech([voice])


def mono(wav: Path) -> NDArray[np.float32]:
    """Read a sound as one channel at `RATE_HZ`."""
    samples, rate_hz = soundfile.read(wav, dtype="float32", always_2d=True)
    resampled: NDArray[np.float32] = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ).astype(np.float32)
    return resampled


def _hear(wav: Path, language: str, intended: str) -> BackTranscription:
    return transcribe_back(mono(wav), language, intended, engine("speech_recognition", language))


if __name__ == "__main__":
    raise SystemExit(main())
