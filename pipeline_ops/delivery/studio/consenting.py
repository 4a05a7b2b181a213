"""A creator reads what they are asked to agree to, agrees, and takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.consents import USES, agreed_uses, consents, give_consent, revoke_consent
from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.tables import LONGEST_MESSAGE, TranslationRow
from pipeline_ops.catalog.trust_tables import ConsentRow, Use
from pipeline_ops.delivery.studio.consent_texts import ConsentText, ConsentTexts
from pipeline_ops.delivery.studio.problems import conflict


@dataclass(frozen=True, slots=True)
class PastConsent:
    """One agreement, in force or not; `text` is None where the deployment keeps that wording no more."""

    use: Use
    text_version: str
    text: ConsentText | None
    given_at: datetime
    given_by: str
    revoked_at: datetime | None
    revoked_by: str | None


@dataclass(frozen=True, slots=True)
class ConsentStanding:
    """How one use stands for a creator.

    Attributes:
        use: Which.
        text: What is asked now.
        agreed_at: Since when they agree; None where they do not.
        agreed_version: To which text; None where nobody wrote down one.
        counts: Whether anything follows from it: nothing does before they agree to be dubbed at all.
        shown: How many translations that viewers get at present use it.
        past: All agreements that there were, the latest first.
    """

    use: Use
    text: ConsentText
    agreed_at: datetime | None
    agreed_version: str | None
    counts: bool
    shown: int
    past: tuple[PastConsent, ...]

    @property
    def is_to_the_text(self) -> bool:
        """Whether what they agreed to is what is asked now."""
        return self.agreed_at is not None and self.agreed_version == self.text.version


def consent_standings(
    session: Session, texts: ConsentTexts, creator_id: str
) -> Mapping[Use, ConsentStanding]:
    """Return how each use stands for a creator, being dubbed at all first."""
    dubbed_since = get_creator(session, creator_id).consented_at
    counting = agreed_uses(session, creator_id)
    rows = consents(session, creator_id)[::-1]
    shown = session.scalars(
        select(TranslationRow.uses).where(
            TranslationRow.creator_id == creator_id, TranslationRow.state == "published"
        )
    ).all()
    standings: dict[Use, ConsentStanding] = {}
    for use in USES:
        past = tuple(_past(row, texts) for row in rows if row.use == use)
        in_force = next((each for each in past if each.revoked_at is None), None)
        agreed_at = in_force.given_at if in_force else None
        if use == "dub":  # what counts is the creator's own row: some agreed before texts were kept
            agreed_at = dubbed_since and (agreed_at or dubbed_since)
        standings[use] = ConsentStanding(
            use=use,
            text=texts.current[use],
            agreed_at=agreed_at,
            agreed_version=in_force.text_version if in_force and agreed_at else None,
            counts=use in counting,
            shown=sum(use == "dub" or use in uses for uses in shown),
            past=past,
        )
    return standings


def agree(session: Session, texts: ConsentTexts, creator_id: str, versions: Mapping[Use, str]) -> None:
    """Record that a creator agrees; agreeing again to the same text changes nothing.

    Args:
        session: A writing one.
        texts: What is asked now.
        creator_id: Who agrees.
        versions: To what, and to which version of the text: the one that they read.

    Raises:
        StudioProblem: another text is asked now.
    """
    for use, version in versions.items():
        if version != texts.current[use].version:
            raise conflict(
                "text_changed", "The text was changed meanwhile. Please read it again, then decide."
            )
        give_consent(session, creator_id, use, by=creator_id, text_version=version)


def take_back(session: Session, texts: ConsentTexts, creator_id: str, use: Use, *, why: str) -> None:
    """Record that a creator agrees no more, and take what uses it from viewers; again, it changes nothing.

    Args:
        session: A writing one.
        texts: What is asked now.
        creator_id: Who takes it back.
        use: What.
        why: In their words; may be empty.
    """
    if consent_standings(session, texts, creator_id)[use].agreed_at is not None:
        revoke_consent(session, creator_id, use, by=creator_id, why=why[:LONGEST_MESSAGE])


def _past(row: ConsentRow, texts: ConsentTexts) -> PastConsent:
    return PastConsent(
        use=row.use,
        text_version=row.text_version,
        text=texts.known.get((row.use, row.text_version)),
        given_at=row.given_at,
        given_by=row.given_by,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
    )
