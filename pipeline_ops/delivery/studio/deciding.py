"""A creator decides what viewers get: approves or refuses what waits, takes down what is published."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy.orm import Session

from pipeline_ops.catalog.publishing import approve, refuse, withdraw
from pipeline_ops.catalog.tables import LONGEST_MESSAGE, TranslationRow
from pipeline_ops.delivery.studio.problems import conflict, not_found
from pipeline_ops.errors import SettingsError

log = logging.getLogger(__name__)

Choice = Literal["approve", "refuse", "take_down"]


def decide(
    session: Session,
    creator_id: str,
    run_id: str,
    language: str,
    choice: Choice,
    *,
    seen: str,
    note: str,
) -> TranslationRow:
    """Do what a creator decided about the translation that they saw.

    Taken down, no translation into the language is left before viewers: earlier ones do not come back.

    Args:
        session: A writing one.
        creator_id: Who decides.
        run_id: Whose translation it is.
        language: Into which language.
        choice: What was decided.
        seen: The checkpoint that they looked at.
        note: Why, in their words.

    Raises:
        StudioProblem: they have no such translation, it was made anew meanwhile, or it stands otherwise.
    """
    translation = session.get(TranslationRow, (run_id, language), with_for_update=True)
    if translation is None or translation.creator_id != creator_id:
        raise not_found()
    if translation.checkpoint != seen:
        sentence = "This dub was made anew while you looked at it. Look at it again, then decide."
        raise conflict("made_anew", sentence)
    if choice == "take_down":
        return _take_down(session, translation, by=creator_id, note=note)
    if translation.state != "awaiting_review":
        raise conflict("decided_already", "This dub does not wait for your decision (any more).")
    act = approve if choice == "approve" else refuse
    try:
        return act(session, run_id, language, by=creator_id, note=note)
    except SettingsError as error:
        log.warning("%s of %s could not decide on %s[%s]: %s", choice, creator_id, run_id, language, error)
        sentence = "This dub cannot be put before viewers as things stand. Ask us, and we tell you why."
        raise conflict("not_possible_now", sentence) from error


def _take_down(session: Session, translation: TranslationRow, *, by: str, note: str) -> TranslationRow:
    if translation.state != "published":
        raise conflict("not_published", "Viewers do not get this dub (any more).")
    current: TranslationRow | None = translation
    while current is not None:  # what stood before it would be put back: that goes too
        current.decided_by, current.decided_at = by, datetime.now(UTC)
        current.note = note[:LONGEST_MESSAGE] or None
        current = withdraw(session, current, by=by)
    session.flush()
    return translation
