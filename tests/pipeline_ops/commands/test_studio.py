from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from pipeline_ops.cli import app


@pytest.mark.e2e
def test_the_studio_is_served_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["dubwright", "studio", "serve", "--port", str(port)]
    environment = {**os.environ, "DUBWRIGHT_HOME": str(tmp_path)}
    program = f"import sys; from pipeline_ops.cli import main; sys.argv = {words!r}; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE
    ) as process:
        assert _answer_of(f"http://127.0.0.1:{port}/").status_code == 200
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    assert (tmp_path / "delivery.key").stat().st_mode & 0o077 == 0


def _answer_of(address: str) -> httpx.Response:
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(address, follow_redirects=True)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_keys_that_are_too_short_are_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("DUBWRIGHT_DELIVERY_KEYS", "short")
    ended = CliRunner().invoke(app, ["studio", "serve"])
    assert ended.exit_code == 1
    assert "DUBWRIGHT_DELIVERY_KEYS" in ended.output


def test_a_folder_of_uploads_needs_no_rule_for_browsers_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    result = CliRunner().invoke(app, ["studio", "allow-origin", "https://studio.example"])
    assert result.exit_code != 0
    assert "DUBWRIGHT_MEDIA_URL is a folder" in result.output
