"""The delivery service: what viewers reach, over HTTP.

    GET  /v/<media>                        the watch page
    GET  /v/<media>/master.m3u8            HLS, negotiated for the viewer
    GET  /v/<media>/manifest.mpd           DASH, negotiated for the viewer
    GET  /v/<media>/playlists/<rendition>  HLS of one rendition
    GET  /v/<media>/files/<token>/<name>   segments, subtitles, pictures, with byte ranges
    GET  /feed                             what to fetch ahead of the next videos
    GET  /viewer, PUT /viewer              the languages that a viewer knows
    POST /v/<media>/choice, /playbacks, /reports

Answers say no more than a viewer may know: what went wrong inside is in the log.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.delivery.addresses import FileAddresses
from pipeline_ops.delivery.file_routes import file_routes
from pipeline_ops.delivery.guard import LONGEST_BODY_BYTES, Guard
from pipeline_ops.delivery.manifest_routes import manifest_routes
from pipeline_ops.delivery.manifest_texts import ManifestTexts
from pipeline_ops.delivery.page_routes import FOLDER, page, page_routes
from pipeline_ops.delivery.playback_writer import PlaybackWriter
from pipeline_ops.delivery.players import player_files
from pipeline_ops.delivery.published import PublishedVideos
from pipeline_ops.delivery.rate_limits import RateLimit
from pipeline_ops.delivery.report_routes import report_routes
from pipeline_ops.delivery.running_experiment import RunningExperiment
from pipeline_ops.delivery.service import VIEW_HOLDS_S, Service
from pipeline_ops.delivery.signing import AddressSigner, RefusedAddressError, read_keys
from pipeline_ops.delivery.studio.app import create_studio_app
from pipeline_ops.delivery.viewer_routes import viewer_routes
from pipeline_ops.delivery.watch_page import warm_up
from pipeline_ops.errors import DubwrightError
from pipeline_ops.platform import Platform

FOREVER = "public, max-age=31536000, immutable"
"""Of files whose address changes with their content."""

HOUR_S = 3600.0

CONNECTIONS = 16
"""To the catalog, of each process: more threads than that seldom ask it at the same time."""

STUDIO = "/studio/"

STATIC = FOLDER / "static"

logger = logging.getLogger(__name__)


def create_app(platform: Platform | None = None) -> FastAPI:
    """Return the application.

    Args:
        platform: The deployment; the one that the environment describes where not given.

    Raises:
        SettingsError: the environment makes no sense.
        WeightsUnavailableError: the players were not fetched yet.
        CatalogUnavailableError: the catalog does not answer.
    """
    platform = platform or Platform.from_environment()
    service = open_service(platform)
    studio = create_studio_app(platform)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        warm_up()
        with service.catalog, service.writer:
            yield
        studio.state.studio.close()  # what is mounted has no life of its own

    app = FastAPI(
        title="Dubwright delivery",
        version="1",
        description="Streams of translated videos, each viewer in a language that they know.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    for routes in (page_routes, manifest_routes, file_routes, viewer_routes, report_routes):
        app.include_router(routes(service))
    _add_own_files(app, service)
    _answer_errors(app, service)
    app.openapi()  # described before HEAD is added, which is what GET is
    for route in app.routes:
        if isinstance(route, APIRoute) and "GET" in route.methods:
            route.methods.add("HEAD")
    app.mount(STUDIO.rstrip("/"), studio)
    app.add_middleware(Guard, body_limit_bytes=_body_limit_bytes)
    return app


def _body_limit_bytes(path: str) -> int | None:
    """Return the longest body that a path takes; the creators' side has its own limits."""
    return None if path.startswith(STUDIO) else LONGEST_BODY_BYTES


def open_service(platform: Platform) -> Service:
    """Open what the routes share; see `create_app` for the errors."""
    settings = platform.settings
    keys = read_keys(settings.home)
    catalog = open_catalog(settings, CONNECTIONS)
    storage = platform.store.storage
    addresses = FileAddresses(
        signer=AddressSigner(keys, settings.delivery.address_hours * HOUR_S),
        bucket=storage if settings.delivery.files == "bucket" else None,
        now_s=time.time,
    )
    return Service(
        catalog=catalog,
        videos=PublishedVideos(catalog, platform.store, RunningExperiment(catalog)),
        storage=storage,
        addresses=addresses,
        manifests=ManifestTexts(addresses),
        views=AddressSigner(keys, VIEW_HOLDS_S),
        writer=PlaybackWriter(catalog),
        players=player_files(platform.weights),
        static_version=_version(),
        event_limit=RateLimit.per_minute(settings.delivery.events_per_minute),
        report_limit=RateLimit.per_hour(settings.delivery.reports_per_hour),
        now_s=time.time,
    )


def _version() -> str:
    """Return what changes with the page's own files, and with the players."""
    digest = hashlib.sha256()
    for file in (*sorted(STATIC.iterdir()), FOLDER / "players.yaml"):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _add_own_files(app: FastAPI, service: Service) -> None:
    app.mount(f"/static/{service.static_version}", _Forever(directory=STATIC), name="static")

    @app.get("/players/{version}/{name}", include_in_schema=False)
    def send_player(version: str, name: str) -> Response:
        """Send a file of a player."""
        path: Path | None = service.players.get(name)
        if path is None or version != service.static_version:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such file.")
        return FileResponse(path, media_type="text/javascript", headers={"Cache-Control": FOREVER})

    @app.get("/health", include_in_schema=False)
    def tell_health() -> dict[str, str]:
        """Say that the service is there, and that its catalog answers."""
        service.catalog.revision()
        return {"status": "ok"}


class _Forever(StaticFiles):
    """The page's own files, at addresses that change with them."""

    def file_response(self, *arguments: object, **named: object) -> Response:
        response = super().file_response(*arguments, **named)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = FOREVER
        return response


def _answer_errors(app: FastAPI, service: Service) -> None:
    @app.exception_handler(StarletteHTTPException)
    async def on_http_error(request: Request, error: StarletteHTTPException) -> Response:
        return _problem(request, service, error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def on_malformed(request: Request, error: RequestValidationError) -> Response:
        if any(problem["loc"][0] == "path" for problem in error.errors()):
            return _problem(request, service, status.HTTP_404_NOT_FOUND, "There is no such thing.")
        told = [{name: problem[name] for name in ("loc", "msg", "type")} for problem in error.errors()]
        return JSONResponse({"detail": told}, status.HTTP_422_UNPROCESSABLE_CONTENT)

    @app.exception_handler(RefusedAddressError)
    async def on_refused(request: Request, _error: RefusedAddressError) -> Response:
        message = "This address does not hold, or not any more."
        return _problem(request, service, status.HTTP_403_FORBIDDEN, message)

    @app.exception_handler(DubwrightError)
    async def on_outage(request: Request, error: DubwrightError) -> Response:
        # Its text names files and addresses, which are nobody's business here.
        logger.error("%s %s: %s: %s", request.method, request.url.path, type(error).__name__, error)
        message = "This cannot be had at the moment; try again later."
        headers = {"Retry-After": "10"}
        return _problem(request, service, status.HTTP_503_SERVICE_UNAVAILABLE, message, headers)


def _problem(request: Request, service: Service, code: int, detail: str, headers: object = None) -> Response:
    """Return what went wrong, as a page for whoever wants one."""
    more = dict(headers) if isinstance(headers, dict) else {}
    is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if code == status.HTTP_404_NOT_FOUND and is_page:
        return page("not_found.html", request, service, code, headers=more)
    return JSONResponse({"detail": detail}, code, headers={"Cache-Control": "no-store", **more})
