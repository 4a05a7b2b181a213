from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_ops.cli import app

run = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("DUBWRIGHT_METRICS_TOKEN", raising=False)


def test_all_figures_are_printed_once() -> None:
    result = run.invoke(app, ["metrics", "show"])
    assert result.exit_code == 0
    assert "dubwright_last_published_timestamp_seconds 0.0" in result.stdout


def test_listening_beyond_this_machine_without_a_token_is_refused() -> None:
    result = run.invoke(app, ["metrics", "serve", "--host", "0.0.0.0", "--port", "0"])  # noqa: S104  refused
    assert result.exit_code == 1
    assert "DUBWRIGHT_METRICS_TOKEN" in result.stderr
