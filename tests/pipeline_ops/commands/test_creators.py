from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_ops.cli import app

run = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))


def shown(creator: str) -> dict[str, object]:
    content: dict[str, object] = json.loads(run.invoke(app, ["creators", "show", creator]).stdout)
    return content


def test_a_creator_is_added_with_terms_and_shown(tmp_path: Path) -> None:
    glossary = tmp_path / "glossary.json"
    glossary.write_text('{"pt-BR": {"Dubwright": "Dubwright"}}')
    words = [
        "creators",
        "add",
        "ann",
        "--to",
        "pt-BR,es",
        "--enrol",
        "--consent",
        "--glossary",
        str(glossary),
    ]
    assert run.invoke(app, words).exit_code == 0
    ann = shown("ann")
    assert (ann["enrolled"], ann["languages"], ann["review_wanted"]) == (True, ["pt", "es"], False)
    assert ann["consented_at"]
    assert ann["glossary"] == {"pt": {"Dubwright": "Dubwright"}}
    assert "ann" in run.invoke(app, ["creators", "list"]).stdout


def test_changing_one_thing_leaves_the_rest() -> None:
    run.invoke(app, ["creators", "add", "ann", "--to", "pt", "--enrol", "--consent"])
    before = shown("ann")
    run.invoke(app, ["creators", "change", "ann", "--review", "--consent"])
    assert shown("ann") == {**before, "review_wanted": True}
    run.invoke(app, ["creators", "change", "ann", "--no-consent"])
    assert shown("ann")["consented_at"] is None


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["show", "nobody"], "no creator 'nobody'"),
        (["add", "../etc"], "cannot name a creator"),
        (["add", "ann", "--to", "not a tag"], "does not name languages"),
        (["change", "nobody", "--enrol"], "no creator 'nobody'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(words: list[str], complaint: str) -> None:
    result = run.invoke(app, ["creators", *words])
    assert result.exit_code == 1
    assert complaint in " ".join(result.output.split())


def test_a_creator_is_not_added_twice() -> None:
    assert run.invoke(app, ["creators", "add", "ann"]).exit_code == 0
    assert run.invoke(app, ["creators", "add", "ann"]).exit_code == 1


def test_the_catalog_is_migrated_and_summed_up() -> None:
    assert "has the schema" in run.invoke(app, ["catalog", "migrate"]).stdout
    assert run.invoke(app, ["catalog", "status"]).exit_code == 0
