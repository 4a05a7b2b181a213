"""The page where creators read what they are asked to agree to, agree, and take it back.

GET  /consent                what is asked and how it stands; ?video= leads back there
POST /consent                agree to what was ticked
POST /consent/revocations    take one use back
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from pipeline_ops.catalog.consents import USES
from pipeline_ops.catalog.keys import ID_PATTERN
from pipeline_ops.delivery.studio.access import Caller, StudioDep
from pipeline_ops.delivery.studio.answers import LONGEST_NOTE
from pipeline_ops.delivery.studio.consenting import agree, consent_standings, take_back
from pipeline_ops.delivery.studio.forms import (
    Form,
    MaybeCaller,
    frame_of,
    lead_to,
    require_scope,
    sender_of,
    text_field,
)
from pipeline_ops.delivery.studio.pages import page
from pipeline_ops.delivery.studio.problems import StudioProblem, unprocessable
from pipeline_ops.delivery.studio.studio import Studio

router = APIRouter()

CameFrom = Annotated[str, Query(max_length=32)]


@router.get("/consent", name="consent")
def show_consent(request: Request, studio: StudioDep, caller: MaybeCaller, video: CameFrom = "") -> Response:
    """Show what is asked, and how it stands."""
    if caller is None:
        return lead_to(request, "/login")
    require_scope(caller, "read")
    return _consent_page(request, studio, caller, video)


@router.post("/consent", name="agree")
def agree_to_ticked(request: Request, form: Form, studio: StudioDep, caller: MaybeCaller) -> Response:
    """Record what was ticked, and lead back to the video that was to be translated."""
    known = sender_of(request, studio, caller, form, "decide")
    ticked = form.getlist("use")
    versions = {use: text_field(form, f"text-{use}") for use in USES if use in ticked}
    video = text_field(form, "video")
    try:
        if not versions:
            raise unprocessable("nothing_ticked", "Tick what you agree to, then send it.")
        with studio.catalog.writing() as session:
            agree(session, studio.consent_texts, known.creator_id, versions)
    except StudioProblem as problem:
        return _consent_page(request, studio, known, video, problem=problem)
    return lead_to(request, f"/videos/{video}#languages" if _is_video(video) else "/consent")


@router.post("/consent/revocations", name="take_back")
def take_one_back(request: Request, form: Form, studio: StudioDep, caller: MaybeCaller) -> Response:
    """Take one use back, and show how it stands now."""
    known = sender_of(request, studio, caller, form, "decide")
    named = text_field(form, "use")
    use = next((each for each in USES if each == named), None)
    if use is None:
        raise unprocessable("no_use", "Nobody is asked to agree to that.")
    why = text_field(form, "why")[:LONGEST_NOTE]
    with studio.catalog.writing() as session:
        take_back(session, studio.consent_texts, known.creator_id, use, why=why)
    return lead_to(request, f"/consent#{use}")


def _consent_page(
    request: Request, studio: Studio, caller: Caller, video: str, *, problem: StudioProblem | None = None
) -> Response:
    with studio.catalog.reading() as session:
        consents = consent_standings(session, studio.consent_texts, caller.creator_id)
    return page(
        request,
        "consent.html",
        status_code=problem.status_code if problem else status.HTTP_200_OK,
        **frame_of(studio, caller),
        consents=consents,
        video_id=video if _is_video(video) else "",
        problem=problem.detail if problem else "",
    )


def _is_video(text: str) -> bool:
    return re.fullmatch(ID_PATTERN, text) is not None
