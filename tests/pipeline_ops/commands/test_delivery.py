from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from models.weights import WeightsStore
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.playbacks import Playback, record_playbacks
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.cli import app
from pipeline_ops.delivery.players import fetch_players
from pipeline_ops.settings import Settings
from tests.pipeline_ops.catalog.making import digest_of, facts


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def port(home: Path) -> Iterator[int]:
    """The port of `dubwright delivery serve` in a process of its own, which ends when it is told to."""
    fetch_players(WeightsStore.from_environment())
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    command = [sys.executable, "-c", "from pipeline_ops.cli import main; main()"]
    arguments = ["delivery", "serve", "--port", str(number)]
    with subprocess.Popen([*command, *arguments], env={**os.environ, "DUBWRIGHT_HOME": str(home)}) as server:
        try:
            deadline = time.monotonic() + 60
            while server.poll() is None and time.monotonic() < deadline:
                try:
                    httpx.get(f"http://127.0.0.1:{number}/health").raise_for_status()
                except httpx.TransportError:
                    time.sleep(0.1)
                else:
                    break
            yield number
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) in (0, -signal.SIGTERM)


def _ask(port: int, request: bytes) -> bytes:
    """Return the first bytes that a server answers to raw ones."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


@pytest.mark.e2e
def test_the_served_process_refuses_what_no_client_of_ours_would_send(port: int) -> None:
    host = b"Host: x\r\n"
    tricks = [
        (b"GET /static/../../../../etc/passwd HTTP/1.1\r\n" + host + b"\r\n", b"404"),
        (b"GET //etc/passwd HTTP/1.1\r\n" + host + b"\r\n", b"404"),
        (b"GET /viewer HTTP/1.1\r\n" + host + b"A: " + b"b" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET /viewer HTTP/1.1\r\n" + host + (b"A: " + b"b" * 1000 + b"\r\n") * 100, b"400"),
        (b"PUT /viewer HTTP/1.1\r\n" + host + b"Content-Length: 99999999\r\n\r\n", b"413"),
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
    ]
    for request, status in tricks:
        answer = _ask(port, request)
        assert answer.startswith(b"HTTP/1.1 " + status), request[:60]
        assert b"root:" not in answer and b"Traceback" not in answer
        assert b"server:" not in answer.lower()


def test_figures_are_printed_by_language_and_by_model(home: Path) -> None:
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        record_end(session, facts("run-1"))
        media_id = session.get_one(TranslationRow, ("run-1", "pt")).media_id
        record_playbacks(
            session,
            [
                Playback(
                    view_id="1" * 32,
                    media_id=media_id,
                    track="pt",
                    began_at=datetime.now(UTC),
                    given=True,
                    chosen=False,
                    started=True,
                    finished=True,
                    stalls=2,
                    stalled_s=1.5,
                    watched_s=90.0,
                )
            ],
        )
    printed = CliRunner().invoke(app, ["delivery", "figures"])
    assert printed.exit_code == 0
    assert printed.stdout.splitlines()[1].split() == ["pt", "dub", "1", "0", "1", "1", "2", "1.5", "1.5"]
    by_model = CliRunner().invoke(app, ["delivery", "figures", "--by", "model"], env={"COLUMNS": "200"})
    assert f"old-translator@{digest_of('old-translator')[:12]}" in by_model.stdout


def test_without_players_the_command_that_fetches_them_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBWRIGHT_WEIGHTS_DIR", str(home / "weights"))
    refused = CliRunner().invoke(app, ["delivery", "serve"])
    assert refused.exit_code == 1
    assert "dubwright delivery prepare" in " ".join(refused.stderr.split())
