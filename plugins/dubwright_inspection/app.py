"""The web application of the inspection pages, behind Airflow's own login.

    /checkpoints/<stage>/<key>                      a checkpoint's record
    /checkpoints/<stage>/<key>/artefacts/<name>     one artefact, with byte ranges
    /runs/<run id>                                  a run (`run_routes.py`)
    /library                                        all of them (`library_routes.py`)

Who may see the runs of `translate_video` may see these pages.
"""

from __future__ import annotations

from pathlib import Path

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import requires_access_dag
from dubwright_inspection.airflow_runs import DAG_ID
from dubwright_inspection.artefact_files import ArtefactFiles
from dubwright_inspection.catalog_access import CatalogAccess
from dubwright_inspection.checkpoint_page import checkpoint_page
from dubwright_inspection.library_routes import library_routes
from dubwright_inspection.pages import PAGE_HEADERS, page
from dubwright_inspection.report_routes import report_routes
from dubwright_inspection.run_routes import run_routes
from fastapi import Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference, Manifest
from pipeline_ops.errors import CatalogUnavailableError, DamagedArtefactError, StorageUnavailableError
from pipeline_ops.graph import INGEST
from pipeline_ops.platform import Platform

ARTEFACT_POLICY = "sandbox; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'"
"""Artefacts are made of strangers' videos, on the address of Airflow's login: nothing in them may run."""

SHOWN_IN_PLACE = ("video/", "audio/", "image/jpeg", "application/json", "text/vtt")
"""What a browser may show; everything else, the upload itself among it, is offered as a download."""

GATE_PAGE = "text/html"


def create_app(platform: Platform | None = None) -> FastAPI:
    """Return the application.

    Args:
        platform: The deployment; the one that the environment describes where not given.
    """
    deployment = platform or Platform.from_environment()
    files = ArtefactFiles(deployment.store, deployment.settings.inspection_cache)
    app = FastAPI(title="Dubwright inspection", openapi_url=None, docs_url=None, redoc_url=None)
    may_read = [Depends(requires_access_dag("GET", param_dag_id=DAG_ID))]
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")), name="static")
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(DamagedArtefactError, _on_damage)
    app.add_exception_handler(StorageUnavailableError, _on_outage)
    app.add_exception_handler(CatalogUnavailableError, _on_outage)

    @app.get("/checkpoints/{stage}/{key}", dependencies=may_read, name="checkpoint")
    def show_checkpoint(request: Request, stage: str, key: str) -> HTMLResponse:
        """Show a checkpoint's record."""
        manifest = _manifest(deployment, stage, key)
        base = request.scope["root_path"]
        return HTMLResponse(checkpoint_page(manifest, deployment.store, base), headers=PAGE_HEADERS)

    @app.get("/checkpoints/{stage}/{key}/artefacts/{name}", dependencies=may_read, name="artefact")
    def send_artefact(stage: str, key: str, name: str) -> FileResponse:
        """Send one artefact, or the range of it that was asked for, its digest verified."""
        manifest = _manifest(deployment, stage, key)
        artefact = _artefact(manifest, name)
        # A page of our own stages, shown in a sandbox without scripts; never one that somebody uploaded.
        is_page = artefact.media_type == GATE_PAGE and stage != INGEST
        in_place = is_page or artefact.media_type.startswith(SHOWN_IN_PLACE)
        return FileResponse(
            files.path(manifest.reference, artefact),
            media_type=artefact.media_type,
            filename=f"{stage}-{artefact.file_name}",
            content_disposition_type="inline" if in_place else "attachment",
            headers={
                "Content-Security-Policy": ARTEFACT_POLICY,
                "X-Content-Type-Options": "nosniff",
                # Content-addressed: what is under this address never changes.
                "Cache-Control": "private, max-age=86400, immutable",
            },
        )

    catalog = CatalogAccess(deployment.settings)
    app.include_router(run_routes(deployment, catalog))
    app.include_router(report_routes(catalog))
    app.include_router(library_routes(catalog))
    return app


def _manifest(platform: Platform, stage: str, key: str) -> Manifest:
    try:
        reference = CheckpointReference.parse(f"{stage}/{key}")
    except ValueError as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, str(error)) from error
    manifest = platform.store.inspect(reference)
    if manifest is None:
        message = f"There is no checkpoint {reference}; it was collected or set aside. Clear its task."
        raise HTTPException(status.HTTP_404_NOT_FOUND, message)
    return manifest


def _artefact(manifest: Manifest, name: str) -> Artefact:
    try:
        return manifest.artefact(name)
    except KeyError as error:
        message = f"Checkpoint {manifest.reference} has no artefact of that name."
        raise HTTPException(status.HTTP_404_NOT_FOUND, message) from error


async def _on_http_error(request: Request, error: Exception) -> Response:
    """Send who is not logged in to Airflow's login page, and others a page that says what is wrong."""
    assert isinstance(error, HTTPException)  # noqa: S101  FastAPI hands over what it was registered for
    wants_page = "text/html" in request.headers.get("accept", "")
    if error.status_code == status.HTTP_401_UNAUTHORIZED and wants_page:
        return RedirectResponse(get_auth_manager().get_url_login(next_url=str(request.url)))
    return _not_shown(request, str(error.detail), error.status_code)


async def _on_damage(request: Request, error: Exception) -> Response:
    return _not_shown(request, str(error), status.HTTP_410_GONE)


async def _on_outage(request: Request, error: Exception) -> Response:
    return _not_shown(request, str(error), status.HTTP_503_SERVICE_UNAVAILABLE)


def _not_shown(request: Request, message: str, status_code: int) -> HTMLResponse:
    """Return the page that says why there is nothing to show."""
    return page("not_shown.html", status_code, base=request.scope["root_path"], message=message)
