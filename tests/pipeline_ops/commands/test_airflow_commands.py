from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_ops.cli import app

run = CliRunner()


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("DUBWRIGHT_AIRFLOW_URL", raising=False)


def test_stopping_what_does_not_run_is_no_error() -> None:
    result = run.invoke(app, ["airflow", "down"])
    assert result.exit_code == 0
    assert "was not running" in result.output


def test_the_status_of_what_does_not_run_is_exit_code_1() -> None:
    assert run.invoke(app, ["airflow", "status"]).exit_code == 1


def test_translating_without_an_airflow_says_how_to_start_it(tmp_path: Path) -> None:
    video = tmp_path / "talk.mp4"
    video.write_bytes(b"video")
    result = run.invoke(app, ["translate", str(video), "--to", "pt"])
    assert result.exit_code == 1
    assert "dubwright airflow up" in " ".join(result.output.split())


def test_a_demo_of_a_file_that_is_not_there_starts_nothing(tmp_path: Path) -> None:
    result = run.invoke(app, ["demo", str(tmp_path / "nothing.mp4")])
    assert result.exit_code == 1
    assert "There is no file" in result.output
    assert not (tmp_path / "airflow").exists()
