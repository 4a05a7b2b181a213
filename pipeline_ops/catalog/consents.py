"""Who agreed to what, and what follows: whether they may be dubbed at all, in their voice, with their lips.

Nothing counts that is not recorded. What is revoked counts no more from that moment: runs that use it stop at
their next stage, and what they made is not published.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog import audit
from pipeline_ops.catalog.tables import CreatorRow, TranslationRow
from pipeline_ops.catalog.trust_tables import ConsentRow, TakedownRow, Use
from pipeline_ops.errors import SettingsError

USES: tuple[Use, ...] = get_args(Use)


def give_consent(
    session: Session, creator_id: str, use: Use, *, by: str, text_version: str, now: datetime | None = None
) -> ConsentRow:
    """Record that a creator agreed; agreeing again to the same text changes nothing.

    Args:
        session: A writing one.
        creator_id: Who agreed.
        use: To what.
        by: Who says so: the creator themselves, or somebody who holds their word.
        text_version: Which text they agreed to.
        now: The present time.

    Raises:
        SettingsError: there is no such creator or use, or no text was named.
    """
    creator = _creator(session, creator_id)
    if use not in USES or not text_version.strip():
        message = f"A consent names a use ({', '.join(USES)}) and the version of the text that was agreed to."
        raise SettingsError(message)
    known = _in_force(session, creator_id, use)
    if known is not None and known.text_version == text_version:
        return known
    moment = now or datetime.now(UTC)
    if known is not None:  # a new text takes the place of the old one
        known.revoked_by, known.revoked_at = by[:200], moment
        session.flush()
    row = ConsentRow(
        id=secrets.token_hex(16),
        creator_id=creator_id,
        use=use,
        text_version=text_version[:100],
        given_by=by[:200],
        given_at=moment,
    )
    session.add(row)
    if use == "dub" and creator.consented_at is None:
        creator.consented_at = moment
    audit.append(
        session,
        who=by,
        what="consent_given",
        subject=audit.creator_subject(creator_id),
        details={"use": use, "text_version": row.text_version},
        now=moment,
    )
    return row


def revoke_consent(
    session: Session, creator_id: str, use: Use, *, by: str, why: str = "", now: datetime | None = None
) -> tuple[TranslationRow, ...]:
    """Record that a creator agrees no more; translations that use it are taken from viewers at once.

    Returns:
        The translations that use what was revoked and still are in the store: what may be erased.

    Raises:
        SettingsError: there is no such creator.
    """
    creator = _creator(session, creator_id)
    moment = now or datetime.now(UTC)
    known = _in_force(session, creator_id, use)
    if known is not None:
        known.revoked_by, known.revoked_at = by[:200], moment
    if use == "dub":
        creator.consented_at = None
    session.flush()
    audit.append(
        session,
        who=by,
        what="consent_revoked",
        subject=audit.creator_subject(creator_id),
        why=why,
        details={"use": use},
        now=moment,
    )
    rows = session.scalars(
        select(TranslationRow)
        .where(TranslationRow.creator_id == creator_id)
        .order_by(TranslationRow.made_at, TranslationRow.run_id, TranslationRow.language)
        .with_for_update()
    ).all()
    using = tuple(row for row in rows if use == "dub" or use in row.uses)
    for row in using:
        if row.state == "published":
            row.state = "withdrawn"
            audit.append(
                session,
                who=by,
                what="withdrawn",
                subject=audit.translation_subject(row),
                why=f"{creator_id} does not agree to {use} any more.",
                now=moment,
            )
    session.flush()
    return using


def consents(session: Session, creator_id: str) -> Sequence[ConsentRow]:
    """Return all that a creator agreed to, what was revoked included, in order of time."""
    statement = select(ConsentRow).where(ConsentRow.creator_id == creator_id)
    return session.scalars(statement.order_by(ConsentRow.given_at, ConsentRow.use)).all()


def agreed_uses(session: Session, creator_id: str) -> frozenset[Use]:
    """Return what a creator agrees to now; nothing for one whom the catalog does not know."""
    creator = session.get(CreatorRow, creator_id)
    if creator is None or creator.consented_at is None:  # who is not to be dubbed lends nothing either
        return frozenset()
    in_force = select(ConsentRow.use).where(
        ConsentRow.creator_id == creator_id, ConsentRow.revoked_at.is_(None)
    )
    return frozenset({"dub", *session.scalars(in_force)})


def obstacle(
    session: Session,
    *,
    creator_id: str | None,
    source: str,
    media_id: str,
    languages: Collection[str],
    uses: Collection[str] = (),
) -> str | None:
    """Return why a video may not be translated, or a translation not be published; None where it may.

    Args:
        session: Any.
        creator_id: Whose video; one without a creator answers to deletions alone.
        source: The video, `ingest/<key>`.
        media_id: The creator's video.
        languages: Into which ones.
        uses: What it uses of its creator beyond the dub.
    """
    deleted = deletion(session, creator_id, source, media_id, languages)
    if deleted is not None:
        return deleted
    if creator_id is None:
        return None
    agreed = agreed_uses(session, creator_id)
    missing = [use for use in ("dub", *uses) if use not in agreed]
    if not missing:
        return None
    return (
        f"Creator {creator_id} does not agree to {' and '.join(missing)} (any more). Once they do, record it:"
        f" dubwright consent give {creator_id} {' '.join(missing)}"
    )


def deleted_creator(session: Session, creator_id: str) -> str | None:
    """Return that a creator was deleted for good, None where they were not."""
    return deletion(session, creator_id, "", "", ())


def deletion(
    session: Session, creator_id: str | None, source: str, media_id: str, languages: Collection[str]
) -> str | None:
    """Return that what is asked for was deleted for good, unless that was lifted.

    A video without a creator is told from a deleted one by its content alone, so that leaving the creator out
    brings nothing back.
    """
    same_video = TakedownRow.media_id == media_id
    if creator_id is None:
        same_video = or_(same_video, TakedownRow.source == source)
    of_creator = TakedownRow.kind == "creator"
    named = [same_video & TakedownRow.language.in_(list(languages))]
    if creator_id is not None:
        named.append(of_creator & (TakedownRow.creator_id == creator_id))
    row = session.scalar(
        select(TakedownRow)
        .where(or_(*named), TakedownRow.lifted_at.is_(None))
        .order_by(TakedownRow.id)
        .limit(1)
    )
    if row is None:
        return None
    what = "This creator" if row.kind == "creator" else f"The translation into {row.language}"
    return (
        f"{what} was deleted for good on {row.asked_at:%Y-%m-%d} (takedown {row.id}) and is not made again."
        f" Only a person can allow it: dubwright takedown lift {row.id}"
    )


def _in_force(session: Session, creator_id: str, use: Use) -> ConsentRow | None:
    return session.scalar(
        select(ConsentRow)
        .where(ConsentRow.creator_id == creator_id, ConsentRow.use == use, ConsentRow.revoked_at.is_(None))
        .with_for_update()
    )


def _creator(session: Session, creator_id: str) -> CreatorRow:
    row = session.get(CreatorRow, creator_id, with_for_update=True)
    if row is None:
        message = f"The catalog knows no creator {creator_id[:80]!r}. Add one: dubwright creators add ID"
        raise SettingsError(message)
    return row
