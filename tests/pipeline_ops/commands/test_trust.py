"""Consent, audit log, reports and deletion by the commands that people use."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.reports import file_report
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.cli import app
from pipeline_ops.settings import Settings
from tests.pipeline_ops.catalog.making import facts


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))


def dubwright(words: str, *more: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*words.split(), *more])
    assert result.exit_code == code, result.output
    return result.output


def test_a_creator_agrees_takes_it_back_and_leaves(tmp_path: Path) -> None:
    dubwright("creators add ann --to pt")
    dubwright("consent give ann dub voice --text 2026-11 --by ann")
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        record_end(session, facts(creator_id="ann"))
        row = session.get_one(TranslationRow, ("run-1", "pt"))
        report = file_report(session, row, reason="offensive", at_s=1.0, text="Not so.", reporter="f00").id
    assert report in dubwright("reports list")
    dubwright(f"reports decide {report} --uphold --by rita")
    assert report not in dubwright("reports list")
    assert report in dubwright("reports list --all")

    told = dubwright("consent revoke ann dub --by ann")
    assert "1 translations were made with it" in told
    assert "dubwright takedown creator ann" in told
    assert "2026-11" in dubwright("consent show ann")
    assert "erased" in dubwright("takedown creator ann --yes --by ann")
    assert "genuine" in dubwright("takedown list")
    assert "0 were unfinished" in dubwright("takedown resume")
    assert "deleted for good" in dubwright("creators add ann", code=1)

    log = dubwright("audit show")
    for what in (
        "consent_given",
        "published",
        "report_upheld",
        "consent_revoked",
        "withdrawn",
        "takedown_done",
    ):
        assert what in log
    end = dubwright("audit verify").strip()
    assert dubwright("audit verify --end", end).strip() == end
    assert "does not hold row 3" in dubwright("audit verify --end", "3:" + "0" * 64, code=1)
