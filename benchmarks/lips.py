"""Measures the lips of finished dubs, as they were judged, and how fast they are drawn.

    python -m benchmarks.lips --clips ../shared/media/video --out var/benchmarks/lips

Translates each clip by the command that people use, and prints one row a clip from what the stages measured
on the encoded picture. Contact sheets and previews lie beside the results, to be looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.platform import Platform
from pipeline_ops.runner import load_artefact
from pipeline_ops.settings import Settings

CASES = (
    ("opendubbing_english.mp4", "pt"),
    ("retalking_1.mp4", "pt"),
    ("retalking_4.mp4", "pt"),
    ("retalking_5.mp4", "pt"),
    ("sadtalker_WDA_AOC.mp4", "pt"),
    ("sonitranslate_video.mp4", "en"),
    ("syncnet_example.avi", "pt"),
)
"""Every talking clip in a language that is served; GRID's three seconds of nonsense are too short."""

NAMES = (
    *("clip", "to", "kept", "sync before", "after", "offset after, ms", "noise", "held out (chance)"),
    *("shape", "colour", "sharpness", "flicker", "frames drawn", "frames/s"),
)


def main() -> int:
    """Translate the clips and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/lips"))
    parser.add_argument("--only", default="", help="measure only clips whose name holds this")
    arguments = parser.parse_args()
    out: Path = arguments.out.absolute()
    show(f"| {' | '.join(NAMES)} |")
    show("|" + "---|" * len(NAMES))
    for clip, language in CASES:
        if arguments.only in clip:
            show(measure(arguments.clips / clip, language, out))
    return 0


def measure(clip: Path, language: str, out: Path) -> str:
    """Translate one clip and return its row."""
    home, results = out / "home", out / clip.stem
    command = [
        "dubwright",
        "run",
        str(clip),
        "--consent",
        "voice,lips",
        "--to",
        language,
        "--out",
        str(results),
    ]
    environment = {**os.environ, "DUBWRIGHT_HOME": str(home)}
    results.mkdir(parents=True, exist_ok=True)
    with (results / "run.log").open("wb") as log:
        status = subprocess.run(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False
        ).returncode
    if status:
        return f"| {clip.name} | {language} | ended with {status}, see {results / 'run.log'} |"
    report = json.loads((results / "report.json").read_text(encoding="utf-8"))
    platform = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(home)}))
    keep_pictures(report, platform, results)
    return row(clip.name, language, report, platform)


def row(name: str, language: str, report: dict[str, Any], platform: Platform) -> str:
    """Return what was measured on one clip, the means over its faces."""
    judgement = value(report, platform, "judge_lips", "judgement")
    people = value(report, platform, "fit_lips", "people")
    fitted = ", ".join(
        f"{person.held_out_correlation:.2f} ({person.noise_correlation:.2f})"
        if person.held_out_correlation is not None
        else str(person.reason)
        for person in people
    )
    tracks = [track for track in judgement.tracks if track.after is not None]
    drawn = sum(
        last - first
        for track in value(report, platform, "render_lips", "drawn")
        for first, last in track.frames
    )
    cost_s = next(stage["cost"]["wall_s"] for stage in report["stages"] if stage["stage"] == "render_lips")

    def mean(numbers: list[float], digits: int) -> str:
        return f"{sum(numbers) / len(numbers):.{digits}f}" if numbers else "-"

    cells = (
        name,
        language,
        "yes" if judgement.kept else str(report["languages"][0]["lips"]["reason"]),
        mean([track.before.correlation for track in tracks if track.before is not None], 2),
        mean([track.after.correlation for track in tracks], 2),
        mean([1000 * track.after.offset_s for track in tracks], 0),
        mean([track.after.noise_spread for track in tracks], 2),
        fitted,
        mean([track.identity.shape for track in judgement.tracks], 4),
        mean([track.identity.colour or 0.0 for track in judgement.tracks], 2),
        mean([track.sharpness for track in tracks if track.sharpness is not None], 2),
        mean([track.flicker for track in tracks if track.flicker is not None], 2),
        str(drawn),
        f"{drawn / cost_s:.1f}" if drawn else "-",
    )
    return f"| {' | '.join(cells)} |"


def value(report: dict[str, Any], platform: Platform, stage: str, artefact: str) -> Any:
    """Return one artefact of a run's stage."""
    return load_artefact(platform, checkpoint(report, stage), artefact)


def checkpoint(report: dict[str, Any], stage: str) -> CheckpointReference:
    """Return the checkpoint of a run's stage."""
    found = next(each["checkpoint"] for each in report["stages"] if each["stage"] == stage)
    return CheckpointReference.parse(found)


def keep_pictures(report: dict[str, Any], platform: Platform, results: Path) -> None:
    """Copy contact sheet and preview beside the results, where there are any."""
    reference = checkpoint(report, "judge_lips")
    manifest = platform.store.find(reference)
    for artefact in manifest.artefacts if manifest else ():
        if artefact.media_type.startswith(("image/", "video/")):
            stored = platform.store.fetch(reference, artefact.name, results)
            shutil.copyfile(stored, results / artefact.file_name)


def show(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
