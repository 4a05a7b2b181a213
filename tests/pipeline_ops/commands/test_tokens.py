from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_ops.catalog.tokens import PREFIX
from pipeline_ops.cli import app

run = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    run.invoke(app, ["creators", "add", "ann"])


def test_a_token_is_printed_once_listed_without_its_secret_and_revoked() -> None:
    made = run.invoke(
        app, ["tokens", "create", "ann", "--name", "phone", "--may", "read,upload", "--days", "7"]
    )
    token = made.stdout.strip()
    assert made.exit_code == 0
    assert token.startswith(PREFIX)
    listed = run.invoke(app, ["tokens", "list"]).stdout
    assert "upload,read" in listed
    assert "never" in listed
    assert token not in listed
    token_id = listed.splitlines()[1].split()[0]
    assert run.invoke(app, ["tokens", "revoke", token_id]).exit_code == 0
    assert "revoked" in run.invoke(app, ["tokens", "list", "--creator", "ann"]).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "nobody"], "no creator"),
        (["create", "ann", "--may", "rule"], "not rule"),
        (["create", "ann", "--days", "0"], "cannot live"),
        (["revoke", "0123"], "no token"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(words: list[str], said: str) -> None:
    ended = run.invoke(app, ["tokens", *words])
    assert ended.exit_code == 1
    assert said in " ".join(ended.output.split())
