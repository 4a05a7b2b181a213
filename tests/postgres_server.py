"""A real PostgreSQL process for tests, from the system's own package; it listens on a socket file only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

START_LIMIT_S = 60.0
ORDINARY_USER = "nobody"
"""PostgreSQL refuses to run as root."""


def find_programs() -> tuple[str, str] | None:
    """Return `initdb` and `postgres`, on the path or where Debian puts them, None where there are none."""
    places = [
        os.environ.get("PATH", ""),
        *(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
    ]
    for place in places:
        programs = shutil.which("initdb", path=place), shutil.which("postgres", path=place)
        if programs[0] and programs[1]:
            return programs[0], programs[1]
    return None


class PostgresServer:
    """Started when made; `stop` ends it and removes its files."""

    def __init__(self, initdb: str, postgres: str) -> None:
        self._user = ORDINARY_USER if os.geteuid() == 0 else None
        # A socket's path holds at most 107 characters, so not below pytest's own folders.
        self.folder = Path(tempfile.mkdtemp(prefix="dubwright-pg-", dir="/tmp"))
        if self._user:
            shutil.chown(self.folder, self._user)
        data, log = self.folder / "data", self.folder / "log"
        options = ["--auth=trust", "--username=dubwright", "--encoding=UTF8", "--no-sync"]
        self._run([initdb, *options, f"--pgdata={data}"])
        command = [postgres, "-D", str(data), "-k", str(self.folder), "-c", "listen_addresses=", "-F"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, user=self._user)
        self._wait(log)

    def make_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        import psycopg

        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql://dubwright@/{name}?host={self.folder}"

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)  # ends connections instead of waiting for them
        self._process.wait(timeout=30)
        shutil.rmtree(self.folder)

    def _address(self, database: str) -> str:
        return f"host={self.folder} user=dubwright dbname={database}"

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, capture_output=True, user=self._user)

    def _wait(self, log: Path) -> None:
        import psycopg

        deadline = time.monotonic() + START_LIMIT_S
        while True:
            try:
                psycopg.connect(self._address("postgres")).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            else:
                return
