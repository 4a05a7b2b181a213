"""The addresses of a run's page, and of what can be done there.

GET  /runs/<run id>?language=pt     the page
POST /edits                         reword lines of a dub: starts a new run
POST /decisions                     approve or reject a finished dub
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from airflow.api_fastapi.common.db.common import SessionDep
from dubwright_inspection.access import MAY_DECIDE, MAY_READ, MAY_START, User, may_decide, may_start
from dubwright_inspection.airflow_runs import DAG_ID, Run, read_run
from dubwright_inspection.catalog_access import CatalogAccess
from dubwright_inspection.line_edits import edited_run
from dubwright_inspection.pages import page
from dubwright_inspection.reviewing import Choice, decide
from dubwright_inspection.run_checkpoints import RunCheckpoints
from dubwright_inspection.run_page import run_address, run_page_values
from dubwright_inspection.start_run import start_run
from dubwright_inspection.transcript import lines_of
from fastapi import APIRouter, Depends, HTTPException, Request, status
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from pipeline_ops.errors import SettingsError
from pipeline_ops.platform import Platform

LARGEST_FORM_BYTES = 1_000_000
"""Every line of a long video reworded is far less."""

TEXT_FIELD = "text-"


async def read_form(request: Request) -> FormData:
    """Return the fields of a form that was sent.

    Raises:
        HTTPException: it is too large, or no form.
    """
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > LARGEST_FORM_BYTES:
        raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, "This form is too large.")
    return await request.form()


Form = Annotated[FormData, Depends(read_form)]


def run_routes(platform: Platform, catalog: CatalogAccess) -> APIRouter:
    """Return the routes.

    Args:
        platform: The deployment.
        catalog: Its catalog.
    """
    router = APIRouter()

    @router.get("/runs/{run_id:path}", dependencies=MAY_READ, name="run")
    def show_run(
        request: Request,
        run_id: str,
        *,
        session: SessionDep,
        user: User,
        language: str = "",
        dag_id: str = DAG_ID,
    ) -> HTMLResponse:
        """Show a run."""
        if dag_id != DAG_ID:
            message = f"Only runs of {DAG_ID} have a page here; this is one of {dag_id}."
            raise HTTPException(status.HTTP_404_NOT_FOUND, message)
        rights = {"may_start": may_start(user), "may_decide": may_decide(user)}
        run, base = _run(run_id, session), request.scope["root_path"]
        values = run_page_values(run, language, platform=platform, catalog=catalog, base=base, rights=rights)
        return page("run.html", **values)

    @router.post("/edits", dependencies=MAY_START, name="edit")
    def edit(request: Request, form: Form, session: SessionDep, user: User) -> RedirectResponse:
        """Start a run that says edited lines, and lead to its page."""
        run, language = place_of(form, session)
        lines = lines_of(RunCheckpoints(run, platform), language)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            new = edited_run(run, language, lines, _texts(form), by=user.get_name(), at=at)
        except ValueError as error:
            raise HTTPException(status.HTTP_400_BAD_REQUEST, f"Not changed: {error}.") from error
        base = request.scope["root_path"]
        if new is None:
            return redirect_to(run_address(base, run.run_id, language))
        try:
            start_run(new, by=user.get_name())
        except SettingsError as error:
            raise HTTPException(status.HTTP_400_BAD_REQUEST, str(error)) from error
        return redirect_to(run_address(base, new.run_id, language))

    @router.post("/decisions", dependencies=MAY_DECIDE, name="decide")
    def decide_on(request: Request, form: Form, session: SessionDep, user: User) -> RedirectResponse:
        """Keep a decision on the dub that the person saw."""
        run, language = place_of(form, session)
        choice, seen, note = _choice(form), field_of(form, "checkpoint"), field_of(form, "note")
        try:
            decide(catalog, run.run_id, language, choice, seen=seen, by=user.get_name(), note=note)
        except SettingsError as error:
            raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error
        return redirect_to(run_address(request.scope["root_path"], run.run_id, language) + "#review")

    return router


def _run(run_id: str, session: Session) -> Run:
    run = read_run(run_id, session)
    if run is None:
        message = f"There is no run {run_id[:200]} of {DAG_ID}; it may have been deleted."
        raise HTTPException(status.HTTP_404_NOT_FOUND, message)
    return run


def place_of(form: FormData, session: Session) -> tuple[Run, str]:
    """Return the run and the language that a form is about."""
    run, language = _run(field_of(form, "run_id"), session), field_of(form, "language")
    if language not in run.languages:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, f"The run has no language {language[:40]}.")
    return run, language


def field_of(form: FormData, name: str) -> str:
    """Return a form's field, empty where it has none of that name."""
    value: Any = form.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(form: FormData) -> dict[int, str]:
    """Return the lines that were typed over, by index."""
    texts = {}
    for name in form:
        number = name.removeprefix(TEXT_FIELD)
        if name != number:
            if not (number.isascii() and number.isdigit()):
                raise HTTPException(status.HTTP_400_BAD_REQUEST, f"There is no line {number[:40]}.")
            texts[int(number)] = field_of(form, name)
    return texts


def _choice(form: FormData) -> Choice:
    match field_of(form, "choice"):
        case "approve":
            return "approve"
        case "refuse":
            return "refuse"
        case other:
            message = f"One approves a dub or refuses it; {other[:40]!r} is neither."
            raise HTTPException(status.HTTP_400_BAD_REQUEST, message)


def redirect_to(address: str) -> RedirectResponse:
    """Lead a browser on, so that loading the page again sends nothing again."""
    return RedirectResponse(address, status.HTTP_303_SEE_OTHER)
