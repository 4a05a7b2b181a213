"""Runs and translations one by one: what was made, by which model, at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.tables import (
    ONCE_PER_VIDEO,
    MediumRow,
    OutcomeRow,
    RunRow,
    RunStatus,
    StageRow,
    TranslationRow,
    TranslationState,
    UploadRow,
)

PAGE = 50
"""Rows of a list, where nobody says how many."""


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one stage has used over many runs, checkpoints that were reused not counted again."""

    stage: str
    made: int
    reused: int
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run, for lists."""

    run_id: str
    origin: str
    status: RunStatus
    creator_id: str | None
    media_id: str | None
    address: str | None
    duration_s: float | None
    source_language: str | None
    reason_code: str | None
    message: str | None
    report: str | None
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Translation:
    """One finished translation, for lists; a video and a language have one a run."""

    run_id: str
    language: str
    media_id: str
    source: str
    creator_id: str | None
    checkpoint: str
    state: TranslationState
    made_at: datetime
    published_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    metrics: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """One stage of one translation: who made it, from what weights, at what cost."""

    stage: str
    language: str
    checkpoint: str | None
    reused: bool
    stage_version: int | None
    model_id: str | None
    weights_digest: str | None
    wall_s: float | None
    cpu_s: float | None


def costs(session: Session, since: datetime | None = None) -> tuple[StageCost, ...]:
    """Return what each stage has used, the most costly first; of runs that ended since a time, or of all."""
    statement = (
        select(
            StageRow.stage,
            func.sum(case((StageRow.reused, 0), else_=1)),
            func.sum(case((StageRow.reused, 1), else_=0)),
            func.sum(case((StageRow.reused, 0), else_=StageRow.cpu_s)),
            func.sum(case((StageRow.reused, 0), else_=StageRow.wall_s)),
        )
        .where(StageRow.checkpoint.is_not(None))
        .group_by(StageRow.stage)
    )
    if since is not None:
        statement = statement.join(RunRow).where(RunRow.ended_at >= since)
    rows = [
        StageCost(stage, made, reused, float(cpu_s or 0), float(wall_s or 0))
        for stage, made, reused, cpu_s, wall_s in session.execute(statement)
    ]
    return tuple(sorted(rows, key=lambda row: -row.cpu_s))


def minutes_translated(session: Session, since: datetime | None = None) -> float:
    """Return how many minutes of video were finished, each language counted: what costs are divided by."""
    statement = select(func.sum(MediumRow.duration_s)).join(
        TranslationRow, TranslationRow.media_id == MediumRow.id
    )
    if since is not None:
        statement = statement.where(TranslationRow.made_at >= since)
    return float(session.scalar(statement) or 0.0) / 60


def runs(
    session: Session,
    *,
    creator_id: str | None = None,
    status: RunStatus | None = None,
    limit: int = PAGE,
    offset: int = 0,
) -> tuple[Run, ...]:
    """Return runs, the latest asked for first."""
    statement = _runs().order_by(RunRow.requested_at.desc(), RunRow.id).limit(limit).offset(offset)
    if creator_id is not None:
        statement = statement.where(RunRow.creator_id == creator_id)
    if status is not None:
        statement = statement.where(RunRow.status == status)
    return tuple(Run(*row) for row in session.execute(statement))


def run(session: Session, run_id: str) -> Run | None:
    """Return one run, None where the catalog has none of that id."""
    row = session.execute(_runs().where(RunRow.id == run_id)).one_or_none()
    return None if row is None else Run(*row)


def translations(
    session: Session,
    *,
    creator_id: str | None = None,
    language: str | None = None,
    state: TranslationState | None = None,
    run_id: str | None = None,
    media_id: str | None = None,
    limit: int = PAGE,
    offset: int = 0,
) -> tuple[Translation, ...]:
    """Return finished translations, the latest first."""
    wanted: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (TranslationRow.creator_id, creator_id),
            (TranslationRow.language, language),
            (TranslationRow.state, state),
            (TranslationRow.run_id, run_id),
            (TranslationRow.media_id, media_id),
        )
        if value is not None
    ]
    statement = (
        select(TranslationRow, MediumRow.source, OutcomeRow.metrics)
        .join(MediumRow, MediumRow.id == TranslationRow.media_id)
        .outerjoin(
            OutcomeRow,
            (OutcomeRow.run_id == TranslationRow.run_id) & (OutcomeRow.language == TranslationRow.language),
        )
        .where(*wanted)
        .order_by(TranslationRow.made_at.desc(), TranslationRow.run_id, TranslationRow.language)
        .limit(limit)
        .offset(offset)
    )
    return tuple(
        Translation(
            run_id=row.run_id,
            language=row.language,
            media_id=row.media_id,
            source=source,
            creator_id=row.creator_id,
            checkpoint=row.checkpoint,
            state=row.state,
            made_at=row.made_at,
            published_at=row.published_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            note=row.note,
            metrics=metrics or {},
        )
        for row, source, metrics in session.execute(statement)
    )


def lineage(session: Session, run_id: str, language: str) -> tuple[Made, ...]:
    """Return which model and which weights made which stage of a run's translation, and at what cost."""
    statement = select(StageRow).where(
        StageRow.run_id == run_id, StageRow.language.in_((ONCE_PER_VIDEO, language))
    )
    return tuple(made(row) for row in session.scalars(statement))


def published_checkpoints(
    session: Session, creator_id: str, stage: str, *, except_source: str
) -> tuple[str, ...]:
    """Return what a stage made for a creator's published translations, the first published first.

    Args:
        session: A reading one.
        creator_id: Whose videos.
        stage: A stage that runs once per language.
        except_source: A video (`ingest/<key>`) whose translations are left out.
    """
    statement = (
        select(StageRow.checkpoint)
        .join(TranslationRow, TranslationRow.run_id == StageRow.run_id)
        .join(MediumRow, MediumRow.id == TranslationRow.media_id)
        .where(
            TranslationRow.creator_id == creator_id,
            TranslationRow.state == "published",
            TranslationRow.language == StageRow.language,
            StageRow.stage == stage,
            StageRow.checkpoint.is_not(None),
            MediumRow.source != except_source,
        )
        .order_by(TranslationRow.published_at, TranslationRow.run_id, TranslationRow.language)
    )
    return tuple(dict.fromkeys(session.scalars(statement)))


def made(row: StageRow) -> Made:
    """Return what a row says of who made a stage."""
    return Made(
        stage=row.stage,
        language=row.language,
        checkpoint=row.checkpoint,
        reused=row.reused,
        stage_version=row.stage_version,
        model_id=row.model_id,
        weights_digest=row.weights_digest,
        wall_s=row.wall_s,
        cpu_s=row.cpu_s,
    )


def _runs() -> Select[*tuple[Any, ...]]:
    return (
        select(
            RunRow.id,
            RunRow.origin,
            RunRow.status,
            RunRow.creator_id,
            RunRow.media_id,
            UploadRow.address,
            MediumRow.duration_s,
            MediumRow.source_language,
            RunRow.reason_code,
            RunRow.message,
            RunRow.report,
            RunRow.requested_at,
            RunRow.started_at,
            RunRow.ended_at,
        )
        .outerjoin(UploadRow, UploadRow.id == RunRow.upload_id)
        .outerjoin(MediumRow, MediumRow.id == RunRow.media_id)
    )
