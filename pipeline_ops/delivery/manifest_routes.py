"""Manifests, negotiated for the viewer: HLS, DASH, playlists of renditions, hints for the next videos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response, status
from pydantic import BaseModel

from pipeline_ops.delivery.language_choice import LONGEST_TAG, Choice
from pipeline_ops.delivery.manifest_texts import Text
from pipeline_ops.delivery.published import Versions, Watchable
from pipeline_ops.delivery.service import (
    MEDIA_ID,
    MediaId,
    Problem,
    Service,
    choice_for,
    choice_headers,
    met_arm,
    viewer_of,
)
from pipeline_ops.delivery.views import NAME, MetArm
from pipeline_ops.streams.hls import starting_renditions

HLS_TYPE = "application/vnd.apple.mpegurl"
DASH_TYPE = "application/dash+xml"
WEBVTT_TYPE = "text/vtt"

MOST_NEXT_VIDEOS = 10

REVALIDATED = "no-cache"
"""Kept by caches, and asked for again each time: what is withdrawn must not be played from a cache."""

RenditionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description="A rendition.")]
AskedLanguage = Annotated[
    str | None,
    Query(max_length=LONGEST_TAG, description="A language that the video has, or `original`."),
]


AskedArm = Annotated[
    str | None,
    Query(
        pattern=f"^{NAME}$",
        description="The arm of an experiment whose version is wanted; where it is none, what is published.",
    ),
]


class FirstBytes(BaseModel):
    """The beginning of a rendition: what its header, index and first segment take."""

    address: str
    first_byte: int
    last_byte: int


class NextVideo(BaseModel):
    """What a feed may fetch of a video before its viewer comes to it."""

    media: str
    language: str
    is_dub: bool
    reason: str
    page: str
    hls: str
    dash: str
    poster: str
    first: list[FirstBytes]


class NextVideos(BaseModel):
    """Hints for the videos that can be watched, in the order in which they were asked for."""

    videos: list[NextVideo]


def text_response(media_type: str) -> dict[int | str, dict[str, object]]:
    """Return how an answer of one type of text, or none, is described."""
    return {
        200: {"content": {media_type: {"schema": {"type": "string"}}}, "description": "The text."},
        304: {"description": "What the cache has is still so."},
        404: {"model": Problem, "description": "There is no such thing."},
    }


def manifest_routes(service: Service) -> APIRouter:
    """Return the routes of manifests."""
    router = APIRouter(tags=["playback"])

    @router.get(
        "/v/{media}/master.m3u8", response_class=Response, responses=text_response(HLS_TYPE), name="hls"
    )
    def send_multivariant_playlist(
        request: Request, media: MediaId, language: AskedLanguage = None, arm: AskedArm = None
    ) -> Response:
        """Send the HLS playlist that leads to all others, with the viewer's language as the default."""
        negotiated = _negotiate(request, service, media, language, arm)
        text = service.manifests.hls(negotiated.video, negotiated.choice.language, negotiated.arm)
        return _answer(request, text, HLS_TYPE, negotiated.headers)

    @router.get(
        "/v/{media}/manifest.mpd", response_class=Response, responses=text_response(DASH_TYPE), name="dash"
    )
    def send_presentation_description(
        request: Request, media: MediaId, language: AskedLanguage = None, arm: AskedArm = None
    ) -> Response:
        """Send the DASH manifest, with the viewer's language as the main one."""
        negotiated = _negotiate(request, service, media, language, arm)
        text = service.manifests.dash(negotiated.video, negotiated.choice.language)
        return _answer(request, text, DASH_TYPE, negotiated.headers)

    @router.get(
        "/v/{media}/playlists/{rendition}.m3u8", response_class=Response, responses=text_response(HLS_TYPE)
    )
    def send_media_playlist(
        request: Request, media: MediaId, rendition: RenditionId, arm: AskedArm = None
    ) -> Response:
        """Send the HLS playlist of one rendition."""
        video = service.video(media, arm)
        try:
            text = service.manifests.playlist(video, rendition)
        except KeyError as error:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such rendition.") from error
        return _answer(request, text, HLS_TYPE, {"Cache-Control": REVALIDATED})

    @router.get("/v/{media}/storyboard.vtt", response_class=Response, responses=text_response(WEBVTT_TYPE))
    def send_storyboard(request: Request, media: MediaId) -> Response:
        """Send which part of which sheet of small pictures to show at which time."""
        text = service.manifests.storyboard(service.video(media))
        return _answer(request, text, WEBVTT_TYPE, {"Cache-Control": REVALIDATED})

    @router.get("/feed")
    def send_next_videos(
        request: Request,
        response: Response,
        media: Annotated[
            str,
            Query(max_length=MOST_NEXT_VIDEOS * 33, description="Up to ten videos, separated by commas."),
        ],
    ) -> NextVideos:
        """Tell a feed what to fetch of its next videos: the first bytes in the viewer's likely language."""
        wanted = [each for each in media.split(",") if MEDIA_ID.fullmatch(each)][:MOST_NEXT_VIDEOS]
        viewer = viewer_of(request)
        found = [versions for each in dict.fromkeys(wanted) if (versions := service.videos.versions(each))]
        hints = [_next_video(request, service, versions, met_arm(versions, viewer)) for versions in found]
        response.headers["Cache-Control"] = f"private, {REVALIDATED}"
        response.headers["Vary"] = "Accept-Language, Cookie"
        if hints:
            response.headers["Link"] = ", ".join(f"<{hint.hls}>; rel=prefetch; as=fetch" for hint in hints)
        return NextVideos(videos=hints)

    return router


@dataclass(frozen=True, slots=True)
class _Negotiated:
    """What a viewer gets: which version, in which language, and what headers say of it.

    Attributes:
        arm: Of the version, where it is another than what is published.
    """

    video: Watchable
    choice: Choice
    arm: str | None
    headers: dict[str, str]


def _negotiate(
    request: Request, service: Service, media_id: str, language: str | None, arm: str | None
) -> _Negotiated:
    """Choose for a viewer; an address that names a language decides by itself, so it is the same for all."""
    versions = service.versions(media_id)
    choice = choice_for(request, versions.published, language)
    if choice.reason != "asked" and arm is None and (met := met_arm(versions, viewer_of(request))):
        arm = met.arm
    arm = arm if arm in versions.by_arm else None
    headers = {**choice_headers(choice), **_varying(choice.reason)}
    if arm is not None and versions.experiment is not None:
        headers["Dubwright-Experiment"] = f"{versions.experiment.name}; {arm}"
    return _Negotiated(versions.for_arm(arm), choice, arm, headers)


def _next_video(request: Request, service: Service, versions: Versions, met: MetArm | None) -> NextVideo:
    video = versions.for_arm(met.arm if met else None)
    choice = choice_for(request, video)
    base = f"{request.scope.get('root_path', '')}/v/{video.media_id}"
    address = service.addresses.of(video.media_id, f"{base}/")
    first = []
    for rendition in starting_renditions(video.asset, choice.language):
        track = rendition.track
        last_byte = track.segments[0].byte_range.last_byte
        first.append(FirstBytes(address=address(track.file), first_byte=0, last_byte=last_byte))
    asked = f"?language={choice.language if choice.is_dub else 'original'}"
    if met is not None:
        asked += f"&arm={met.arm}"
    return NextVideo(
        media=video.media_id,
        language=choice.language,
        is_dub=choice.is_dub,
        reason=choice.reason,
        page=base,
        hls=f"{base}/master.m3u8{asked}",
        dash=f"{base}/manifest.mpd{asked}",
        poster=address(video.asset.source.poster.file),
        first=first,
    )


def _varying(reason: str) -> dict[str, str]:
    """Return how caches may keep an answer: for everybody where the address alone decides it."""
    if reason == "asked":
        return {"Cache-Control": f"public, {REVALIDATED}"}
    return {"Cache-Control": f"private, {REVALIDATED}", "Vary": "Accept-Language, Cookie"}


def _answer(request: Request, text: Text, media_type: str, headers: dict[str, str]) -> Response:
    """Return a text, or that what the cache has is the same (RFC 9110, sec. 13.1.2)."""
    headers = {**headers, "ETag": text.tag}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if text.tag in known or "*" in known:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(text.content, media_type=media_type, headers=headers)
