"""Begins a deletion: from this moment nobody is shown what it names, and nothing of it is made again."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pipeline_ops.catalog import audit
from pipeline_ops.catalog.studio_tables import CreatorTokenRow
from pipeline_ops.catalog.tables import LONGEST_MESSAGE, CreatorRow, MediumRow, RunRow, TranslationRow
from pipeline_ops.catalog.trust_tables import ConsentRow, TakedownRow
from pipeline_ops.errors import SettingsError
from pipeline_ops.takedown.scope import Scope, plan_of


def take_down_translation(
    session: Session, media_id: str, language: str, *, by: str, reason: str, now: datetime | None = None
) -> TakedownRow:
    """Delete a video's translation into a language, all its versions; return the job that erases it.

    Asked for again while it is deleted, it is the same job.

    Raises:
        SettingsError: the video has no translation into that language.
    """
    medium = session.get(MediumRow, media_id, with_for_update=True)
    known = _known(session, TakedownRow.media_id == media_id, TakedownRow.language == language)
    if known is not None:
        return known
    of_it = TranslationRow.media_id == media_id, TranslationRow.language == language
    if medium is None or session.scalar(select(TranslationRow.run_id).where(*of_it).limit(1)) is None:
        message = f"The catalog knows no translation of video {media_id[:64]!r} into {language[:35]!r}."
        raise SettingsError(message)
    row = _row("translation", medium.creator_id, by, reason, now)
    row.media_id, row.source, row.language = media_id, medium.source, language
    session.execute(update(TranslationRow).where(*of_it).values(state="withdrawn"))
    return _begun(session, row, f"translation {media_id} {language}")


def take_down_creator(
    session: Session, creator_id: str, *, by: str, reason: str, now: datetime | None = None
) -> TakedownRow:
    """Delete a creator with all that there is of them; return the job that erases it.

    Raises:
        SettingsError: there is no such creator.
    """
    known = _known(session, TakedownRow.kind == "creator", TakedownRow.creator_id == creator_id)
    if known is not None:
        return known
    creator = session.get(CreatorRow, creator_id, with_for_update=True)
    if creator is None:
        message = f"The catalog knows no creator {creator_id[:80]!r}."
        raise SettingsError(message)
    row = _row("creator", creator_id, by, reason, now)
    creator.enrolled, creator.consented_at = False, None
    session.execute(
        update(ConsentRow)
        .where(ConsentRow.creator_id == creator_id, ConsentRow.revoked_at.is_(None))
        .values(revoked_by=by[:200], revoked_at=row.asked_at)
    )
    session.execute(  # so that nothing more is sent while the rest is erased
        update(CreatorTokenRow)
        .where(CreatorTokenRow.creator_id == creator_id, CreatorTokenRow.revoked_at.is_(None))
        .values(revoked_at=row.asked_at)
    )
    session.execute(
        update(TranslationRow).where(TranslationRow.creator_id == creator_id).values(state="withdrawn")
    )
    return _begun(session, row, audit.creator_subject(creator_id))


def lift(
    session: Session, takedown_id: str, *, by: str, why: str, now: datetime | None = None
) -> TakedownRow:
    """Allow that what was deleted is made again; what was erased does not come back.

    Raises:
        SettingsError: there is no such takedown, it is not done, or it was lifted.
    """
    row = session.get(TakedownRow, takedown_id, with_for_update=True)
    if row is None or row.step != "done" or row.lifted_at is not None:
        message = f"There is no finished takedown {takedown_id[:40]!r} that could be lifted."
        raise SettingsError(message)
    row.lifted_by, row.lifted_at = by[:200], now or datetime.now(UTC)
    audit.append(session, who=by, what="takedown_lifted", subject=subject_of(row), why=why, now=row.lifted_at)
    return row


def subject_of(row: TakedownRow) -> str:
    """Return how the audit log names what is deleted."""
    if row.kind == "creator":
        return audit.creator_subject(row.creator_id or "")
    return f"translation {row.media_id} {row.language}"


def _known(session: Session, *of_it: object) -> TakedownRow | None:
    return session.scalar(
        select(TakedownRow).where(*of_it, TakedownRow.lifted_at.is_(None)).limit(1)  # type: ignore[arg-type]
    )


def _row(kind: str, creator_id: str | None, by: str, reason: str, now: datetime | None) -> TakedownRow:
    return TakedownRow(
        id=secrets.token_hex(16),
        kind=kind,
        creator_id=creator_id,
        asked_by=by[:200],
        reason=reason[:LONGEST_MESSAGE],
        step="unlink",
        plan={},
        tombstone={},
        asked_at=now or datetime.now(UTC),
    )


def _begun(session: Session, row: TakedownRow, subject: str) -> TakedownRow:
    session.add(row)
    session.flush()
    scope = Scope.of(session, row)
    reports = select(RunRow.report).where(RunRow.id.in_(scope.runs), RunRow.report.is_not(None))
    row.plan = plan_of(scope, [report for report in session.scalars(reports) if report is not None])
    audit.append(
        session,
        who=row.asked_by,
        what="takedown_begun",
        subject=subject,
        why=row.reason,
        details={"takedown": row.id},
        now=row.asked_at,
    )
    return row
