"""Draws the new mouths of a whole video with several processes, and joins what they encoded."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from pipeline_ops.errors import (
    DubwrightError,
    MediaToolError,
    ModelOutputError,
    ProcessKilledError,
    StageOutputError,
)
from pipeline_ops.lips.draw_worker import DONE, END, DrawJob
from pipeline_ops.media.join_segments import join_segments

BY_LIMITS = frozenset({signal.SIGXCPU, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT})
"""Signals that a hostile picture brings upon its decoder; others come from outside."""

LOG_TAIL_BYTES = 4000

REPORTED: dict[str, type[DubwrightError]] = {
    known.__name__: known for known in (MediaToolError, ModelOutputError, StageOutputError)
}
"""What a drawing process may report."""


ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""The processes share the machine among themselves. With threads of their own for small systems of equations,
drawing took 2.6 times the CPU: they wait for each other, busily."""

MOST_PROCESSES = 8
"""Each holds a decoder, an encoder and the library of a mouth: some 300 MB at 1080 by 1920."""


def draw_picture(job: DrawJob, output: Path, processes: int | None = None) -> None:
    """Draw every stretch of a job and write the joined picture, an MP4 without sound.

    The bytes do not depend on how many processes share the work.

    Args:
        job: What to draw; its folder is written to.
        output: Where the picture goes.
        processes: How many draw at a time; None for one a processor that may be used.

    Raises:
        MediaToolError: a stretch cannot be decoded or encoded.
        ModelOutputError: the engine drew something unusable.
        ProcessKilledError: a process was ended from outside.
    """
    if processes is None:
        processes = min(MOST_PROCESSES, len(os.sched_getaffinity(0)))
    described = job.folder / "job.pickle"
    described.write_bytes(pickle.dumps(job))
    numbers: SimpleQueue[int] = SimpleQueue()
    for number in range(len(job.stretches)):
        numbers.put(number)
    workers = [
        _Worker(described, job.folder / f"worker{index}.log")
        for index in range(min(processes, len(job.stretches)))
    ]
    threads = [threading.Thread(target=worker.work, args=(numbers,), daemon=True) for worker in workers]
    interrupted = True
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        interrupted = False
    finally:
        for worker in workers:
            worker.end(at_once=interrupted)
    for worker in workers:
        if worker.failure is not None:
            raise worker.failure
    join_segments([job.part(number) for number in range(len(job.stretches))], output)


class _Worker:
    """One drawing process."""

    def __init__(self, job: Path, log: Path) -> None:
        self.failure: DubwrightError | None = None
        self._log = log
        command = [sys.executable, "-m", "pipeline_ops.lips.draw_worker", str(job)]
        with log.open("wb") as errors_of_worker:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors_of_worker,
                text=True,
                env={**os.environ, **ONE_THREAD},
            )

    def work(self, numbers: SimpleQueue[int]) -> None:
        """Have stretches drawn until none is left, or one fails; then none is left for the others either."""
        asking, answering = self._process.stdin, self._process.stdout
        if asking is None or answering is None:
            self.failure = StageOutputError("The drawing process was started without its pipes")
            return
        while self.failure is None:
            try:
                number = numbers.get_nowait()
            except Empty:
                break
            self.failure = self._draw(number, asking, answering)
        if self.failure is not None:
            while not numbers.empty():
                numbers.get()

    def end(self, *, at_once: bool) -> None:
        """Let the process go where it waits for more; end it where it failed, or is to stop at once."""
        with self._process as process:  # closes its pipes and waits for its end
            if not at_once and self.failure is None and process.stdin is not None:
                process.stdin.write(END + "\n")
            else:
                process.kill()

    def _draw(self, number: int, asking: IO[str], answering: IO[str]) -> DubwrightError | None:
        try:
            asking.write(f"{number}\n")
            asking.flush()
            answer = answering.readline().strip()
        except OSError:
            answer = ""
        if answer == DONE:
            return None
        if answer.startswith("failed "):
            _, kind, message = answer.split(" ", 2)
            return _error(kind, message)
        return self._died()

    def _died(self) -> DubwrightError:
        status = self._process.wait()
        tail = self._log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").strip()
        if status < 0 and -status not in BY_LIMITS:
            name = signal.Signals(-status).name
            return ProcessKilledError(f"A drawing process was ended by {name}; it is tried again. {tail}")
        return MediaToolError(f"A drawing process ended with {status}. Its last lines: {tail}")


def _error(kind: str, message: str) -> DubwrightError:
    """Return the error that a drawing process reported, as the class that it was."""
    return REPORTED.get(kind, StageOutputError)(message)
