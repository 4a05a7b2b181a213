"""Works through a backlog of 40 short clips of 3 creators on this machine, with processes killed on the way.

    python -m benchmarks.backlog --media ../shared/media [--uploads 40] [--lips] [--out FOLDER]

Puts clips and awkward files into a media bucket, enrolls their creators for Portuguese and English, and
starts `creator_backlog` by hand. A third of the way a stage's process is killed with SIGKILL, two thirds of
the way the scheduler, which is then started again as a service manager would. Prints what became of every
upload, what it cost, what was done twice, and how much of time and CPU was orchestration. Figures of CPU are
the whole machine's: let nothing else run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, zip_longest
from pathlib import Path

import psutil
from sqlalchemy import select

from benchmarks.deployment import empty_home, tell, with_a_face
from pipeline_ops.airflow_control import local
from pipeline_ops.airflow_control.client import AirflowClient, TaskInstance
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.history import Run, minutes_translated, runs
from pipeline_ops.catalog.library import progress
from pipeline_ops.catalog.tables import OutcomeRow, StageRow
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings

BACKLOG = "creator_backlog"
CREATORS = ("ann", "bob", "eve")
LANGUAGES = ("pt", "en")
"""An English clip becomes a Portuguese one and the other way round, and each is turned away once."""

TALKS = tuple(
    f"video/{name}"
    for name in (
        "retalking_1.mp4",
        "retalking_4.mp4",
        "retalking_5.mp4",
        "grid_bbaf2n.mpg",
        "grid_id2_swwp2s.mpg",
        "opendubbing_english.mp4",
    )
)
VOICES = ("fleurs-en-*.ogg", "fleurs-pt-*.ogg", "LJ001-*.wav", "speechbrain_spk*.wav")
PICTURE = "bad/silence_with_face.mp4"
KILLABLE = ("separate", "transcribe", "synthesize", "translate")
"""Stages long enough to be met at work."""

MANY = 1000
"""More runs than there ever are here."""

POLL_S = 1.0
LIMIT_S = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class Killed:
    """What was killed, and when, in seconds since the backlog was started."""

    what: str
    at_s: float


def main() -> int:
    """Prepare, run, kill, and tell what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--uploads", type=int, default=40)
    parser.add_argument("--lips", action="store_true", help="draw lips too, which takes longest")
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/backlog"))
    arguments = parser.parse_args()
    settings = empty_home(arguments.out.absolute(), lips=arguments.lips)
    count = fill_bucket(chosen(arguments.media, arguments.uploads), arguments.media, settings.media_dir)
    with open_catalog(settings) as catalog:
        with catalog.writing() as session:
            for creator in CREATORS:
                put_creator(session, Creator(creator, creator.title(), True, LANGUAGES, datetime.now(UTC)))
        local.up(settings, tell)
        try:
            with AirflowClient(local.current_address(settings)) as client:
                began_s, busy_s = time.monotonic(), busy_cpu_s()
                client.set_paused(BACKLOG, paused=False)
                client.trigger(BACKLOG, "benchmark", {})
                killed = [
                    kill_a_stage(client, catalog, count // 3, began_s),
                    kill_the_scheduler(settings, catalog, 2 * count // 3, began_s),
                ]
                ended = wait_for(catalog, lambda over: over >= count)
                wall_s, busy_s = time.monotonic() - began_s, busy_cpu_s() - busy_s
                tasks = [task for run in ended for task in client.task_instances(local.DAG_ID, run.run_id)]
        finally:
            local.down(settings, tell)
        tell(became(catalog, ended, count))
        tell(costs(catalog, ended, tasks, wall_s, busy_s))
    for each in killed:
        tell(f"- SIGKILL after {each.at_s:.0f} s: {each.what}")
    platform = Platform.from_environment(settings)
    wrong = [problem for key in platform.store.references() for problem in platform.store.verify(key)]
    tell(f"- checkpoints that are damaged or half written: {len(wrong)}")
    return 0


def fill_bucket(sources: list[Path], media: Path, bucket: Path) -> int:
    """Put talks, voices over a silent face and awkward files into the creators' folders in turn."""
    folders = cycle(CREATORS)
    for number, source in enumerate(sources):
        target = bucket / next(folders) / f"{number:02d}-{source.stem}{source.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.parent.name == "speech":
            with_a_face(media / PICTURE, source, target.with_suffix(".mp4"))
        else:
            shutil.copyfile(source, target)
    return sum(1 for _ in bucket.glob("*/*"))


def chosen(media: Path, most: int) -> list[Path]:
    """Return what is uploaded: talks, voices and awkward files by turns, as far as there are any."""
    talks = [media / name for name in TALKS]
    voices = [path for pattern in VOICES for path in sorted((media / "speech").glob(pattern))]
    awkward = sorted((media / "bad").iterdir())
    turns = zip_longest(awkward, [*talks, *voices[::2]], voices[1::2])
    return [path for turn in turns for path in turn if path is not None][:most]


def kill_a_stage(client: AirflowClient, catalog: CatalogDatabase, after: int, began_s: float) -> Killed:
    """Kill the process of a stage at work, once so many runs are over."""
    over = wait_for(catalog, lambda number: number >= after)
    tell(f"{len(over)} runs are over: killing a stage")
    while True:
        for run in open_runs(catalog):
            for task in client.task_instances(local.DAG_ID, run.run_id):
                name = task.task_id.rpartition(".")[2]
                if task.state == "running" and task.pid and name in KILLABLE:
                    os.kill(task.pid, signal.SIGKILL)
                    return Killed(f"{name} of {run.address}", time.monotonic() - began_s)
        time.sleep(POLL_S / 4)


def kill_the_scheduler(settings: Settings, catalog: CatalogDatabase, after: int, began_s: float) -> Killed:
    """Kill the scheduler and all its tasks, once so many runs are over, and start it again."""
    over = wait_for(catalog, lambda number: number >= after)
    tell(f"{len(over)} runs are over: killing the scheduler")
    services = running.services if (running := local.status(settings)) else ()
    [pid] = [each.pid for each in services if each.name == "scheduler"]
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(family)
    at_s = time.monotonic() - began_s
    local.up(settings, tell)
    return Killed(f"the scheduler and its {len(family) - 1} processes", at_s)


def wait_for(catalog: CatalogDatabase, enough: Callable[[int], bool]) -> tuple[Run, ...]:
    """Wait until enough runs are over; return those that are."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        over = tuple(run for run in all_runs(catalog) if run.ended_at is not None)
        if enough(len(over)):
            return over
        if time.monotonic() > deadline:
            message = f"only {len(over)} runs were over after {LIMIT_S:.0f} s"
            raise SystemExit(message)
        time.sleep(POLL_S)


def all_runs(catalog: CatalogDatabase) -> tuple[Run, ...]:
    """Return all runs there are."""
    with catalog.reading() as session:
        return runs(session, limit=MANY)


def open_runs(catalog: CatalogDatabase) -> Iterator[Run]:
    """Yield the runs that go on."""
    yield from (run for run in all_runs(catalog) if run.status == "running")


def busy_cpu_s() -> float:
    """Return the seconds that all processors together have been busy since the machine started."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def became(catalog: CatalogDatabase, ended: tuple[Run, ...], count: int) -> str:
    """Tell what became of every upload, and what was done twice."""
    with catalog.reading() as session:
        standing = progress(session)
        ends: Counter[tuple[str, str]] = Counter(
            (row.status, row.reason_code or "") for row in session.scalars(select(OutcomeRow)).all()
        )
        made = Counter(
            row.checkpoint for row in session.scalars(select(StageRow)) if row.checkpoint and not row.reused
        )
    twice = sum(number - 1 for number in made.values())
    whole: Counter[tuple[str, str]] = Counter((run.status, run.reason_code or "") for run in ended)
    lines = [f"# {count} uploads, {len({run.address for run in ended})} of them with a run that is over", ""]
    lines += ["| creator | into | published | rejected | failed | under way |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.creator_id} | {row.language} | {row.published} | {row.rejected} | {row.failed} "
        f"| {row.in_progress + row.not_started} |"
        for row in standing
    ]
    lines += ["", "Runs: " + told(whole), "", "Languages: " + told(ends), ""]
    lines.append(f"- {sum(made.values())} checkpoints made, {twice} of them twice; {len(ended)} runs in all")
    return "\n".join(lines)


def told(ends: Mapping[tuple[str, str], int]) -> str:
    """Write how often what came out."""
    return ", ".join(
        f"{number} {' '.join(filter(None, end))}"
        for end, number in sorted(ends.items(), key=lambda end: -end[1])
    )


def costs(
    catalog: CatalogDatabase, ended: tuple[Run, ...], tasks: list[TaskInstance], wall_s: float, busy_s: float
) -> str:
    """Tell how long it took, at what cost, and what share of that was orchestration."""
    with catalog.reading() as session:
        made = [row for row in session.scalars(select(StageRow)) if not row.reused]
        minutes = minutes_translated(session)
    stage_cpu_s = sum(row.cpu_s or 0.0 for row in made)
    stage_wall_s = sum(row.wall_s or 0.0 for row in made)
    task_wall_s = sum(
        (task.ended_at - task.started_at).total_seconds()
        for task in tasks
        if task.started_at and task.ended_at
    )
    return "\n".join(
        [
            f"- {wall_s / 60:.1f} min for {len(ended)} runs, {minutes:.1f} min of finished video",
            f"- CPU: {stage_cpu_s:.0f} s in stages of {busy_s:.0f} s that the machine was busy: "
            f"{1 - stage_cpu_s / busy_s:.0%} orchestration; {stage_cpu_s / (60 * minutes):.1f} s of stages "
            "a second of finished video",
            f"- time: tasks ran {task_wall_s:.0f} s, {stage_wall_s:.0f} s of it in stages: "
            f"{1 - stage_wall_s / task_wall_s:.0%} orchestration, {len(tasks)} tasks",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
