from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pipeline_ops.cli import app
from pipeline_ops.ratings.rating_csv import write_answers
from pipeline_ops.ratings.records import Answer


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path / "home"))
    generator = np.random.default_rng(1)
    rows = [
        Answer(f"r{rater}", f"c{content}", system, "test", "overall", int(mean + generator.integers(0, 2)))
        for rater in range(5)
        for content in range(4)
        for system, mean in (("new", 4), ("old", 2))
    ]
    file = tmp_path / "answers.csv"
    file.write_text(write_answers(rows), newline="")
    return file


def dubwright(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ratings", "campaign", *arguments])


def test_answers_are_imported_reported_listed_and_exported(answers: Path, tmp_path: Path) -> None:
    assert dubwright("import", "round", str(answers), "--title", "A round").exit_code == 0
    assert "round: A round, scores, closed, 40 of 40 pages" in dubwright("list").output
    assert dubwright("report", "round", "--out", str(tmp_path / "out")).exit_code == 0
    report = json.loads((tmp_path / "out" / "round.json").read_text())
    assert report["dimensions"][0]["differences"][0]["others"]["low"] > 1
    assert "A round" in (tmp_path / "out" / "round.html").read_text()
    dubwright("export", "round", "--out", str(tmp_path / "again.csv"))
    assert len((tmp_path / "again.csv").read_text().splitlines()) == 41


def test_a_campaign_that_is_not_there_is_told(answers: Path) -> None:
    result = dubwright("report", "nothing")
    assert result.exit_code == 1
    assert "There is no campaign" in result.output


def test_a_file_that_makes_no_sense_is_told(answers: Path) -> None:
    answers.write_text("a,b\n")
    assert "should have the columns" in " ".join(dubwright("import", "round", str(answers)).output.split())
