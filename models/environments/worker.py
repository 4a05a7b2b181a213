"""Serves one model from an environment of its own: loaded once, asked as often as there are lines.

Run by that environment's interpreter, as `python -I worker.py MODULE.py:CLASS OPTIONS`, with a socket as its
standard input. It imports nothing of Dubwright and needs Python 3.8 and NumPy alone; `process.py` is the
other end, and takes `Channel` from here.

A message is four bytes (the length of a JSON text, big endian), that text, and the bytes of the arrays that
it lists, one after another. The worker says `{"ready": ...}` once the model is loaded, and answers each
`{"method": ..., "arguments": {...}}` with `{"result": ...}` or `{"error": {"type", "message", "trace"}}`.

CLASS has a class method `load(options)`, a method `about()` that returns what is known of it, and names in
`METHODS` what may be asked. A method takes the arguments and arrays of the request by name and returns a
plain value and a dictionary of arrays.
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import socket
import struct
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

_LENGTH = struct.Struct(">I")


class Channel:
    """One end of the socket.

    Attributes:
        deadline_s: Until when it waits for the other end, on the monotonic clock; None for ever.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.deadline_s: float | None = None

    def send(self, fields: dict[str, Any], arrays: dict[str, Any] | None = None) -> None:
        """Send a message.

        Raises:
            TimeoutError: the other end did not take it in time.
            OSError: the other end is gone.
        """
        held = {name: np.ascontiguousarray(array) for name, array in (arrays or {}).items()}
        listed = [[name, array.dtype.str, list(array.shape)] for name, array in held.items()]
        text = json.dumps({"fields": fields, "arrays": listed}).encode()
        self._send(_LENGTH.pack(len(text)) + text)
        for array in held.values():
            self._send(array.tobytes())

    def receive(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Wait for a message: plain values, and arrays by name.

        Raises:
            TimeoutError: none came in time.
            EOFError: the other end is gone.
        """
        (length,) = _LENGTH.unpack(self._receive(_LENGTH.size))
        message = json.loads(self._receive(length))
        arrays = {}
        for name, kind, shape in message["arrays"]:
            dtype = np.dtype(kind)
            content = self._receive(int(np.prod(shape, dtype=np.int64)) * dtype.itemsize)
            arrays[name] = np.frombuffer(content, dtype).reshape(shape).copy()
        return message["fields"], arrays

    def close(self) -> None:
        """Let go of the socket: the other end notices."""
        self._connection.close()

    def _send(self, content: bytes) -> None:
        view = memoryview(content)
        while view:
            self._connection.settimeout(self._remaining_s())
            view = view[self._connection.send(view) :]

    def _receive(self, length: int) -> bytes:
        content = bytearray()
        while len(content) < length:
            self._connection.settimeout(self._remaining_s())
            part = self._connection.recv(min(length - len(content), 1 << 20))
            if not part:
                raise EOFError
            content += part
        return bytes(content)

    def _remaining_s(self) -> float | None:
        if self.deadline_s is None:
            return None
        remaining_s = self.deadline_s - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        return remaining_s


def main() -> None:
    """Load the model that the command line names and answer until nobody asks any more."""
    channel = Channel(socket.socket(fileno=os.dup(0)))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # libraries that read from it must not take our messages
    requests: queue.SimpleQueue[tuple[dict[str, Any], dict[str, Any]]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(channel, requests), daemon=True).start()
    try:
        engine = _load(sys.argv[1], json.loads(sys.argv[2]))
        channel.send({"ready": engine.about()})
    except Exception as error:  # whatever it is, the other end must hear of it
        channel.send(_told(error))
        return
    while True:
        channel.send(*_answer(engine, *requests.get()))


def _listen(channel: Channel, requests: queue.SimpleQueue[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    try:
        while True:
            requests.put(channel.receive())
    except (EOFError, OSError):
        os._exit(0)  # at once, even in mid-work: nobody is left to take it


def _load(path: str, options: dict[str, Any]) -> Any:
    file, _, name = path.rpartition(":")
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(file + " is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return getattr(module, name).load(options)


def _answer(
    engine: Any, fields: dict[str, Any], arrays: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        if fields["method"] not in engine.METHODS:
            raise AttributeError("there is no method " + repr(fields["method"]))
        result, made = getattr(engine, fields["method"])(**fields["arguments"], **arrays)
    except Exception as error:  # one line that goes wrong does not end the others
        return _told(error), {}
    return {"result": result}, made


def _told(error: Exception) -> dict[str, Any]:
    return {
        "error": {
            "type": type(error).__name__,
            "message": str(error),
            "trace": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
        }
    }


if __name__ == "__main__":
    main()
