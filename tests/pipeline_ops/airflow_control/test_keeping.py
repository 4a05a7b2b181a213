from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from pipeline_ops.airflow_control.local import KEEPER
from pipeline_ops.airflow_control.processes import ProcessRecord, is_running, start, stop

PATIENCE_S = 20.0

SERVICE = """
import subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with Path("pids").open("a") as pids:
    print(child.pid, file=pids)
time.sleep(60)
"""
"""Never ends by itself; notes the process that it started."""


def kept(source: str, folder: Path) -> ProcessRecord:
    return start("kept", [*KEEPER, sys.executable, "-c", source], os.environ, folder / "log", folder)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pids(folder: Path) -> list[int]:
    file = folder / "pids"
    return list(map(int, file.read_text().split())) if file.exists() else []


def test_a_service_that_is_killed_is_started_again_without_what_it_left(tmp_path: Path) -> None:
    keeper = kept(SERVICE, tmp_path)
    try:
        until(lambda: len(pids(tmp_path)) == 1)
        [service] = psutil.Process(keeper.pid).children()
        service.kill()
        until(lambda: len(pids(tmp_path)) == 2)
        first, second = pids(tmp_path)
        assert not psutil.pid_exists(first)
        assert psutil.pid_exists(second)
        assert "Ended by itself with code -9; it is started again." in (tmp_path / "log").read_text()
    finally:
        stop([keeper], patience_s=5.0)


def test_a_service_that_is_asked_to_end_is_not_started_again(tmp_path: Path) -> None:
    keeper = kept(SERVICE, tmp_path)
    until(lambda: len(pids(tmp_path)) == 1)
    stop([keeper], patience_s=5.0)
    assert not is_running(keeper)
    assert len(pids(tmp_path)) == 1
    assert not psutil.pid_exists(pids(tmp_path)[0])


def test_a_service_that_never_gets_to_work_is_given_up(tmp_path: Path) -> None:
    keeper = kept("print('no such database'); raise SystemExit(3)", tmp_path)
    until(lambda: not is_running(keeper))
    log = (tmp_path / "log").read_text()
    assert log.count("no such database") == 3
    assert "given up" in log
