"""The studio as an application to be mounted: `app.mount("/studio", create_studio_app(platform))`.

/                 pages (`page_routes.py`, `consent_pages.py`)
/api/             the same for programs (`upload_routes.py`, `video_routes.py`, `consent_routes.py`); see
                  /api/openapi.json
/static/          what pages load
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from pipeline_ops.delivery.guard import Guard
from pipeline_ops.delivery.studio.answers import Problem
from pipeline_ops.delivery.studio.consent_pages import router as consent_pages
from pipeline_ops.delivery.studio.consent_routes import router as consents
from pipeline_ops.delivery.studio.page_routes import router as pages
from pipeline_ops.delivery.studio.pages import problem_page
from pipeline_ops.delivery.studio.problems import StudioProblem, unavailable
from pipeline_ops.delivery.studio.studio import Studio
from pipeline_ops.delivery.studio.upload_routes import router as uploads
from pipeline_ops.delivery.studio.video_routes import router as videos
from pipeline_ops.errors import WorldError
from pipeline_ops.platform import Platform

log = logging.getLogger(__name__)

API = "/api"

PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem} for code in (400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503)
}


def create_studio_app(platform: Platform | None = None) -> FastAPI:
    """Return the application.

    Args:
        platform: The deployment; the one that the environment describes where not given.

    Raises:
        SettingsError: the settings make no sense.
        CatalogUnavailableError: the catalog does not answer.
    """
    studio = Studio.open(platform or Platform.from_environment())
    app = FastAPI(
        title="Dubwright studio",
        version="1",
        description="What a creator can do with their own videos.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=_closing,
    )
    app.state.studio = studio
    app.add_middleware(Guard, body_limit_bytes=studio_body_limit_bytes)
    app.add_exception_handler(StarletteHTTPException, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(WorldError, _on_outage)
    app.add_exception_handler(Exception, _on_fault)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")), name="static")
    app.include_router(uploads, prefix=API, responses=PROBLEMS)
    app.include_router(videos, prefix=API, responses=PROBLEMS)
    app.include_router(consents, prefix=API, responses=PROBLEMS)
    app.include_router(pages, include_in_schema=False)
    app.include_router(consent_pages, include_in_schema=False)
    return app


def studio_body_limit_bytes(path: str) -> int | None:
    """Return the longest body of a path: parts of uploads are held against their own size as they come."""
    return None if "/parts/" in path else LONGEST_BODY_BYTES


LONGEST_BODY_BYTES = 64_000
"""A note in the widest script, or the numbers of the parts of the longest video, has some 10 kB."""


@asynccontextmanager
async def _closing(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.studio.close()


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101  what it is registered for
    code = error.code if isinstance(error, StudioProblem) else _code(error.status_code)
    return _answer(request, error.status_code, code, str(error.detail), error.headers)


async def _on_malformed(request: Request, error: Exception) -> Response:
    """Say where a request is malformed; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  what it is registered for
    first = error.errors()[0]
    place = ".".join(str(part)[:40] for part in first["loc"])
    in_path = first["loc"][0] == "path"
    if in_path:  # an address that none of ours has
        return _answer(request, status.HTTP_404_NOT_FOUND, "not_found", "There is no such thing of yours.")
    sentence = f"{place}: {first['msg']}"
    return _answer(request, status.HTTP_422_UNPROCESSABLE_CONTENT, "malformed", _printable(sentence))


async def _on_outage(request: Request, error: Exception) -> Response:
    log.error("The studio could not answer %s: %s", request.url.path, error)
    problem = unavailable()
    return _answer(request, problem.status_code, problem.code, problem.detail, problem.headers)


async def _on_fault(request: Request, error: Exception) -> Response:
    log.exception("The studio failed on %s.", request.url.path, exc_info=error)
    sentence = "Something failed on our side."
    return _answer(request, status.HTTP_500_INTERNAL_SERVER_ERROR, "failed", sentence)


def _answer(request: Request, status_code: int, code: str, sentence: str, headers: Any = None) -> Response:
    if _is_for_a_program(request):
        return JSONResponse({"code": code, "detail": sentence}, status_code, headers)
    return problem_page(request, status_code, sentence, headers)


def _is_for_a_program(request: Request) -> bool:
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return path.startswith(f"{API}/")


def _code(status_code: int) -> str:
    return {404: "not_found", 405: "wrong_method", 400: "malformed"}.get(status_code, "refused")


def _printable(text: str) -> str:
    return text.encode("ascii", "replace").decode()[:500]
