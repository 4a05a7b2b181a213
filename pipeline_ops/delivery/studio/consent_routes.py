"""Consent over HTTP.

GET  /api/consents                     each use: what is asked, what was agreed to, since when
PUT  /api/consents/<use>               agree to it, as the text was read
POST /api/consents/<use>/revocation    take it back
"""

from __future__ import annotations

from fastapi import APIRouter

from pipeline_ops.catalog.trust_tables import Use
from pipeline_ops.delivery.studio import answers
from pipeline_ops.delivery.studio.access import Decider, Reader, StudioDep
from pipeline_ops.delivery.studio.consenting import agree, consent_standings, take_back
from pipeline_ops.delivery.studio.studio import Studio

router = APIRouter(tags=["consent"])


@router.get("/consents")
def get_consents(studio: StudioDep, caller: Reader) -> list[answers.Consent]:
    """Return what one is asked to agree to, and what one agreed to; being dubbed at all comes first."""
    with studio.catalog.reading() as session:
        standings = consent_standings(session, studio.consent_texts, caller.creator_id)
    return [answers.Consent.model_validate(each) for each in standings.values()]


@router.put("/consents/{use}")
def give_consent(
    use: Use, agreement: answers.Agreement, studio: StudioDep, caller: Decider
) -> answers.Consent:
    """Agree to one use, as the text of that version says. Said again it changes nothing."""
    with studio.catalog.writing() as session:
        agree(session, studio.consent_texts, caller.creator_id, {use: agreement.text_version})
    return _standing(studio, caller.creator_id, use)


@router.post("/consents/{use}/revocation")
def revoke_consent(
    use: Use, revocation: answers.Revocation, studio: StudioDep, caller: Decider
) -> answers.Consent:
    """Take back one use, and take what was made with it from viewers; again, it changes nothing."""
    with studio.catalog.writing() as session:
        take_back(session, studio.consent_texts, caller.creator_id, use, why=revocation.why)
    return _standing(studio, caller.creator_id, use)


def _standing(studio: Studio, creator_id: str, use: Use) -> answers.Consent:
    with studio.catalog.reading() as session:
        standings = consent_standings(session, studio.consent_texts, creator_id)
    return answers.Consent.model_validate(standings[use])
