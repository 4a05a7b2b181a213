"""The web application of the rating pages; runs by itself, or mounted below another one.

    /join/<token>                   a rater's own address: remembers them, and goes on to
    /                               whatever comes next: one address, so it goes on where one stopped
    /agree, /headphones, /answer    the forms of those pages
    /sound/<trial>                  the tones of the headphones check
    /media/<task>/<a|b|original>    the clips of the current task, with byte ranges
    /health                         whether they are there, and their catalog answers

Addresses of clips are made of tasks that were named by lot: they tell nothing of what made a clip.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request, Response, status
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.errors import CatalogUnavailableError
from pipeline_ops.rating_app.access import Access
from pipeline_ops.rating_app.media_routes import media_routes
from pipeline_ops.rating_app.page_routes import page_routes
from pipeline_ops.rating_app.pages import page


def create_rating_app(catalog: CatalogDatabase, media: Path) -> FastAPI:
    """Return the application.

    Args:
        catalog: Where campaigns are kept; the caller closes it.
        media: The folder of rating media.
    """
    app = FastAPI(title="Dubwright ratings", openapi_url=None, docs_url=None, redoc_url=None)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")), name="static")
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(CatalogUnavailableError, _on_no_catalog)
    access = Access(catalog, media)
    app.include_router(page_routes(access))
    app.include_router(media_routes(access))

    @app.get("/health")
    def tell_health() -> dict[str, str]:
        """Say that the pages are there, and that their catalog answers."""
        catalog.revision()
        return {"status": "ok"}

    return app


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for it
    known = error.status_code != status.HTTP_401_UNAUTHORIZED
    answer = page(request, "message.html", error.status_code, message=str(error.detail), known=known)
    answer.headers.update(error.headers or {})
    return answer


async def _on_no_catalog(request: Request, _error: Exception) -> Response:
    text = "This page does not work at the moment. What you answered is kept; try again in some minutes."
    return page(request, "message.html", status.HTTP_503_SERVICE_UNAVAILABLE, message=text, known=True)
