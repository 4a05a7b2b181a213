from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.cli import app
from pipeline_ops.upgrades.plan import plan_upgrade
from pipeline_ops.upgrades.starting import Terms, start_upgrade
from pipeline_ops.upgrades.wish import UpgradeWish
from tests.pipeline_ops.other_translator import write_catalog
from tests.pipeline_ops.upgrades.making import platform_in, request_for, run

WISH = ("--capability", "translation", "--to", "unstopped-en-pt")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment in which one translation is published."""
    write_catalog(tmp_path / "models.yaml")
    monkeypatch.setenv("DUBWRIGHT_CATALOG", str(tmp_path / "models.yaml"))
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    platform = platform_in(tmp_path)
    with open_catalog(platform.settings) as catalog:
        run(catalog, platform, "old-run", request_for(platform, "talk", "pt"))
    return tmp_path


@pytest.fixture
def upgrade(home: Path) -> str:
    """An upgrade that was written and of which no run has begun."""
    platform = platform_in(home)
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        plan = plan_upgrade(session, platform, UpgradeWish("translation", "unstopped-en-pt"))
        return start_upgrade(session, plan, Terms())


def dubwright(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["upgrade", *words])
    return result.exit_code, " ".join(result.output.split())


def test_a_plan_is_printed_run_by_run_and_stage_by_stage() -> None:
    code, output = dubwright("plan", *WISH)
    assert code == 0
    assert "old-run" in output
    assert "translate[pt]" in output
    assert "1 translations by 1 runs" in output


def test_a_plan_is_printed_as_json() -> None:
    _, output = dubwright("plan", *WISH, "--json")
    [planned] = json.loads(output)["runs"]
    assert planned["replaces"] == "old-run"
    assert "translate" in {stage["stage"] for stage in planned["stages"]}


def test_a_plan_of_nothing_says_so() -> None:
    assert "Nothing is to be made again." in dubwright("plan", *WISH, "--creator", "nobody")[1]


def test_starting_without_airflow_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBWRIGHT_AIRFLOW_URL", "http://127.0.0.1:9")
    code, _ = dubwright("start", *WISH)
    assert code == 1
    assert "upgrade-" not in dubwright("status")[1]


def test_upgrades_are_listed_shown_paused_and_rolled_back(upgrade: str) -> None:
    assert upgrade in dubwright("status")[1]
    assert f"{upgrade}: running Translations: 1 planned." in dubwright("status", upgrade)[1]
    assert dubwright("pause", upgrade)[0] == 0
    assert f"{upgrade}: paused" in dubwright("status", upgrade)[1]
    assert dubwright("roll-back", upgrade)[0] == 0
    assert json.loads(dubwright("status", upgrade, "--json")[1])["decisions"] == {"kept": 1}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("status", "upgrade-9"), "no upgrade 'upgrade-9'"),
        (("roll-back", "upgrade-9"), "no upgrade 'upgrade-9'"),
        (("plan", "--capability", "magic", "--to", "x"), "no capability 'magic'"),
        (("start", *WISH, "--canary", "2"), "a share above 0"),
        (("start", *WISH, "--tolerance", "beauty=1"), "no metric 'beauty'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(words: tuple[str, ...], complaint: str) -> None:
    code, output = dubwright(*words)
    assert code == 1
    assert complaint in output
