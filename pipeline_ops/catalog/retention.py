"""How long what a run made is kept once viewers get nothing of it any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from pipeline_ops.catalog.tables import MediumRow, RunRow, TranslationRow, TranslationState
from pipeline_ops.checkpoints.manifest import CheckpointReference

KEPT_STATES: tuple[TranslationState, ...] = ("published", "held", "awaiting_review")
"""Viewers get it, or somebody is still to decide whether they do."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a run is kept after it ended as rejected, as failed, or after it was replaced."""

    rejected: timedelta
    failed: timedelta
    replaced: timedelta


def runs_past_retention(session: Session, retention: Retention, now: datetime) -> tuple[str, ...]:
    """Return the runs of which nothing needs to be kept any more, the one that ended first leading.

    A run goes on being kept while one of its translations is published or undecided, and while it goes on
    itself. One that was replaced counts from when its successor was last put before viewers.
    """
    statement = select(RunRow.id).where(_is_past(retention, now)).order_by(RunRow.ended_at, RunRow.id)
    return tuple(session.scalars(statement))


def expire(session: Session, run_id: str, retention: Retention, now: datetime) -> bool:
    """Give up what a run made, so that nothing puts it before viewers again; tell whether it may go.

    Args:
        session: A writing one; what was true when the run was found may have changed since.
        run_id: The run.
        retention: How long runs are kept.
        now: The present time.
    """
    medium = select(RunRow.media_id).where(RunRow.id == run_id).scalar_subquery()
    session.execute(select(MediumRow.id).where(MediumRow.id == medium).with_for_update())
    if session.scalar(select(RunRow.id).where(RunRow.id == run_id, _is_past(retention, now))) is None:
        return False
    session.execute(
        update(TranslationRow)
        .where(TranslationRow.run_id == run_id, TranslationRow.state == "replaced")
        .values(state="expired")
    )
    return True


def needed_checkpoints(session: Session) -> frozenset[CheckpointReference]:
    """Return the finished videos that viewers get, or that somebody is still to decide about."""
    statement = select(TranslationRow.checkpoint).where(TranslationRow.state.in_(KEPT_STATES))
    return frozenset(map(CheckpointReference.parse, session.scalars(statement)))


def _is_past(retention: Retention, now: datetime) -> ColumnElement[bool]:
    needed = (
        select(TranslationRow.run_id)
        .where(TranslationRow.run_id == RunRow.id, TranslationRow.state.in_(KEPT_STATES))
        .exists()
    )
    replaced_since = now - retention.replaced
    return and_(
        ~needed,
        or_(
            and_(RunRow.status == "rejected", RunRow.ended_at < now - retention.rejected),
            and_(RunRow.status == "failed", RunRow.ended_at < now - retention.failed),
            and_(
                RunRow.status.in_(("done", "partial")),
                RunRow.ended_at < replaced_since,
                ~_has_changed(replaced_since),
            ),
        ),
    )


def _has_changed(since: datetime) -> ColumnElement[bool]:
    """Tell whether one of a run's translations was shown, decided about or replaced since a time."""
    successor = aliased(TranslationRow)
    was_replaced = (
        select(successor.run_id)
        .where(
            successor.media_id == TranslationRow.media_id,
            successor.language == TranslationRow.language,
            successor.published_at >= since,
        )
        .exists()
    )
    return (
        select(TranslationRow.run_id)
        .where(
            TranslationRow.run_id == RunRow.id,
            or_(TranslationRow.decided_at >= since, was_replaced),
        )
        .exists()
    )
