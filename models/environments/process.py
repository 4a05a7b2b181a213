"""The near end of a model that runs in an environment of its own: starts, asks, restarts, ends its process.

One process serves all lines of a stage's task, in which it is started when something is first asked; see
`worker.py` for what it runs and how the two talk.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import subprocess
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from models.environments import worker
from models.errors import (
    DubwrightError,
    FaultError,
    ModelOutputError,
    ModelProcessError,
    UnsupportedLanguageError,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

WORKER = Path(worker.__file__)
LAST_LINES = 30
"""Of what the process wrote to its standard error: as much as a message can hold."""

ENDS_WITHIN_S = 5.0
"""How long a process may take to notice that nobody needs it; then it is killed."""

_ERRORS: Mapping[str, type[DubwrightError]] = {
    "UnsupportedLanguageError": UnsupportedLanguageError,
    "ModelOutputError": ModelOutputError,
    "FaultError": FaultError,
    # What torch and Python say of a machine that is too full just now.
    "OutOfMemoryError": ModelProcessError,
    "MemoryError": ModelProcessError,
}
"""What an engine raises there, by its name, and what is raised here; anything else is a fault."""


@dataclass(frozen=True, slots=True)
class EnvironmentEngine:
    """What runs where, and for how long at most.

    Attributes:
        name: What messages call it.
        python: The environment's interpreter.
        engine: The file of the engine and its class, as `module.py:Class`.
        options: What its `load` is handed; plain values.
        start_timeout_s: How long loading may take; some gigabytes from a disk that others use too.
        call_timeout_s: How long one answer may take.
    """

    name: str
    python: Path
    engine: str
    options: Mapping[str, Any] = field(default_factory=dict)
    start_timeout_s: float = 900.0
    call_timeout_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered: a plain value, and arrays by name."""

    result: Any
    arrays: Mapping[str, NDArray[Any]]


class EnvironmentProcess:
    """A model in an environment of its own; one call at a time, whichever thread asks."""

    def __init__(self, engine: EnvironmentEngine) -> None:
        self._engine = engine
        self._running: _Running | None = None
        self._lock = threading.Lock()

    def about(self) -> Mapping[str, Any]:
        """Return what the model says of itself; starts it.

        Raises:
            FaultError, ModelProcessError: as `call`.
        """
        with self._lock:
            return self._started().about

    def call(
        self,
        method: str,
        arguments: Mapping[str, Any],
        arrays: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> Reply:
        """Ask the model; it is started first where it does not run.

        A process that dies while it answers is started again and asked again, once: another request may have
        taken the machine's memory at that moment.

        Raises:
            FaultError: the environment has no such interpreter or cannot load the model, or the model raised
                an error that has no better name here.
            UnsupportedLanguageError, ModelOutputError: the model raised an error of that name.
            ModelProcessError: the process died twice, did not answer in time, or lacked memory.
        """
        with self._lock:
            try:
                return self._ask(method, arguments, arrays)
            except _ProcessDiedError as error:
                log.warning("%s; it is started again", error)
            try:
                return self._ask(method, arguments, arrays)
            except _ProcessDiedError as error:
                message = f"{error}, for the second time"
                raise ModelProcessError(message) from error

    def close(self) -> None:
        """End the process, if one runs; the next call starts another."""
        with self._lock:
            self._drop()

    def _ask(
        self, method: str, arguments: Mapping[str, Any], arrays: Mapping[str, NDArray[np.float32]] | None
    ) -> Reply:
        running = self._started()
        limit_s = self._engine.call_timeout_s
        running.channel.deadline_s = time.monotonic() + limit_s
        try:
            running.channel.send({"method": method, "arguments": dict(arguments)}, dict(arrays or {}))
            fields, made = running.channel.receive()
        except TimeoutError as error:
            self._drop()
            message = (
                f"{self._engine.name} did not answer within {limit_s:g} s and was ended{running.last_words()}"
            )
            raise ModelProcessError(message) from error
        except (EOFError, OSError) as error:
            self._drop()
            message = f"The process of {self._engine.name} died{running.last_words()}"
            raise _ProcessDiedError(message) from error
        if "error" in fields:
            raise self._error(fields["error"], running)
        return Reply(fields["result"], made)

    def _started(self) -> _Running:
        if self._running is not None and self._running.owner_pid != os.getpid():
            self._running = None  # it is our parent's, from before the fork
        if self._running is None:
            self._running = self._start()
        return self._running

    def _start(self) -> _Running:
        engine = self._engine
        near, far = socket.socketpair()
        # -I: neither this environment's variables nor the folder it runs in may show through.
        command = [str(engine.python), "-I", str(WORKER), engine.engine, json.dumps(dict(engine.options))]
        try:
            process = subprocess.Popen(
                command, stdin=far.fileno(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        except OSError as error:
            near.close()
            message = (
                f"{engine.name} cannot be started with {engine.python}: {error.strerror}. Make its"
                " environment, and say where its interpreter is"
            )
            raise FaultError(message) from error
        finally:
            far.close()
        running = _Running(process, worker.Channel(near), os.getpid())
        running.channel.deadline_s = time.monotonic() + engine.start_timeout_s
        try:
            fields, _ = running.channel.receive()
        except TimeoutError as error:
            running.end()
            message = (
                f"{engine.name} was not loaded within {engine.start_timeout_s:g} s{running.last_words()}"
            )
            raise ModelProcessError(message) from error
        except (EOFError, OSError) as error:
            running.end()
            message = f"The process of {engine.name} ended before its model was loaded{running.last_words()}"
            # By a signal: somebody, or a machine without memory, ended it. Else it did so by itself.
            raise (ModelProcessError if process.returncode < 0 else FaultError)(message) from error
        if "error" in fields:
            running.end()
            raise self._error(fields["error"], running)
        running.about = fields["ready"]
        return running

    def _error(self, told: Mapping[str, str], running: _Running) -> DubwrightError:
        known = _ERRORS.get(told["type"])
        if known is not None:
            return known(f"{self._engine.name}: {told['message']}")
        return FaultError(
            f"{self._engine.name} failed with {told['type']}: {told['message']}\n{told['trace']}"
            f"{running.last_words()}"
        )

    def _drop(self) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None


class _ProcessDiedError(Exception):
    """The process ended while it was asked; it may be started again."""


class _Running:
    """A process that was started, and what it has written since.

    Attributes:
        channel: The way to it.
        owner_pid: Who started it; nobody else ends it.
        about: What its model says of itself.
    """

    def __init__(self, process: subprocess.Popen[bytes], channel: worker.Channel, owner_pid: int) -> None:
        self.channel = channel
        self.owner_pid = owner_pid
        self.about: Mapping[str, Any] = {}
        self._lines: deque[str] = deque(maxlen=LAST_LINES)
        # Reading goes on for as long as the process lives: a full pipe would hold it up.
        self._reader = threading.Thread(target=_keep_lines, args=(process.stdout, self._lines), daemon=True)
        self._reader.start()
        # Also when the interpreter exits, and when nobody holds this any more.
        self.end = weakref.finalize(self, _end, process, channel, owner_pid)

    def last_words(self) -> str:
        """Return what the process wrote last, as the end of a message."""
        self._reader.join(
            timeout=1.0
        )  # ends with the process; where that goes on, there is nothing to wait for
        return f". It wrote last:\n{''.join(self._lines).rstrip()}" if self._lines else ""


def _keep_lines(pipe: IO[bytes], lines: deque[str]) -> None:
    with pipe:
        for line in pipe:
            lines.append(line.decode(errors="replace"))


def _end(process: subprocess.Popen[bytes], channel: worker.Channel, owner_pid: int) -> None:
    if os.getpid() != owner_pid:
        return  # a fork of the process that started it
    channel.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(ENDS_WITHIN_S)
        return
    process.kill()
    process.wait()
