from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pipeline_ops.airflow_control.processes import ProcessRecord, is_running, start, stop

PARENT_OF_SLEEPER = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def family(tmp_path: Path) -> Iterator[tuple[ProcessRecord, int]]:
    """A process and the id of its child."""
    log = tmp_path / "log"
    record = start("parent", [sys.executable, "-c", PARENT_OF_SLEEPER], os.environ, log, tmp_path)
    try:
        deadline = time.monotonic() + 20
        while not log.read_text().endswith("\n") and time.monotonic() < deadline:
            time.sleep(0.02)
        yield record, int(log.read_text())
    finally:
        stop([record], patience_s=1.0)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_started_process_runs_in_a_session_of_its_own(family: tuple[ProcessRecord, int]) -> None:
    record, _ = family
    assert is_running(record)
    assert os.getsid(record.pid) == record.pid


def test_stopping_ends_a_process_with_its_children(family: tuple[ProcessRecord, int]) -> None:
    record, child = family
    stop([record], patience_s=5.0)
    assert not is_running(record)
    assert not _lives(child)


def test_stopping_ends_the_children_that_a_killed_process_left(family: tuple[ProcessRecord, int]) -> None:
    record, child = family
    os.kill(record.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while is_running(record) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(record)
    assert _lives(child)
    stop([record], patience_s=5.0)
    assert not _lives(child)


def test_another_process_of_the_same_id_is_left_alone(family: tuple[ProcessRecord, int]) -> None:
    record, child = family
    earlier = replace(record, started_at_s=record.started_at_s - 100)
    assert not is_running(earlier)
    stop([earlier], patience_s=0.1)
    assert is_running(record)
    assert _lives(child)
