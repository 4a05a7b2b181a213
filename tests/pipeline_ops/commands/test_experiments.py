from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_ops.cli import app
from pipeline_ops.experiments.assignment import assign

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)

DEFINITION = """
name: lips
arms: {audio_only: 1, with_lips: 1}
metrics:
  finished: {event: finished, within_hours: 24}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """400 viewers; of those with lips all finish, of the others every second one."""
    (tmp_path / "lips.yaml").write_text(DEFINITION)
    exposures, events = ["unit,arm,at"], ["unit,name,value,at"]
    for number in range(400):
        unit, at = f"v{number}", NOON + timedelta(minutes=number)
        arm = assign(unit, {"audio_only": 1, "with_lips": 1}, "lips")
        exposures.append(f"{unit},{arm},{at.isoformat()}")
        if arm == "with_lips" or number % 2:
            events.append(f"{unit},finished,1,{(at + timedelta(minutes=1)).isoformat()}")
    (tmp_path / "exposures.csv").write_text("\n".join(exposures))
    (tmp_path / "events.csv").write_text("\n".join(events))
    return tmp_path


def analyse(files: Path, *options: str) -> str:
    result = CliRunner().invoke(
        app,
        [
            *("experiments", "analyse", str(files / "lips.yaml")),
            *("--exposures", str(files / "exposures.csv"), "--events", str(files / "events.csv"), *options),
        ],
    )
    assert result.exit_code == 0, result.output
    return result.output


def test_a_better_arm_is_told_in_words(files: Path) -> None:
    assert "with_lips against audio_only" in analyse(files)
    assert ": better" in analyse(files)


def test_the_report_is_json_too(files: Path) -> None:
    (report,) = json.loads(analyse(files, "--json"))
    assert report["differences"][0]["verdict"] == "better"
    assert report["ratio"]["p_value"] > 0.0005


def test_assignments_are_printed(files: Path) -> None:
    result = CliRunner().invoke(app, ["experiments", "assign", str(files / "lips.yaml"), "v1", "v2"])
    assert [line.split("\t")[0] for line in result.output.splitlines()] == ["v1", "v2"]


def test_a_moment_without_zone_is_refused(files: Path) -> None:
    (files / "events.csv").write_text("unit,name,value,at\nv1,finished,1,2026-11-01T12:00:00\n")
    result = CliRunner().invoke(
        app,
        [
            *("experiments", "analyse", str(files / "lips.yaml")),
            *("--exposures", str(files / "exposures.csv"), "--events", str(files / "events.csv")),
        ],
    )
    assert result.exit_code == 1
    assert "has no time zone" in result.output


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["experiments", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_an_experiment_is_begun_looked_at_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    file = tmp_path / "lips.yaml"
    file.write_text(f"{DEFINITION}\nshows: {{with_lips: {{lips: true}}}}\n")
    assert "lips runs" in run("start", str(file))
    assert "lips" in run("list") and "runs" in run("list")
    (report,) = json.loads(run("report", "lips", "--json"))
    assert report["metric"] == "finished"
    assert report["ratio"]["counted"] == {"audio_only": 0, "with_lips": 0}
    assert "lips has ended" in run("stop")
    second = CliRunner().invoke(app, ["experiments", "stop"])
    assert second.exit_code != 0 and "No experiment runs" in second.output
