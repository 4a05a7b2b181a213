"""Takes what is deleted out of the catalog, whichever tables there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from pipeline_ops.catalog.tables import Base, OutcomeRow, RequestRow, RunRow, UpgradeRow
from pipeline_ops.catalog.trust_tables import AuditHeadRow, AuditRow, TakedownRow
from pipeline_ops.stages.revise_lines import revise_lines
from pipeline_ops.takedown.scope import Scope

KEPT_TABLES = frozenset({AuditRow.__tablename__, AuditHeadRow.__tablename__, TakedownRow.__tablename__})
"""They tell that something was deleted, and hold nothing of it."""

DELETED = "deleted_on_request"
"""The reason code of an outcome whose translation was deleted: it was asked for once, and is not again."""


def forget(session: Session, scope: Scope, row: TakedownRow) -> None:
    """Delete the rows of what a takedown names."""
    if scope.language is None:
        _forget_creator(session, scope)
    else:
        _forget_translation(session, scope, scope.language, row)
    session.expire_all()


def _forget_creator(session: Session, scope: Scope) -> None:
    upgrades = select(UpgradeRow.id).where(UpgradeRow.creator_id == scope.creator_id)
    of_creator: dict[str, Any] = {
        "creator_id": [scope.creator_id],
        "media_id": scope.media,
        "run_id": scope.runs,
        "replaces": scope.runs,
        "upgrade_id": list(session.scalars(upgrades)),
    }
    for table in _tables():
        conditions: list[ColumnElement[bool]] = [
            table.c[name].in_(values) for name, values in of_creator.items() if name in table.c
        ]
        if table.name == "creators":
            conditions = [table.c.id == scope.creator_id]
        if conditions:
            session.execute(delete(table).where(or_(*conditions)))


def _forget_translation(session: Session, scope: Scope, language: str, row: TakedownRow) -> None:
    for table in _tables():
        if "language" not in table.c or table.name == OutcomeRow.__tablename__:
            continue
        of_it: list[ColumnElement[bool]] = []
        if "media_id" in table.c:
            of_it.append(table.c.media_id.in_(scope.media))
        elif "run_id" in table.c:
            of_it.append(table.c.run_id.in_(scope.runs))
        if of_it:
            session.execute(delete(table).where(and_(table.c.language == language, *of_it)))
    stages = Base.metadata.tables["stages"]
    session.execute(delete(stages).where(stages.c.run_id.in_(scope.whole_runs)))
    session.execute(
        update(OutcomeRow)
        .where(OutcomeRow.run_id.in_(scope.runs), OutcomeRow.language == language)
        .values(
            status="rejected",
            reason_code=DELETED,
            message=f"It was deleted on {row.asked_at:%Y-%m-%d}.",
            lines=None,
            metrics={},
        )
    )
    _forget_edits(session, scope, language)


def _forget_edits(session: Session, scope: Scope, language: str) -> None:
    """Take people's wordings in the language out of the requests of the video."""
    for request in session.scalars(select(RequestRow).where(RequestRow.media_id.in_(scope.media))):
        revision = request.stage_parameters.get(revise_lines.name, {})
        edits = [edit for edit in revision.get("edits", ()) if edit.get("language") != language]
        if "edits" in revision:
            request.stage_parameters = {
                **request.stage_parameters,
                revise_lines.name: {**revision, "edits": edits},
            }
        request.attachments = {
            name: reference
            for name, reference in request.attachments.items()
            if not name.endswith(f".{language}")
        }
    session.execute(
        update(RunRow).where(RunRow.id.in_(scope.whole_runs)).values(message=None, reason_code=DELETED)
    )
    session.flush()


def _tables() -> Iterator[Table]:
    """Yield the tables, those that refer to others before those."""
    return (table for table in reversed(Base.metadata.sorted_tables) if table.name not in KEPT_TABLES)
