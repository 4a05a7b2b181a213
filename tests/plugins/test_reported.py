from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import translations
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.reports import file_report
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.errors import SettingsError
from tests.pipeline_ops.catalog.making import facts


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogDatabase]:
    with CatalogDatabase(f"sqlite:///{tmp_path}/catalog.db") as database:
        database.migrate()
        with database.writing() as session:
            record_end(session, facts())
            row = session.get_one(TranslationRow, ("run-1", "pt"))
            for at_s, text in ((3.0, "<b>He does not.</b>"), (None, "All of it.")):
                file_report(session, row, reason="wrong_meaning", at_s=at_s, text=text, reporter="f00")
        yield database


def lines() -> Any:
    from dubwright_inspection.transcript import Line

    starts_s = (0.0, 2.0, 4.0)
    return tuple(
        Line(index, "speaker_1", f"source {index}", at_s, at_s + 1.5, f"dub {index}", start_s=at_s)
        for index, at_s in enumerate(starts_s)
    )


def shown(catalog: CatalogDatabase) -> Any:
    from dubwright_inspection.reported import reported

    with catalog.reading() as session:
        [standing] = translations(session, run_id="run-1")
    return reported(catalog, standing, lines())


def test_a_report_stands_next_to_the_line_that_is_said_there(catalog: CatalogDatabase) -> None:
    from dubwright_inspection.reported import line_at

    by_text = {each.text: each for each in shown(catalog)}
    assert by_text["<b>He does not.</b>"].line == lines()[1]
    assert by_text["All of it."].line is None
    assert all(each.of_this_run for each in by_text.values())
    assert line_at(lines(), 3.8) == lines()[1], "in the pause after it"
    assert line_at(lines()[1:], 1.0) is None


def test_a_decision_is_kept_and_made_once(catalog: CatalogDatabase) -> None:
    from dubwright_inspection.reported import decide_on_report

    first = shown(catalog)[0]
    decide_on_report(catalog, first.id, "dismiss", by="rita", note="He does.")
    [decided] = [each for each in shown(catalog) if each.id == first.id]
    assert (decided.state, decided.decided_by, decided.note) == ("dismissed", "rita", "He does.")
    assert shown(catalog)[0].state == "open", "what is open comes first"
    with pytest.raises(SettingsError, match="was dismissed by rita"):
        decide_on_report(catalog, first.id, "uphold", by="otto", note="")


def test_what_a_viewer_wrote_is_text_and_nothing_else(catalog: CatalogDatabase) -> None:
    html = rendered(catalog)
    assert "&lt;b&gt;He does not.&lt;/b&gt;" in html
    assert "<b>He" not in html
    assert html.count('value="uphold"') == 2


def rendered(catalog: CatalogDatabase) -> str:
    from dubwright_inspection.pages import page

    values = {"base": "", "run": {"run_id": "run-1"}, "language": "pt", "may_judge_reports": True}
    return bytes(page("run_reports.html", reports=shown(catalog), **values).body).decode()
