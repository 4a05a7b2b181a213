"""The pages of a session and the forms on them."""

# Annotations are evaluated here: FastAPI has to see the dependencies that they name.

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response, status
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from pipeline_ops.catalog import rating_sessions
from pipeline_ops.rating_app.access import COOKIE, Access
from pipeline_ops.rating_app.forms import read_headphones, read_values
from pipeline_ops.rating_app.pages import base_of, next_page, page_of

COOKIE_AGE_S = 90 * 86_400
"""A campaign lasts weeks; who comes later uses their address again."""


def page_routes(access: Access) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    rater = Annotated[str, Depends(access.rater)]
    form = Annotated[FormData, Depends(access.form)]

    @router.get("/join/{token}")
    def join(token: str, request: Request) -> Response:
        access.limits.check("join", request)
        if access.rater_with(token) is None:
            raise HTTPException(
                status.HTTP_404_NOT_FOUND, "Nobody was given this address. Copy it whole, and try again."
            )
        answer = next_page(request)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=COOKIE_AGE_S,
            path=base_of(request) or "/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",  # a strict one would not come along from the mail that holds the address
        )
        return answer

    @router.get("/")
    def session_page(request: Request, rater_id: rater) -> HTMLResponse:
        access.limits.check("page", request)
        with access.catalog.reading() as session:
            state = rating_sessions.state_of(session, rater_id)
        if state.task is not None:
            with access.catalog.writing() as session:
                rating_sessions.mark_shown(session, state.task.id, datetime.now(UTC))
        return page_of(request, state)

    @router.post("/agree")
    def agree(request: Request, rater_id: rater, _form: form) -> Response:
        with access.catalog.writing() as session:
            rating_sessions.agree(session, rater_id, datetime.now(UTC))
        return next_page(request)

    @router.post("/headphones")
    def headphones(request: Request, rater_id: rater, sent: form) -> Response:
        answers = read_headphones(sent)
        with access.catalog.writing() as session:
            rating_sessions.try_headphones(session, rater_id, answers)
        return next_page(request)

    @router.post("/answer")
    def answer(request: Request, rater_id: rater, sent: form) -> Response:
        with access.catalog.writing() as session:
            state = rating_sessions.state_of(session, rater_id)
            if state.step == "task":
                task_id, values = str(sent.get("task", "")), read_values(sent, state)
                rating_sessions.answer_task(session, rater_id, task_id, values, datetime.now(UTC))
        return next_page(request)

    return router
