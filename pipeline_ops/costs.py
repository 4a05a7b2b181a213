"""Measures what a piece of work uses: wall clock, CPU, peak memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


@dataclass
class Usage:
    """What was used, filled in when the measured block ends."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0


@contextmanager
def measure() -> Iterator[Usage]:
    """Measure the block, children that it waited for included.

    Peak memory is this process's own high-water mark within the block where Linux lets it be reset
    (proc(5), /proc/pid/clear_refs, value 5), else the mark since the process began.
    """
    usage = Usage()
    _reset_peak_memory()
    wall_s, cpu_s = time.perf_counter(), _cpu_s()
    try:
        yield usage
    finally:
        usage.wall_s = time.perf_counter() - wall_s
        usage.cpu_s = _cpu_s() - cpu_s
        usage.peak_memory_mb = peak_memory_mb()


def peak_memory_mb() -> float:
    """Return the high-water mark of this process's resident memory, in MB (10^6 bytes)."""
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _reset_peak_memory() -> None:
    if _CLEAR_REFS.exists():
        try:
            _CLEAR_REFS.write_text("5", encoding="ascii")
        except PermissionError:
            return  # in a locked-down container the mark since the process began has to do


def _cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
