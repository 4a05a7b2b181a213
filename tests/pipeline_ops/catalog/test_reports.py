"""Reports of viewers are written down, found and decided, once each."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_ops.catalog.audit import entries
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.reports import LONGEST_TEXT_CHARACTERS, decide_report, file_report, reports
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.errors import SettingsError
from tests.pipeline_ops.catalog.making import facts


@pytest.fixture
def watched(catalog: CatalogDatabase) -> CatalogDatabase:
    with catalog.writing() as session:
        record_end(session, facts())
    return catalog


def report(
    catalog: CatalogDatabase,
    *,
    reason: str = "wrong_meaning",
    at_s: float | None = 12.5,
    text: str = "He says he does not.",
    reporter: str = "f00",
) -> str:
    with catalog.writing() as session:
        translation = session.get_one(TranslationRow, ("run-1", "pt"))
        return file_report(session, translation, reason=reason, at_s=at_s, text=text, reporter=reporter).id


def test_a_report_waits_until_it_is_decided_and_that_is_audited(watched: CatalogDatabase) -> None:
    first, second = report(watched), report(watched, reporter="f01")
    with watched.writing() as session:
        decide_report(session, first, upheld=True, by="rita", note="He does not.")
    with watched.reading() as session:
        assert [(row.id, row.state) for row in reports(session)] == [(second, "open"), (first, "upheld")]
        assert [row.id for row in reports(session, state="open", language="pt")] == [second]
        last = entries(session)[-1]
        assert (last.who, last.what, last.details["report"]) == ("rita", "report_upheld", first)
    with watched.writing() as session, pytest.raises(SettingsError, match="was upheld by rita"):
        decide_report(session, first, upheld=False, by="otto")


def test_the_same_report_of_the_same_viewer_is_one(watched: CatalogDatabase) -> None:
    assert report(watched) == report(watched)
    assert report(watched) != report(watched, at_s=20.0)


NONSENSE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"reason": "boring"}, "no reason to report"),
    ({"at_s": 900.0}, "not within the video"),
    ({"at_s": float("nan")}, "not within the video"),
    ({"at_s": -1.0}, "not within the video"),
    ({"text": "x" * (LONGEST_TEXT_CHARACTERS + 1)}, "at most"),
    ({"reporter": ""}, "hash has"),
    ({"reporter": "x" * 65}, "hash has"),
)


def test_what_makes_no_sense_is_refused(watched: CatalogDatabase) -> None:
    for wrong, complaint in NONSENSE:
        with pytest.raises(SettingsError, match=complaint):
            report(watched, **wrong)


def test_control_characters_are_dropped_and_words_of_any_script_stay(watched: CatalogDatabase) -> None:
    report(watched, text=" \x1b[31mनमस्ते\x00\nsecond line ", at_s=None)
    with watched.reading() as session:
        assert reports(session)[0].text == "[31mनमस्ते\nsecond line"
