"""Folds old playbacks into totals of their day: figures stay, and single views are not kept for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pipeline_ops.catalog.playback_tables import ExperimentRow, PlaybackDayRow, PlaybackRow
from pipeline_ops.catalog.playbacks import FLAGS, SUMS

PLACE = ("media_id", "track")
NULLABLE = ("run_id", "experiment", "arm")
"""Empty where a playback has none: a primary key holds no null."""

ADDED = ("views", *FLAGS, *SUMS)

MOST_AT_ONCE = 500
"""Rows of one statement: SQLite takes 32,766 values, fifteen a row."""


def count_old_playbacks(session: Session, before: date) -> int:
    """Return how many playbacks there are of the days before one, but those of the experiment that runs."""
    return session.scalar(select(func.count()).select_from(PlaybackRow).where(_are_old(before))) or 0


def oldest_day(session: Session, before: date) -> date | None:
    """Return the first day (by UTC) of which there are such playbacks, None where there are none."""
    first = session.scalar(select(func.min(PlaybackRow.began_at)).where(_are_old(before)))
    return None if first is None else first.date()


def fold_day(session: Session, day: date, before: date) -> int:
    """Add the playbacks of a day to its totals and delete them; return how many there were.

    Nobody writes to them any more: pages that were opened so long ago are told of no longer (`before` lies
    days back). A day may be folded again, when an experiment has ended.

    Args:
        session: A writing one.
        day: By UTC.
        before: Days from here on are kept.
    """
    begin = datetime.combine(day, time(), UTC)
    folded = and_(
        _are_old(before), PlaybackRow.began_at >= begin, PlaybackRow.began_at < begin + timedelta(days=1)
    )
    groups = [
        *(getattr(PlaybackRow, name) for name in PLACE),
        *(getattr(PlaybackRow, name) for name in NULLABLE),
    ]
    sums = [
        func.max(PlaybackRow.language),  # that of an original may have been found out meanwhile
        func.count(),
        *(func.sum(case((getattr(PlaybackRow, name), 1), else_=0)) for name in FLAGS),
        *(func.sum(getattr(PlaybackRow, name)) for name in SUMS),
    ]
    names = (*PLACE, *NULLABLE, "language", *ADDED)
    rows = []
    for values in session.execute(select(*groups, *sums).where(folded).group_by(*groups)):
        row = {"day": day, **dict(zip(names, values, strict=True))}
        rows.append({**row, **{name: row[name] or "" for name in NULLABLE}})
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(rows), MOST_AT_ONCE):
        statement = insert(PlaybackDayRow).values(rows[start : start + MOST_AT_ONCE])
        added = {name: getattr(PlaybackDayRow, name) + statement.excluded[name] for name in ADDED}
        key = ["day", "media_id", "track", *NULLABLE]
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=added))
    session.execute(delete(PlaybackRow).where(folded))
    return sum(row["views"] for row in rows)


def _are_old(before: date) -> ColumnElement[bool]:
    running = select(ExperimentRow.name).where(ExperimentRow.is_running.is_(True))
    is_needed = PlaybackRow.experiment.in_(running)
    return and_(
        PlaybackRow.began_at < datetime.combine(before, time(), UTC),
        or_(PlaybackRow.experiment.is_(None), ~is_needed),
    )
