"""An engine that behaves, or misbehaves, as it is asked to; what is tested with it is the process around
it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any


class ModelOutputError(Exception):
    pass


class OutOfMemoryError(Exception):
    pass


class Behaviours:
    METHODS = ("scale", "crash", "hang", "fail", "shout", "pid")

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options

    @classmethod
    def load(cls, options: dict[str, Any]) -> Behaviours:
        if options.get("load") == "fail":
            raise FileNotFoundError("weights.pt is not there")
        if options.get("load") == "exit":
            print("cannot go on", flush=True)
            os._exit(3)
        if options.get("load") == "killed":
            os.kill(os.getpid(), 9)
        if options.get("load") == "slow":
            time.sleep(60)
        return cls(options)

    def about(self) -> dict[str, Any]:
        return {"python": sys.version_info[:2], "path": sys.path, "options": self.options}

    def scale(self, factor: float, samples: Any, other: Any = None) -> tuple[Any, dict[str, Any]]:
        return {"frames": len(samples)}, {"samples": samples * factor, "none": samples[:0]}

    def pid(self) -> tuple[int, dict[str, Any]]:
        return os.getpid(), {}

    def crash(self, once: str = "") -> tuple[str, dict[str, Any]]:
        """Die; only the first time, where a file is named to remember it by."""
        if once and Path(once).exists():
            return "well again", {}
        if once:
            Path(once).touch()
        print("about to die", flush=True)
        os.kill(os.getpid(), 9)
        raise AssertionError

    def hang(self) -> tuple[None, dict[str, Any]]:
        print("going to sleep", flush=True)
        time.sleep(60)
        return None, {}

    def fail(self, kind: str) -> tuple[None, dict[str, Any]]:
        known = {each.__name__: each for each in (ModelOutputError, OutOfMemoryError, ValueError)}
        raise known[kind]("of no use")

    def shout(self) -> tuple[str, dict[str, Any]]:
        """Write more than a pipe holds, to both outputs, and read from the input."""
        for _ in range(2000):
            print("x" * 100)
            print("y" * 100, file=sys.stderr)
        return sys.stdin.read(), {}
