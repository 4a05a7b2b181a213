"""The address of the library.

GET  /library?creator=ann     all backlogs, or one creator's
"""

from __future__ import annotations

from airflow.api_fastapi.common.db.common import SessionDep
from dubwright_inspection.access import MAY_READ
from dubwright_inspection.airflow_runs import recent_runs
from dubwright_inspection.catalog_access import CatalogAccess
from dubwright_inspection.library_page import library_page_values
from dubwright_inspection.pages import page
from fastapi import APIRouter, HTTPException, Request, status
from fastapi.responses import HTMLResponse

from pipeline_ops.errors import SettingsError

RUNS_SHOWN = 20


def library_routes(catalog: CatalogAccess) -> APIRouter:
    """Return the routes.

    Args:
        catalog: The deployment's catalog.
    """
    router = APIRouter()

    @router.get("/library", dependencies=MAY_READ, name="library")
    def show_library(request: Request, session: SessionDep, creator: str = "") -> HTMLResponse:
        """Show how far everything is."""
        base, runs = request.scope["root_path"], recent_runs(RUNS_SHOWN, session)
        try:
            values = library_page_values(catalog, creator or None, base, runs)
        except SettingsError as error:
            raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, str(error)) from error
        return page("library.html", **values)

    return router
