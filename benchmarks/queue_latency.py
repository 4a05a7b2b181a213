"""Measures how long a task waits for its turn while 300 requests are queued.

    python -m benchmarks.queue_latency [--requests 300] [--measured 20] [--out FOLDER]

All requests ask for the same translation, whose checkpoints are made first: so every stage runs as a task of
its own and does nothing but find its checkpoint. Measured is, for every task of a run that has begun, how
long after the last of the tasks before it has ended it starts; the first runs to be over are looked at.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import numpy as np

from benchmarks.deployment import empty_home, tell
from pipeline_ops.airflow_control import local
from pipeline_ops.airflow_control.client import AirflowClient, TaskInstance
from pipeline_ops.graph import FINAL_STAGE, NODES
from pipeline_ops.operators.edges import direct_upstream
from pipeline_ops.operators.references import ACCEPT_REQUEST
from pipeline_ops.platform import Platform
from pipeline_ops.runner import ingest

CLIP = Path(__file__).parents[1] / "demo" / "talking_head.mp4"
LANGUAGE = "pt"
POLL_S = 2.0
LIMIT_S = 3600.0


def main() -> int:
    """Make the checkpoints, queue the requests, and measure the first runs that are over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--measured", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/latency"))
    arguments = parser.parse_args()
    settings = empty_home(arguments.out.absolute(), lips=False)
    source = str(ingest(CLIP, Platform.from_environment(settings)))
    local.up(settings, tell)
    try:
        with AirflowClient(local.current_address(settings)) as client:
            send(client, source, 0)
            wait_for(client, [run_id(0)], 1)
            tell(f"the checkpoints are there; queueing {arguments.requests} requests")
            waiting = [send(client, source, number) for number in range(1, arguments.requests + 1)]
            began_s = time.monotonic()
            over = wait_for(client, waiting, arguments.measured)
            wall_s = time.monotonic() - began_s
            waits_s = [wait_s for run in over for wait_s in turns(client.task_instances(local.DAG_ID, run))]
    finally:
        local.down(settings, tell)
    tell(
        f"{len(waiting)} requests queued; the first {len(over)} were over after {wall_s:.0f} s. From a task's"
        f" end to the start of the next one of its run: median {np.median(waits_s):.2f} s, 95th percentile"
        f" {np.percentile(waits_s, 95):.2f} s, at most {max(waits_s):.2f} s ({len(waits_s)} tasks)"
    )
    return 0


def run_id(number: int) -> str:
    """Return the id of one of the requests."""
    return f"queued-{number:03d}"


def send(client: AirflowClient, source: str, number: int) -> str:
    """Ask for the translation once more."""
    wishes = {"video": source, "target_languages": [LANGUAGE], "consent": ["voice", "lips"]}
    return client.trigger(local.DAG_ID, run_id(number), wishes).run_id


def wait_for(client: AirflowClient, waiting: list[str], enough: int) -> list[str]:
    """Wait until enough runs are over, which begin in the order of `waiting`; return those that are."""
    over: list[str] = []
    deadline = time.monotonic() + LIMIT_S
    while len(over) < enough:
        for run in waiting[: 2 * enough + 20]:
            if run not in over and client.dag_run(local.DAG_ID, run).is_over:
                over.append(run)
        if time.monotonic() > deadline:
            message = f"only {len(over)} runs were over after {LIMIT_S:.0f} s"
            raise SystemExit(message)
        time.sleep(POLL_S)
    return over


def turns(tasks: tuple[TaskInstance, ...]) -> list[float]:
    """Return how long each task of a run waited after the last task before it, in seconds."""
    ends: dict[str, list[datetime]] = defaultdict(list)
    for task in tasks:
        if task.ended_at is not None:
            ends[task.task_id].append(task.ended_at)
    return [
        (
            task.started_at - max(moment for name in before(task.task_id) for moment in ends[name])
        ).total_seconds()
        for task in tasks
        if task.started_at is not None and task.task_id != ACCEPT_REQUEST
    ]


def before(task_id: str) -> tuple[str, ...]:
    """Return the tasks just before one."""
    if task_id not in NODES:
        return (FINAL_STAGE,)  # the report
    return direct_upstream(NODES[task_id]) or (ACCEPT_REQUEST,)


if __name__ == "__main__":
    raise SystemExit(main())
