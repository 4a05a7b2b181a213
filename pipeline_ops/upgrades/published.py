"""Published translations with all that is needed to make them again: the request, the lineage, the costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.history import Made, made
from pipeline_ops.catalog.tables import (
    MediumRow,
    RequestRow,
    RunRow,
    StageRow,
    TranslationRow,
)
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.request import Request, attachment_params

Place = tuple[str, str]
"""A stage and its language, `ONCE_PER_VIDEO` for a stage of the video."""


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A run of which translations are published.

    Attributes:
        run_id: The run.
        languages: Those of its translations that are published, in the order in which they were asked for.
        request: What it was asked.
        creator_id: Whose video it is.
        upload_id: Which upload, where it was one.
        media_id: The video.
        duration_s: How long that is, None where nobody knows.
        source_language: What is spoken in it.
        lineage: What made which stage, at what cost.
    """

    run_id: str
    languages: tuple[str, ...]
    request: Request
    creator_id: str | None
    upload_id: str | None
    media_id: str
    duration_s: float | None
    source_language: str | None
    lineage: Mapping[Place, Made]


def published_runs(
    session: Session, *, creator_id: str | None = None, languages: tuple[str, ...] = ()
) -> tuple[PublishedRun, ...]:
    """Return the runs that have published translations, in order of id.

    Args:
        session: A reading one.
        creator_id: Whose videos; None for everybody's.
        languages: Only translations into these; empty for all.
    """
    statement = (
        select(TranslationRow.language, RunRow, RequestRow, MediumRow)
        .join(RunRow, RunRow.id == TranslationRow.run_id)
        .join(RequestRow, RequestRow.id == RunRow.request_id)
        .join(MediumRow, MediumRow.id == TranslationRow.media_id)
        .where(TranslationRow.state == "published")
        .order_by(RunRow.id)
    )
    if creator_id is not None:
        statement = statement.where(TranslationRow.creator_id == creator_id)
    if languages:
        statement = statement.where(TranslationRow.language.in_(languages))
    grouped: dict[str, tuple[set[str], RunRow, RequestRow, MediumRow]] = {}
    for language, run, request, medium in session.execute(statement):
        grouped.setdefault(run.id, (set(), run, request, medium))[0].add(language)
    return tuple(_published_run(session, *group) for group in grouped.values())


def cpu_per_second(session: Session, stage: str, model_id: str | None = None) -> float | None:
    """Return the CPU seconds that a stage has used for a second of video, None where nothing is recorded.

    Args:
        session: A reading one.
        stage: The stage.
        model_id: Only where this model made it; None for all models.
    """
    statement = (
        select(func.sum(StageRow.cpu_s), func.sum(MediumRow.duration_s))
        .join(RunRow, RunRow.id == StageRow.run_id)
        .join(MediumRow, MediumRow.id == RunRow.media_id)
        .where(StageRow.stage == stage, ~StageRow.reused, StageRow.cpu_s.is_not(None))
    )
    if model_id is not None:
        statement = statement.where(StageRow.model_id == model_id)
    cpu_s, video_s = session.execute(statement).one()
    return float(cpu_s) / float(video_s) if cpu_s is not None and video_s else None


def _published_run(
    session: Session, languages: set[str], run: RunRow, request: RequestRow, medium: MediumRow
) -> PublishedRun:
    asked = tuple(each for each in request.target_languages if each in languages)
    rows = session.scalars(select(StageRow).where(StageRow.run_id == run.id))
    return PublishedRun(
        run_id=run.id,
        languages=asked,
        request=Request(
            source=CheckpointReference.parse(medium.source),
            target_languages=asked,
            profile=request.profile,
            models=request.models,
            stage_parameters=request.stage_parameters,
            attachments={
                name: CheckpointReference.parse(reference) for name, reference in request.attachments.items()
            },
        ),
        creator_id=run.creator_id,
        upload_id=run.upload_id,
        media_id=medium.id,
        duration_s=medium.duration_s,
        source_language=medium.source_language,
        lineage={(row.stage, row.language): made(row) for row in rows},
    )


def conf_of(run: PublishedRun, request: Request) -> dict[str, Any]:
    """Return the parameters of `translate_video` that make a run's translations again as `request` says."""
    return {
        "video": str(request.source),
        "target_languages": list(request.target_languages),
        "profile": request.profile,
        "models": dict(request.models),
        "stage_parameters": {stage: dict(values) for stage, values in request.stage_parameters.items()},
        **attachment_params(request.attachments),
        "creator": run.creator_id,
        "upload": run.upload_id,
        "held": True,
    }
