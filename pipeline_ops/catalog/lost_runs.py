"""Runs of which nobody will hear again: asked for or begun, and neither going on nor recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pipeline_ops.catalog.tables import LONGEST_MESSAGE, OPEN_RUNS, OutcomeRow, RunRow, RunStatus


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that the catalog takes to be going on."""

    run_id: str
    status: RunStatus
    started_by: str | None
    requested_at: datetime


def open_runs(session: Session, *, before: datetime | None = None) -> Sequence[OpenRun]:
    """Return the runs that have not come to an end, those asked for before a time or all."""
    statement = select(RunRow).where(RunRow.status.in_(OPEN_RUNS)).order_by(RunRow.requested_at, RunRow.id)
    if before is not None:
        statement = statement.where(RunRow.requested_at < before)
    return tuple(
        OpenRun(row.id, row.status, row.started_by, row.requested_at) for row in session.scalars(statement)
    )


def give_up(session: Session, run_id: str, status: RunStatus, message: str, now: datetime) -> bool:
    """Write down that an open run has come to nothing; tell whether it was still open.

    Args:
        session: A writing one.
        run_id: The run.
        status: `lost` where it may be asked for again, `failed` where an operator should look.
        message: Why.
        now: The present time.
    """
    row = session.get(RunRow, run_id, with_for_update=True)
    if row is None or row.status not in OPEN_RUNS:
        return False
    row.status, row.ended_at, row.message = status, now, message[:LONGEST_MESSAGE]
    session.execute(
        update(OutcomeRow)
        .where(OutcomeRow.run_id == run_id, OutcomeRow.status == "waiting")
        .values(status="failed", message=row.message)
    )
    return True
