"""Which translation of a video viewers get: put before them, taken back, approved, refused.

At most one translation of a video into a language is published; a unique index holds that. None is that its
creator does not agree to, that was deleted, or that a person must look at first. The audit log has each step.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog import audit
from pipeline_ops.catalog.consents import deletion, obstacle
from pipeline_ops.catalog.tables import LONGEST_MESSAGE, MediumRow, TranslationRow
from pipeline_ops.errors import SettingsError

UNDECIDED = ("held", "awaiting_review")


def publish(
    session: Session, translation: TranslationRow, now: datetime | None = None, *, by: str = audit.PLATFORM
) -> None:
    """Put a translation before viewers in the place of the one that is there, which is kept.

    Raises:
        SettingsError: something stands in the way (`obstacle_to`).
    """
    _lock(session, translation)
    if translation.state == "published":
        return
    if (reason := obstacle_to(session, translation)) is not None:
        raise SettingsError(reason)
    before = session.scalar(_versions(translation).where(TranslationRow.state == "published"))
    if before is not None:
        before.state = "replaced"
        session.flush()  # never two at a time, not even within the transaction
    translation.state = "published"
    translation.published_at = now or datetime.now(UTC)
    _log(session, translation, "published", by=by, now=now, why=translation.note or "")


def obstacle_to(session: Session, translation: TranslationRow) -> str | None:
    """Return why a translation must not be published, None where it may."""
    if translation.held_because is not None and translation.decided_by is None:
        return f"A person must look at it first: {translation.held_because}"
    medium = session.get_one(MediumRow, translation.media_id)
    return obstacle(
        session,
        creator_id=translation.creator_id,
        source=medium.source,
        media_id=medium.id,
        languages=(translation.language,),
        uses=translation.uses,
    )


def is_deleted(session: Session, translation: TranslationRow) -> bool:
    """Tell whether what a translation is of was deleted for good, while it was still being made."""
    medium = session.get_one(MediumRow, translation.media_id)
    place = (translation.creator_id, medium.source, medium.id, (translation.language,))
    return deletion(session, *place) is not None


def withdraw(
    session: Session, translation: TranslationRow, now: datetime | None = None, *, by: str = audit.PLATFORM
) -> TranslationRow | None:
    """Take a translation away from viewers and put back the one that was there before it, if there is one.

    Returns:
        The one that is published now.
    """
    _lock(session, translation)
    was_published = translation.state == "published"
    translation.state = "withdrawn"
    _log(session, translation, "withdrawn", by=by, now=now, why=translation.note or "")
    if not was_published:
        return session.scalar(_versions(translation).where(TranslationRow.state == "published"))
    replaced = session.scalars(
        _versions(translation)
        .where(TranslationRow.state == "replaced")
        .order_by(TranslationRow.published_at.desc(), TranslationRow.made_at.desc())
    ).all()
    earlier = next((each for each in replaced if obstacle_to(session, each) is None), None)
    if earlier is not None:
        earlier.state = "published"
        earlier.published_at = now or datetime.now(UTC)
        _log(session, earlier, "published", by=by, now=now, why="It was there before.")
    return earlier


def approve(session: Session, run_id: str, language: str, *, by: str, note: str = "") -> TranslationRow:
    """Publish a translation that waits for a decision.

    Raises:
        SettingsError: there is none, it does not wait for one, or its creator does not agree to it.
    """
    translation = _undecided(session, run_id, language)
    _sign(translation, by, note)
    _log(session, translation, "approved", by=by, now=None, why=note)
    publish(session, translation, by=by)
    return translation


def refuse(session: Session, run_id: str, language: str, *, by: str, note: str = "") -> TranslationRow:
    """Say that a translation that waits for a decision is not to be published.

    Raises:
        SettingsError: there is none, or it does not wait for one.
    """
    translation = _undecided(session, run_id, language)
    _sign(translation, by, note)
    translation.state = "refused"
    _log(session, translation, "refused", by=by, now=None, why=note)
    return translation


def _undecided(session: Session, run_id: str, language: str) -> TranslationRow:
    translation = session.get(TranslationRow, (run_id, language), with_for_update=True)
    if translation is None:
        message = f"Run {run_id} has made no translation into {language}."
        raise SettingsError(message)
    if translation.state not in UNDECIDED:
        message = (
            f"The translation of run {run_id} into {language} is {translation.state}: it waits for nobody."
        )
        raise SettingsError(message)
    return translation


def _log(
    session: Session, translation: TranslationRow, what: str, *, by: str, now: datetime | None, why: str
) -> None:
    """Write a change of state into the audit log, and the change itself into the catalog."""
    audit.append(session, who=by, what=what, subject=audit.translation_subject(translation), why=why, now=now)


def _sign(translation: TranslationRow, by: str, note: str) -> None:
    translation.decided_by = by
    translation.decided_at = datetime.now(UTC)
    translation.note = note[:LONGEST_MESSAGE] or None


def _versions(translation: TranslationRow) -> Select[TranslationRow]:
    return select(TranslationRow).where(
        TranslationRow.media_id == translation.media_id, TranslationRow.language == translation.language
    )


def _lock(session: Session, translation: TranslationRow) -> None:
    """Let one at a time decide about a video (SQLite lets one at a time write anyway)."""
    session.execute(select(MediumRow.id).where(MediumRow.id == translation.media_id).with_for_update())
    session.refresh(translation)
