"""Background processes that are started once, recognised later and stopped with all their children."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

START_TIME_TOLERANCE_S = 0.05
"""Linux tells start times in hundredths of a second; two processes of one id are further apart."""

KILL_PATIENCE_S = 10.0
"""What was killed is gone at once, unless it waits for a disk."""

_children: list[subprocess.Popen[bytes]] = []
"""What this process started itself: kept, so that those that end are reaped and not taken for running."""


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """Names a process for good: ids are used again, an id with its start time is not.

    Attributes:
        name: What it is, for people.
        pid: Its process id, which is its session's id too.
        started_at_s: When it was started, seconds since 1970.
    """

    name: str
    pid: int
    started_at_s: float


def start(
    name: str, command: Sequence[str], environment: Mapping[str, str], log_file: Path, folder: Path
) -> ProcessRecord:
    """Start a process in a session of its own, so that it outlives the terminal.

    Args:
        name: What it is, for people.
        command: Program and arguments.
        environment: Its whole environment.
        log_file: What it prints is appended here.
        folder: Where it runs.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children.append(process)
    return ProcessRecord(name, process.pid, psutil.Process(process.pid).create_time())


def is_running(record: ProcessRecord) -> bool:
    """Tell whether it is the same process still, and no zombie."""
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.started_at_s) < START_TIME_TOLERANCE_S
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(records: Iterable[ProcessRecord], patience_s: float) -> None:
    """End processes and everything that they started, also what a dead one left behind.

    They are asked first (SIGTERM to each, not to its children, so that it can end them in order); what is
    still there after `patience_s` is killed.
    """
    records = tuple(records)
    families = [process for record in records for process in _family(record)]
    for record in records:
        if is_running(record):
            with suppress(ProcessLookupError):
                os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while any(map(is_running, records)) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = {*families, *(process for record in records for process in _family(record))}
    _kill(left, patience_s)
    _children[:] = [child for child in _children if child.poll() is None]


def end_others_of_session() -> None:
    """Kill what runs in the session that this process leads, but for this process itself."""
    leader = psutil.Process()
    members = _members(leader.pid, since_s=leader.create_time())
    _kill([process for process in members if process != leader], KILL_PATIENCE_S)


def _kill(processes: Collection[psutil.Process], patience_s: float) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(list(processes), timeout=patience_s)


def _family(record: ProcessRecord) -> list[psutil.Process]:
    """Return what belongs to a process: everything in its session, itself too.

    A session's id is not given to another process while one of its members lives, so members are known even
    after the first of them died. Where the id now leads another session, there are none.
    """
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(record.pid)
        if abs(leader.create_time() - record.started_at_s) >= START_TIME_TOLERANCE_S:
            return []
    return _members(record.pid, since_s=record.started_at_s - START_TIME_TOLERANCE_S)


def _members(session: int, since_s: float) -> list[psutil.Process]:
    """Return the processes of a session that were started since then."""
    members = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            if os.getsid(process.pid) == session and process.create_time() >= since_s:
                members.append(process)
    return members
