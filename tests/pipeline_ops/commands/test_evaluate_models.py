"""The command on clips that are no videos: everything but the models is real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline_ops.cli import app


@pytest.fixture(autouse=True)
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("ann.mp4", "bob.mp4"):
        (folder / name).write_text(f"no video, {name}")
    return folder


def evaluate(clips: Path, b: str, *more: str) -> Result:
    words = ["--set", str(clips), "--a", "embedded", "--b", b, "--to", "pt,es", *more]
    return CliRunner().invoke(app, ["evaluate-models", *words, "--out", str(clips.parent / "out")])


def test_a_report_is_written_and_named(clips: Path) -> None:
    result = evaluate(clips, "embedded")
    assert result.exit_code == 0, result.output
    assert str(clips.parent / "out" / "report.html") in result.output
    data = json.loads((clips.parent / "out" / "report.json").read_text(encoding="utf-8"))
    assert (data["clips"], len(data["pairs"]), data["languages"]) == (2, 4, ["pt", "es"])


def test_what_was_evaluated_before_is_not_run_again(clips: Path) -> None:
    made = []
    for _ in range(2):
        result = evaluate(clips, "embedded")
        assert result.exit_code == 0, result.output
        data = json.loads((clips.parent / "out" / "report.json").read_text(encoding="utf-8"))
        made.append((data["costs_a"]["made"], data["costs_b"]["made"]))
    assert made == [(2, 0), (0, 0)], data["pairs"]


@pytest.mark.parametrize(
    ("b", "more", "message"),
    [
        ("no-such-profile", (), "no-such-profile"),
        ("none.yaml", (), "cannot be read"),
        ("embedded", ("--consent", "face"), "not to 'face'"),
    ],
)
def test_what_makes_no_sense_ends_with_a_sentence(
    clips: Path, b: str, more: tuple[str, ...], message: str
) -> None:
    result = evaluate(clips, b, *more)
    assert result.exit_code == 1
    assert message in " ".join(result.output.split())
