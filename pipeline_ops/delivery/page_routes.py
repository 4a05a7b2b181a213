"""The watch page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, status
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline_ops.delivery.manifest_routes import MOST_NEXT_VIDEOS, AskedLanguage
from pipeline_ops.delivery.page_texts import texts_for
from pipeline_ops.delivery.service import (
    MEDIA_ID,
    MediaId,
    Problem,
    Service,
    choice_for,
    choice_headers,
    met_arm,
    remember,
    viewer_of,
)
from pipeline_ops.delivery.watch_page import heard_text, page_data, reason_text

FOLDER = Path(__file__).parent

_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

PlayerName = Annotated[
    Literal["hls", "shaka", "native"] | None,
    Query(description="Which player, for whoever looks into a problem; the page chooses well by itself."),
]
NextVideos = Annotated[
    str,
    Query(
        max_length=MOST_NEXT_VIDEOS * 33,
        description="The videos that come next, separated by commas: they are fetched ahead.",
    ),
]


def page_routes(service: Service) -> APIRouter:
    """Return the route of the watch page."""
    router = APIRouter(tags=["page"])

    @router.get(
        "/v/{media}",
        response_class=HTMLResponse,
        responses={
            404: {
                "content": {"text/html": {}, "application/json": {"schema": Problem.model_json_schema()}},
                "description": "There is no such video; a page for who wants one.",
            }
        },
        name="watch",
    )
    def show_video(
        request: Request,
        media: MediaId,
        language: AskedLanguage = None,
        player: PlayerName = None,
        next_videos: Annotated[NextVideos, Query(alias="next")] = "",
    ) -> HTMLResponse:
        """Show a video in a language that the viewer knows."""
        versions = service.versions(media)
        viewer = viewer_of(request)
        if is_new := versions.experiment is not None and viewer.lot is None:
            viewer = viewer.with_lot()
        met = met_arm(versions, viewer)
        video = versions.for_arm(met.arm if met else None)
        choice = choice_for(request, video, language)
        title, creator = service.videos.names(media)
        page_language, texts = page_texts(request)
        root = request.scope.get("root_path", "")
        upcoming = [each for each in next_videos.split(",") if MEDIA_ID.fullmatch(each) and each != media]
        base = f"{root}/v/{media}"
        data = {
            **page_data(
                video,
                choice,
                texts=texts,
                page_language=page_language,
                file_address=service.addresses.of(media, ""),
            ),
            "base": base,
            "viewer": f"{root}/viewer",
            "players": f"{root}/players/{service.static_version}",
            "player": player,
            "feed": f"{root}/feed?media={','.join(upcoming)}" if upcoming else None,
            "arm": met.arm if met else None,
            "view": service.begin_view(media, met),
        }
        response = page(
            "watch.html",
            request,
            service,
            headers={
                **choice_headers(choice),
                "Vary": "Accept-Language, Cookie",
                "Content-Security-Policy": page_policy(service),
            },
            base=base,
            title=title or texts["untitled"],
            creator=creator,
            data=data,
            heard=heard_text(
                texts,
                page_language,
                choice.language,
                original=video.asset.source.language,
                is_dub=choice.is_dub,
            ),
            why=reason_text(texts, page_language, choice),
        )
        if is_new:
            remember(request, response, viewer)
        return response

    return router


def page(
    template: str,
    request: Request,
    service: Service,
    status_code: int = status.HTTP_200_OK,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return a template's page, in the reader's language; every value is escaped."""
    page_language, texts = page_texts(request)
    static = f"{request.scope.get('root_path', '')}/static/{service.static_version}"
    text = _templates.get_template(template).render(
        texts=texts, page_language=page_language, static=static, **values
    )
    policy = {"Content-Security-Policy": page_policy(service), "Cache-Control": "no-store"}
    return HTMLResponse(text, status_code, headers={**policy, **(headers or {})})


def page_texts(request: Request) -> tuple[str, Any]:
    """Return the page's language for the reader who asks, and what it says in it."""
    wish = viewer_of(request).wish("", request.headers.get("accept-language"))
    return texts_for(wish.languages)


def page_policy(service: Service) -> str:
    """Return what a page may load: its own files, and segments of the bucket where these come from it.

    Players hand their buffers to the browser as `blob:`. No style and no script stands in the page itself.
    """
    segments = " ".join(("'self'", *service.addresses.origins))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {segments}; "
        f"media-src {segments} blob:; connect-src {segments}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    )
