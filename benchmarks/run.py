"""Prints the figures of speed and memory: per stage, in all, under Airflow, and for long videos.

    python -m benchmarks.run [--long-minutes 10] [--without-airflow] [--out var/benchmarks]

Every measurement starts from an empty checkpoint store of its own. Compare figures of one run only: the
machine's other work shows in them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.lips import value
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.media.probe import MediaLimits, probe_media
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings

CLIP = Path(__file__).parents[1] / "demo" / "talking_head.mp4"
WANTED = ("--to", "pt", "--consent", "voice,lips")
"""What is asked for, here and under Airflow: with a voice fitted and lips redrawn."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks"))
    parser.add_argument("--long-minutes", type=int, default=10)
    parser.add_argument("--without-airflow", action="store_true")
    arguments = parser.parse_args()
    out: Path = arguments.out.absolute()
    show("# One process, the demo clip")
    alone = run_here(CLIP, out / "here")
    show(stage_table(alone))
    show(engine_table(CLIP, alone))
    show(summary(CLIP, alone))
    if not arguments.without_airflow:
        show("# The same under Airflow")
        show(orchestration(alone, under_airflow(CLIP, out / "airflow")))
    show("# Lips at 1080 by 1920")
    tall = upright(CLIP, out)
    show(drawing(run_here(tall, out / "upright"), out / "upright"))
    show("# Memory against length")
    minutes = [
        run_here(looped(CLIP, number, out), out / f"minutes{number}")
        for number in (1, arguments.long_minutes)
    ]
    show(memory_table(1, arguments.long_minutes, *minutes))
    return 0


def run_here(clip: Path, home: Path) -> dict[str, Any]:
    """Run `dubwright run` on an empty store; return its report with wall clock and peak memory."""
    shutil.rmtree(home, ignore_errors=True)
    environment = {**os.environ, "DUBWRIGHT_HOME": str(home)}
    command = ["dubwright", "run", str(clip), *WANTED, "--out", str(home / "out")]
    began_s = time.perf_counter()
    home.mkdir(parents=True)
    with (home / "run.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        message = f"{' '.join(command)} ended with {process.returncode}; see {home / 'run.log'}"
        raise SystemExit(message)
    return read_report(home / "out", time.perf_counter() - began_s, usage)


def under_airflow(clip: Path, home: Path) -> dict[str, Any]:
    """Run the same clip as one Dag run of a local Airflow that is already up."""
    shutil.rmtree(home, ignore_errors=True)
    environment = {**os.environ, "DUBWRIGHT_HOME": str(home)}
    subprocess.run(["dubwright", "airflow", "up"], env=environment, check=True, stdout=subprocess.DEVNULL)
    try:
        command = ["dubwright", "translate", str(clip), *WANTED, "--out", str(home / "out")]
        began_s = time.perf_counter()
        subprocess.run(
            command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        first = read_report(home / "out", time.perf_counter() - began_s, None)
        began_s = time.perf_counter()
        subprocess.run(
            command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        first["again_wall_s"] = time.perf_counter() - began_s
    finally:
        subprocess.run(
            ["dubwright", "airflow", "down"], env=environment, check=True, stdout=subprocess.DEVNULL
        )
    return first


def read_report(out: Path, wall_s: float, usage: resource.struct_rusage | None) -> dict[str, Any]:
    """Read a run's report and add what was measured from outside."""
    report: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    report["wall_s"] = wall_s
    if usage is not None:
        report["cpu_s"] = usage.ru_utime + usage.ru_stime
        report["peak_memory_mb"] = usage.ru_maxrss * 1024 / 1e6
    return report


def upright(clip: Path, out: Path) -> Path:
    """Make the clip as phones film: 1080 by 1920, the head in the upper half."""
    path = out / "upright.mp4"
    out.mkdir(parents=True, exist_ok=True)
    coding = ["-vf", "scale=1080:-2,pad=1080:1920:0:240", "-c:v", "libx264", "-crf", "18", "-c:a", "copy"]
    run_ffmpeg([*own_input(clip), *coding, str(path)], task="enlarge a clip", timeout_s=300)
    return path


def drawing(report: dict[str, Any], home: Path) -> str:
    """How fast mouths are drawn, decoding and encoding included."""
    platform = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(home)}))
    cost = next(stage["cost"] for stage in report["stages"] if stage["stage"] == "render_lips")
    drawn = sum(
        last - first
        for track in value(report, platform, "render_lips", "drawn")
        for first, last in track.frames
    )
    frames = len(value(report, platform, "track_faces", "frame_times_s"))
    return (
        f"{drawn} mouths drawn in {frames} frames, decoded and encoded, in {cost['wall_s']:.1f} s: "
        f"{drawn / cost['wall_s']:.1f} a second on {os.cpu_count()} processors; "
        f"{1000 * cost['cpu_s'] / drawn:.0f} ms of CPU a drawn frame, peak {cost['peak_memory_mb']:.0f} MB"
    )


def looped(clip: Path, minutes: int, out: Path) -> Path:
    """Make a long clip by playing a short one over and over, without coding it anew."""
    path = out / f"minutes{minutes}.mp4"
    out.mkdir(parents=True, exist_ok=True)
    run_ffmpeg(
        ["-stream_loop", "-1", *own_input(clip), "-t", str(60 * minutes), "-c", "copy", str(path)],
        task=f"make a clip of {minutes} minutes",
        timeout_s=120,
    )
    return path


def stage_table(report: dict[str, Any]) -> str:
    """One row a stage."""
    rows = ["| stage | wall s | CPU s | peak MB |", "|---|---|---|---|"]
    for stage in report["stages"]:
        cost = stage["cost"]
        rows.append(
            f"| {stage['stage']} | {cost['wall_s']:.1f} | {cost['cpu_s']:.1f} "
            f"| {cost['peak_memory_mb']:.0f} |"
        )
    return "\n".join(rows)


def engine_table(clip: Path, report: dict[str, Any]) -> str:
    """One row a stage that asks a model: its speed in times real time, of the clip and of one processor."""
    duration_s = probe_media(clip, MediaLimits()).duration_s
    rows = ["| model | stage | wall, times real time | CPU, times real time |", "|---|---|---|---|"]
    for stage in report["stages"]:
        if stage["model"] is not None:
            cost = stage["cost"]
            rows.append(
                f"| {stage['model']} | {stage['stage']} | {cost['wall_s'] / duration_s:.2f} "
                f"| {cost['cpu_s'] / duration_s:.2f} |"
            )
    return "\n".join(rows)


def summary(clip: Path, report: dict[str, Any]) -> str:
    """Times real time, for the whole process."""
    duration_s = probe_media(clip, MediaLimits()).duration_s
    stages_s = sum(stage["cost"]["wall_s"] for stage in report["stages"])
    return (
        f"{clip.name}: {duration_s:.1f} s of video, {report['wall_s']:.1f} s wall "
        f"({report['wall_s'] / duration_s:.2f} times real time; stages alone {stages_s:.1f} s), "
        f"{report['cpu_s']:.1f} s CPU, peak {report['peak_memory_mb']:.0f} MB"
    )


def orchestration(alone: dict[str, Any], airflow: dict[str, Any]) -> str:
    """What Airflow adds over the same graph in one process."""
    tasks = len(airflow["stages"])
    added_s = airflow["wall_s"] - alone["wall_s"]
    cpu_s, cpu_alone_s = (sum(stage["cost"]["cpu_s"] for stage in run["stages"]) for run in (airflow, alone))
    return (
        f"under Airflow, two stages at a time, {airflow['wall_s']:.1f} s against {alone['wall_s']:.1f} s in "
        f"one process: {added_s:+.1f} s, {added_s / tasks:+.2f} s for each of {tasks} stages; CPU in stages "
        f"{cpu_s:.1f} s against {cpu_alone_s:.1f} s, since every task loads its own models; "
        f"the same request again {airflow['again_wall_s']:.1f} s"
    )


def memory_table(short_minutes: int, long_minutes: int, short: dict[str, Any], long: dict[str, Any]) -> str:
    """Peak memory a stage and in all, short against long."""
    rows = [f"| stage | {short_minutes} min, MB | {long_minutes} min, MB | ratio |", "|---|---|---|---|"]
    for one, other in zip(short["stages"], long["stages"], strict=True):
        before, after = one["cost"]["peak_memory_mb"], other["cost"]["peak_memory_mb"]
        rows.append(f"| {one['stage']} | {before:.0f} | {after:.0f} | {after / before:.2f} |")
    before, after = short["peak_memory_mb"], long["peak_memory_mb"]
    rows.append(f"| the whole process | {before:.0f} | {after:.0f} | {after / before:.2f} |")
    rows.append(
        f"| wall s | {short['wall_s']:.0f} | {long['wall_s']:.0f} | {long['wall_s'] / short['wall_s']:.2f} |"
    )
    return "\n".join(rows)


def show(text: str) -> None:
    """Print a part of the figures at once."""
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
