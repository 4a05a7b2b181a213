"""The address of decisions on what viewers report.

POST /report-decisions              uphold or dismiss a report
"""

from __future__ import annotations

from airflow.api_fastapi.common.db.common import SessionDep
from dubwright_inspection.access import MAY_DECIDE, User
from dubwright_inspection.catalog_access import CatalogAccess
from dubwright_inspection.reported import Verdict, decide_on_report
from dubwright_inspection.run_page import run_address
from dubwright_inspection.run_routes import Form, field_of, place_of, redirect_to
from fastapi import APIRouter, HTTPException, Request, status
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from pipeline_ops.errors import SettingsError


def report_routes(catalog: CatalogAccess) -> APIRouter:
    """Return the routes.

    Args:
        catalog: The deployment's catalog.
    """
    router = APIRouter()

    @router.post("/report-decisions", dependencies=MAY_DECIDE, name="decide_report")
    def judge_report(request: Request, form: Form, session: SessionDep, user: User) -> RedirectResponse:
        """Keep a decision on what a viewer reported."""
        run, language = place_of(form, session)
        verdict, report = _verdict(form), field_of(form, "report")
        try:
            decide_on_report(catalog, report, verdict, by=user.get_name(), note=field_of(form, "note"))
        except SettingsError as error:
            raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error
        return redirect_to(run_address(request.scope["root_path"], run.run_id, language) + "#reports")

    return router


def _verdict(form: FormData) -> Verdict:
    match field_of(form, "verdict"):
        case "uphold":
            return "uphold"
        case "dismiss":
            return "dismiss"
    raise HTTPException(status.HTTP_400_BAD_REQUEST, "A report is upheld or dismissed.")
