from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pipeline_ops.gates.documents import write_documents
from pipeline_ops.gates.expectations import Expected
from pipeline_ops.gates.tables import Table
from pipeline_ops.gates.validation import check_tables


def expected(column: str, **limits: float | None) -> Expected:
    fields = {"least": None, "most": None, "share": 1.0, **limits}
    return Expected(
        f"{column}_is_right", "lines", column, **fields, subject="timing", severity="stop", reason="x"
    )


LINES: Table = (
    {"speed": 1.0, "said": True, "heard": None},
    {"speed": 1.9, "said": False, "heard": None},
    {"speed": None, "said": True, "heard": None},
)


def test_rows_beyond_a_limit_are_told_with_their_place() -> None:
    (outcome,) = check_tables({"lines": LINES}, [expected("speed", most=1.6)]).outcomes
    assert not outcome.passed
    assert outcome.detail == "speed is 1.9 in row 1; expected at most 1.6"


@pytest.mark.parametrize(("share", "passed"), [(0.6, True), (0.7, False)])
def test_a_share_of_the_rows_may_be_let_off(share: float, passed: bool) -> None:
    (outcome,) = check_tables({"lines": LINES}, [expected("said", least=1.0, share=share)]).outcomes
    assert outcome.passed is passed


def test_what_was_not_measured_is_passed_over() -> None:
    (outcome,) = check_tables({"lines": LINES}, [expected("heard", most=0.1)]).outcomes
    assert outcome.passed


def test_a_table_without_rows_meets_everything() -> None:
    (outcome,) = check_tables({"lines": ()}, [expected("speed", most=1.6)]).outcomes
    assert outcome.passed


def test_a_column_that_is_not_there_is_a_fault_and_not_a_pass() -> None:
    with pytest.raises(KeyError, match="no column pace"):
        check_tables({"lines": LINES}, [expected("pace", most=1.6)])


def test_checking_and_rendering_tell_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        message = "nothing here may connect"
        raise AssertionError(message)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    result = check_tables({"lines": LINES}, [expected("speed", most=1.6)])
    write_documents(tmp_path / "page.html", "Lines", result)
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_the_page_shows_what_was_found_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    result = check_tables({"lines": LINES}, [expected("speed", most=1.6), expected("said", least=0.0)])
    write_documents(tmp_path / "page.html", "Lines <of> a dub", result)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "speed is 1.9 in row 1; expected at most 1.6" in page
    assert "Lines &lt;of&gt; a dub" in page
    assert "Data Docs" in page
    assert page.count("<table") >= 2  # ours, and that of Great Expectations
    for loaded in ("<script", "<link", "<img", "<iframe", "http://", "https://"):
        assert loaded not in page
