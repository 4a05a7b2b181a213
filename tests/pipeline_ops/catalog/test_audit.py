"""The audit log only grows, and an edit, a deletion or a cut end shows."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from pipeline_ops.catalog import audit
from pipeline_ops.catalog.database import CatalogDatabase


def write(catalog: CatalogDatabase, *subjects: str) -> None:
    for subject in subjects:
        with catalog.writing() as session:
            audit.append(session, who="rita", what="approved", subject=subject, details={"lines": [1, 2.5]})


def found(catalog: CatalogDatabase, expected_end: str | None = None) -> list[str]:
    with catalog.reading() as session:
        return list(audit.problems(session, expected_end=expected_end))


class UndoneError(Exception):
    """Takes a transaction back."""


def after(catalog: CatalogDatabase, *statements: str, expected_end: str | None = None) -> list[str]:
    """Return what shows once somebody who owns the database has changed what it refuses to change; undo
    it."""
    shows: list[str] = []
    with contextlib.suppress(UndoneError), catalog.writing() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only"))
        else:
            for change in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER audit_log_no_{change}"))
        for statement in statements:
            session.execute(text(statement))
        shows += audit.problems(session, expected_end=expected_end)
        raise UndoneError
    return shows


def test_a_log_that_nobody_touched_verifies(catalog: CatalogDatabase) -> None:
    assert found(catalog) == []
    write(catalog, "translation a", "translation b", "creator ann")
    assert found(catalog) == []
    with catalog.reading() as session:
        assert [row.subject for row in audit.entries(session, subject="translation", limit=1)] == [
            "translation b"
        ]


def test_the_database_refuses_changes(catalog: CatalogDatabase) -> None:
    write(catalog, "a")
    for change in ("UPDATE audit_log SET who = 'otto'", "DELETE FROM audit_log"):
        with pytest.raises(DatabaseError, match="append-only"), catalog._engine.begin() as connection:
            connection.execute(text(change))


TAMPERING = {
    "UPDATE audit_log SET who = 'otto' WHERE sequence = 2": "Row 2 of the audit log was changed",
    "UPDATE audit_log SET details = '{}' WHERE sequence = 1": "Row 1 of the audit log was changed",
    "DELETE FROM audit_log WHERE sequence = 2": "Between rows 1 and 3",
    "DELETE FROM audit_log WHERE sequence = 3": "ends with row 2, but was signed up to row 3",
    "DELETE FROM audit_log": "ends with row 0",
    "UPDATE audit_head SET signature = 'AAAA'": "signature of the audit log's end is wrong",
    "DELETE FROM audit_head": "lost its head",
}


def test_tampering_shows(catalog: CatalogDatabase) -> None:
    write(catalog, "a", "b", "c")
    for change, complaint in TAMPERING.items():
        assert complaint in " ".join(after(catalog, change)), change
    assert found(catalog) == []


def test_a_log_cut_off_with_its_own_earlier_end_put_back_shows_by_an_end_that_was_noted(
    catalog: CatalogDatabase,
) -> None:
    write(catalog, "a")
    with catalog.reading() as session:
        head = session.execute(text("SELECT sequence, digest, signature, key_id FROM audit_head")).one()
    write(catalog, "b")
    with catalog.reading() as session:
        noted = audit.end_of_log(session)
    cut = (
        "DELETE FROM audit_log WHERE sequence = 2",
        f"UPDATE audit_head SET sequence = 1, digest = '{head.digest}', signature = '{head.signature}'",  # noqa: S608
    )
    assert after(catalog, *cut) == []
    assert "does not hold row 2" in after(catalog, *cut, expected_end=noted)[0]


def test_a_log_of_another_key_is_told_from_a_damaged_one(
    catalog: CatalogDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(catalog, "a")
    monkeypatch.setenv("DUBWRIGHT_RECORDS_KEY", "A" * 43 + "=")
    (problem,) = found(catalog)
    assert "not with this one" in problem


def test_many_processes_add_to_one_log(new_url: Callable[[], str]) -> None:
    url = new_url()
    with CatalogDatabase(url) as catalog:
        catalog.migrate()
        context = multiprocessing.get_context("fork")
        processes = [context.Process(target=_write_some, args=(url, name)) for name in "abc"]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0, 0, 0]
        assert found(catalog) == []
        with catalog.reading() as session:
            assert len(audit.entries(session)) == 30


def _write_some(url: str, name: str) -> None:
    with CatalogDatabase(url) as catalog:
        write(catalog, *(f"{name}{number}" for number in range(10)))
