"""Writes what became of a run. Writing it again leaves what was written last and no trace of the first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog import audit
from pipeline_ops.catalog.keys import media_id, request_id
from pipeline_ops.catalog.publishing import is_deleted, obstacle_to, publish, withdraw
from pipeline_ops.catalog.run_facts import RunFacts, RunOrder, SourceFacts, StageFacts, TranslationFacts
from pipeline_ops.catalog.tables import (
    LONGEST_MESSAGE,
    ONCE_PER_VIDEO,
    CreatorRow,
    MediumRow,
    OutcomeRow,
    RequestRow,
    RunRow,
    StageRow,
    TranslationRow,
    UploadRow,
)
from pipeline_ops.catalog.upsert import upsert
from pipeline_ops.request import Request

KEPT_OF_A_RUN = ("requested_at", "origin", "started_by", "upload_id")
"""Known best by whoever asked for the run; what the run itself says of them counts only where nobody did."""


def record_asked(session: Session, order: RunOrder, languages: Iterable[str]) -> None:
    """Note that a run was asked for, before it is; one that is known stays as it is, unless it was lost."""
    known = session.get(RunRow, order.run_id)
    if known is not None and known.status != "lost":
        return
    values = {**_order_values(order), "status": "requested", "message": None, "ended_at": None}
    upsert(session, RunRow, values)
    _forget_results(session, order.run_id)
    _write_waiting(session, order.run_id, languages)


def record_start(
    session: Session, order: RunOrder, request: Request, source: SourceFacts, now: datetime
) -> None:
    """Note that a run goes on. What an earlier try of it came to is forgotten, but for what is published."""
    medium = _write_medium(session, order, source, now)
    values = {
        **_order_values(order),
        **_request_values(session, medium, request, now),
        "status": "running",
        "started_at": now,
        "ended_at": None,
        "report": None,
        "reason_code": None,
        "message": None,
    }
    upsert(session, RunRow, values, keep=KEPT_OF_A_RUN)
    _forget_results(session, order.run_id)
    _write_waiting(session, order.run_id, request.target_languages)


def record_end(session: Session, facts: RunFacts) -> None:
    """Write what a run came to, in the place of whatever was known of it, and publish what it finished.

    A translation that is the same as before, to its checkpoint, stays in the state that it was in.
    """
    order, run_id = facts.order, facts.order.run_id
    medium = _write_medium(session, order, facts.source, facts.ended_at)
    known = {"duration_s": facts.duration_s, "source_language": facts.source_language}
    for name, value in known.items():
        if value is not None:
            setattr(session.get_one(MediumRow, medium), name, value)
    values = {
        **_order_values(order),
        **_request_values(session, medium, facts.request, facts.ended_at),
        "status": facts.status,
        "started_at": facts.started_at,
        "ended_at": facts.ended_at,
        "report": facts.report,
        "reason_code": facts.reason_code,
        "message": _cut(facts.message),
    }
    upsert(session, RunRow, values, keep=KEPT_OF_A_RUN)
    _forget_results(session, run_id)
    for outcome in facts.outcomes:
        session.add(
            OutcomeRow(
                run_id=run_id,
                language=outcome.language,
                status=outcome.status,
                reason_code=outcome.reason_code,
                message=_cut(outcome.message),
                lines=outcome.lines,
                metrics=outcome.metrics,
            )
        )
    session.add_all(_stage_row(run_id, stage) for stage in facts.stages)
    session.flush()
    _write_translations(session, facts, medium)


def _order_values(order: RunOrder) -> dict[str, object]:
    return {
        "id": order.run_id,
        "origin": order.origin,
        "creator_id": order.creator_id,
        "upload_id": order.upload_id,
        "held": order.held,
        "started_by": order.started_by,
        "requested_at": order.requested_at,
    }


def _write_medium(session: Session, order: RunOrder, source: SourceFacts, now: datetime) -> str:
    medium = media_id(order.creator_id, source.reference)
    values = {
        "id": medium,
        "source": source.reference,
        "creator_id": order.creator_id,
        "sha256": source.sha256,
        "size_bytes": source.size_bytes,
        "first_seen_at": now,
    }
    upsert(session, MediumRow, values, keep=("first_seen_at",))
    if order.upload_id is not None:
        upload = session.get(UploadRow, order.upload_id)
        if upload is not None:
            upload.media_id = medium
            session.flush()
    return medium


def _request_values(session: Session, medium: str, request: Request, now: datetime) -> dict[str, str]:
    models = dict(request.models)
    parameters = {stage: dict(values) for stage, values in request.stage_parameters.items()}
    attachments = {name: str(reference) for name, reference in request.attachments.items()}
    wishes = request_id(
        medium, request.target_languages, request.profile, models, parameters, attachments=attachments
    )
    values = {
        "id": wishes,
        "media_id": medium,
        "target_languages": list(request.target_languages),
        "profile": request.profile,
        "models": models,
        "stage_parameters": parameters,
        "attachments": attachments,
        "first_asked_at": now,
    }
    upsert(session, RequestRow, values, keep=tuple(values))
    return {"media_id": medium, "request_id": wishes}


def _forget_results(session: Session, run_id: str) -> None:
    session.execute(delete(OutcomeRow).where(OutcomeRow.run_id == run_id))
    session.execute(delete(StageRow).where(StageRow.run_id == run_id))


def _write_waiting(session: Session, run_id: str, languages: Iterable[str]) -> None:
    for language in languages:
        session.execute(
            insert(OutcomeRow).values(run_id=run_id, language=language, status="waiting", metrics={})
        )


def _stage_row(run_id: str, stage: StageFacts) -> StageRow:
    report, manifest = stage.report, stage.manifest
    model = manifest.model if manifest else None
    cost = manifest.cost if manifest else None
    return StageRow(
        run_id=run_id,
        stage=report.stage,
        language=report.language or ONCE_PER_VIDEO,
        checkpoint=report.checkpoint,
        reused=report.reused,
        stage_version=manifest.stage_version if manifest else None,
        model_id=model.id if model else None,
        weights_digest=model.weights_digest if model else None,
        wall_s=cost.wall_s if cost else None,
        cpu_s=cost.cpu_s if cost else None,
        peak_memory_mb=cost.peak_memory_mb if cost else None,
        bytes_written=cost.bytes_written if cost else None,
        reason_code=report.verdict.reason_code if report.verdict else None,
        error=_cut(report.error),
    )


def _write_translations(session: Session, facts: RunFacts, medium: str) -> None:
    made = {translation.language: translation for translation in facts.translations}
    of_this_run = select(TranslationRow).where(TranslationRow.run_id == facts.order.run_id)
    for row in session.scalars(of_this_run).all():
        same = row.media_id == medium and made.get(row.language) == _facts_of(row)
        if same:
            del made[row.language]
            continue
        withdraw(session, row)
        session.delete(row)
        session.flush()
    for translation in made.values():
        _add_translation(session, facts, medium, translation)


def _facts_of(row: TranslationRow) -> TranslationFacts:
    return TranslationFacts(row.language, row.checkpoint, row.sha256, tuple(row.uses), row.held_because)


def _add_translation(session: Session, facts: RunFacts, medium: str, translation: TranslationFacts) -> None:
    creator_id = facts.order.creator_id
    creator = session.get(CreatorRow, creator_id) if creator_id is not None else None
    wants_review = creator is not None and creator.review_wanted
    row = TranslationRow(
        run_id=facts.order.run_id,
        language=translation.language,
        media_id=medium,
        creator_id=creator_id,
        checkpoint=translation.checkpoint,
        sha256=translation.sha256,
        state="held" if facts.order.held or not wants_review else "awaiting_review",
        made_at=facts.ended_at.astimezone(UTC),
        uses=list(translation.uses),
        held_because=_cut(translation.held_because),
    )
    session.add(row)
    session.flush()
    if is_deleted(session, row):
        row.state = "withdrawn"  # so that nothing keeps what it was made of
    elif facts.order.held or wants_review:
        return
    reason = obstacle_to(session, row)
    if reason is None:
        publish(session, row, facts.ended_at)
        return
    row.note = _cut(reason)
    audit.append(
        session,
        who=audit.PLATFORM,
        what=row.state,
        subject=audit.translation_subject(row),
        why=reason,
        now=facts.ended_at,
    )


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:LONGEST_MESSAGE]
