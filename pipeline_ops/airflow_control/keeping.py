"""Keeps a service going, as a container's restart policy would: `python -m` this with its command.

Airflow's scheduler ends where its database refuses a write, which SQLite does when two processes meet; the
runs would then lie still without a word.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

from pipeline_ops.airflow_control.processes import end_others_of_session

QUICK_S = 30.0
"""What ends sooner than this after its start did not get to work: a cold start takes half a minute."""

MOST_QUICK_ENDS = 3
"""So often in a row a service may end quickly before it is given up: what is set up wrongly stays wrong."""

PAUSE_S = 1.0
"""So long a service that ended is left alone, so that what it met can pass."""


def keep(command: Sequence[str]) -> int:
    """Run a service until it is asked to end (SIGTERM, SIGINT); start it again where it ends by itself.

    What a dead one left in this process's session is ended first. Must run as a session's leader.

    Returns:
        The exit code of the last one: of the one that was asked to end, or that ended quickly once too often.
    """
    service: subprocess.Popen[bytes] | None = None
    asked = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        if service is not None:
            service.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    quick_ends, code = 0, 0
    while not asked.is_set():
        began_s = time.monotonic()
        service = subprocess.Popen(command)
        if asked.is_set():  # it came while the service was being started
            service.terminate()
        code = service.wait()
        if asked.is_set():
            break
        quick_ends = quick_ends + 1 if time.monotonic() - began_s < QUICK_S else 0
        if quick_ends == MOST_QUICK_ENDS:
            print(f"Ended {quick_ends} times within {QUICK_S:.0f} s of its start; given up.", flush=True)
            break
        print(f"Ended by itself with code {code}; it is started again.", flush=True)
        end_others_of_session()
        asked.wait(PAUSE_S)
    return code


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:]))
