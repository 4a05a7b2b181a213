"""Figures over many runs, for graphs and alerts: each one grouped query, none with a name in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.tables import OutcomeRow, OutcomeStatus, RunRow, TranslationRow, UploadRow
from pipeline_ops.catalog.uploads import is_current, served_creators


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How often runs came to something in a language; `reason_code` is empty where nothing was rejected."""

    language: str
    status: OutcomeStatus
    reason_code: str
    number: int


def outcome_counts(session: Session, since: datetime) -> tuple[OutcomeCount, ...]:
    """Return what the runs that ended since a time came to."""
    statement = (
        select(OutcomeRow.language, OutcomeRow.status, OutcomeRow.reason_code, func.count())
        .join(RunRow, RunRow.id == OutcomeRow.run_id)
        .where(RunRow.ended_at >= since)
        .group_by(OutcomeRow.language, OutcomeRow.status, OutcomeRow.reason_code)
        .order_by(OutcomeRow.language, OutcomeRow.status, OutcomeRow.reason_code)
    )
    return tuple(
        OutcomeCount(language, status, reason_code or "", number)
        for language, status, reason_code, number in session.execute(statement)
    )


def translation_counts(session: Session) -> dict[tuple[str, str], int]:
    """Return how many translations there are, by language and state."""
    statement = (
        select(TranslationRow.language, TranslationRow.state, func.count())
        .group_by(TranslationRow.language, TranslationRow.state)
        .order_by(TranslationRow.language, TranslationRow.state)
    )
    return {(language, state): number for language, state, number in session.execute(statement)}


def mean_quality(session: Session, since: datetime) -> dict[tuple[str, str], float]:
    """Return the mean of each measure over the translations that runs finished since a time, by language."""
    statement = (
        select(OutcomeRow.language, OutcomeRow.metrics)
        .join(RunRow, RunRow.id == OutcomeRow.run_id)
        .where(RunRow.ended_at >= since, OutcomeRow.status == "done")
    )
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for language, metrics in session.execute(statement):
        for measure, value in metrics.items():
            values[language, measure].append(value)
    return {place: fmean(values[place]) for place in sorted(values)}


def oldest_waiting_upload(session: Session) -> datetime | None:
    """Return when the oldest upload of a creator who is served was made that no run was asked for."""
    asked = select(RunRow.id).where(RunRow.upload_id == UploadRow.id, RunRow.status != "lost").exists()
    served = [creator.id for creator in served_creators(session)]
    statement = (
        select(UploadRow.uploaded_at)
        .where(UploadRow.creator_id.in_(served), is_current(), ~asked)
        .order_by(UploadRow.uploaded_at)
        .limit(1)
    )
    return session.scalar(statement)


def last_published_at(session: Session) -> datetime | None:
    """Return when a translation was last put before viewers."""
    statement = (
        select(TranslationRow.published_at)
        .where(TranslationRow.published_at.is_not(None))
        .order_by(TranslationRow.published_at.desc())
        .limit(1)
    )
    return session.scalar(statement)
