"""Writes a row whether or not it is there: one statement, so that two writers do no harm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pipeline_ops.catalog.tables import Base


def upsert(
    session: Session, table: type[Base], values: Mapping[str, Any], keep: Collection[str] = ()
) -> None:
    """Insert a row, or change the one of that primary key.

    Args:
        session: A writing one.
        table: The row's class.
        values: By column, the primary key among them; columns that are not named stay as they are.
        keep: Columns that are written where the row is new, and left alone where it is not.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**values)
    key = [str(column.key) for column in inspect(table).primary_key]
    changes = {name: statement.excluded[name] for name in values if name not in {*key, *keep}}
    if changes:
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))
    else:
        session.execute(statement.on_conflict_do_nothing(index_elements=key))
    session.expire_all()  # rows that the session has read may have changed under it
