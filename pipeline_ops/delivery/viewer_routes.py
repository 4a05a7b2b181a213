"""What a viewer tells: the languages that they know, what they choose, and how playback goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from pipeline_ops.catalog.playbacks import ORIGINAL_TRACK, Playback
from pipeline_ops.delivery.guard import require_same_origin
from pipeline_ops.delivery.language_choice import (
    LONGEST_TAG,
    MOST_LANGUAGES,
    NO_SUBTITLES,
    ORIGINAL,
    parse_accept_language,
    standard_tag,
)
from pipeline_ops.delivery.published import Versions
from pipeline_ops.delivery.service import MediaId, Problem, Service, remember, viewer_of
from pipeline_ops.delivery.viewer import Viewer
from pipeline_ops.delivery.views import LONGEST, PATTERN, MetArm, View

FASTEST = 2.0
"""Times the natural speed: what the page's menu goes up to."""

CLOCK_SLACK_S = 10.0

DAY_S = 86_400.0


class Body(BaseModel):
    """What a page sends; a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


LanguageTag = Annotated[
    str, Field(max_length=LONGEST_TAG, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$", examples=["pt-BR"])
]
TagText = Annotated[str, Field(min_length=2, max_length=LONGEST_TAG, pattern=r"^[A-Za-z0-9-]+$")]

ViewToken = Annotated[str, Field(max_length=LONGEST, pattern=PATTERN)]
"""A view, signed."""


class ViewerSettings(Body):
    """What a viewer said of themselves.

    Attributes:
        languages: Those that they know, the best known first; empty leaves it to the browser's list. A tag
            that names no language is left out.
        original_always: Whether they want no dub at all.
    """

    languages: Annotated[list[LanguageTag], Field(max_length=MOST_LANGUAGES)]
    original_always: bool = False


class ViewerState(ViewerSettings):
    """What a viewer said of themselves, and what their browser says."""

    browser_languages: list[str]


class ViewerChoice(Body):
    """What a viewer chose for one video.

    Attributes:
        language: A language that it has, or `original`; None changes nothing.
        subtitles: The language of subtitles, or `off`; None changes nothing.
    """

    language: TagText | None = None
    subtitles: TagText | None = None


class TrackTotals(Body):
    """How one sound track of a view went so far; see `PlaybackRow`."""

    track: TagText
    given: bool = False
    chosen: bool = False
    started: bool = False
    finished: bool = False
    stalls: Annotated[int, Field(ge=0, le=10_000)] = 0
    stalled_s: Annotated[float, Field(ge=0, le=DAY_S, allow_inf_nan=False)] = 0.0
    watched_s: Annotated[float, Field(ge=0, le=2 * DAY_S, allow_inf_nan=False)] = 0.0


class ViewTotals(Body):
    """How a view went so far.

    Attributes:
        view: What the page was given for this.
        tracks: One of each sound track that was heard.
    """

    view: ViewToken
    tracks: Annotated[list[TrackTotals], Field(min_length=1, max_length=MOST_LANGUAGES)]


_REFUSED: dict[int | str, dict[str, object]] = {
    400: {"model": Problem, "description": "It is no text."},
    403: {"model": Problem, "description": "It was not sent from a page of this site."},
    413: {"model": Problem, "description": "It is too long."},
}
_OF_A_VIDEO: dict[int | str, dict[str, object]] = {
    **_REFUSED,
    404: {"model": Problem, "description": "There is no such video."},
}
LIMITED: dict[int | str, dict[str, object]] = {
    **_OF_A_VIDEO,
    429: {"model": Problem, "description": "It came too often."},
}


def viewer_routes(service: Service) -> APIRouter:
    """Return the routes of viewers' settings, choices and playback."""
    router = APIRouter(tags=["viewer"])
    ours = [Depends(require_same_origin)]

    @router.get("/viewer")
    def show_settings(request: Request, response: Response) -> ViewerState:
        """Return what a viewer said of themselves."""
        viewer = viewer_of(request)
        response.headers["Cache-Control"] = "no-store"
        return ViewerState(
            languages=list(viewer.languages),
            original_always=viewer.original_always,
            browser_languages=list(parse_accept_language(request.headers.get("accept-language"))),
        )

    @router.put("/viewer", status_code=204, response_class=Response, dependencies=ours, responses=_REFUSED)
    def change_settings(request: Request, settings: ViewerSettings) -> Response:
        """Remember what a viewer says of themselves; what they chose for single videos is forgotten."""
        standard = [standard_tag(tag) for tag in settings.languages]
        languages = tuple(dict.fromkeys(tag for tag in standard if tag))
        viewer = replace(
            viewer_of(request),
            languages=languages,
            original_always=settings.original_always,
            originals=(),
            choices=(),
        )
        return _remembering(request, viewer)

    @router.post(
        "/v/{media}/choice",
        status_code=204,
        response_class=Response,
        dependencies=ours,
        responses=_OF_A_VIDEO,
    )
    def remember_choice(request: Request, media: MediaId, choice: ViewerChoice) -> Response:
        """Remember what a viewer chose by hand; what the video does not have changes nothing."""
        offer = service.video(media).offer
        viewer = viewer_of(request)
        if choice.language in (ORIGINAL, offer.original, *offer.dubs):
            language = ORIGINAL if choice.language == offer.original else choice.language
            viewer = viewer.choosing(media, language, original=offer.original)
        if choice.subtitles in (NO_SUBTITLES, *offer.subtitles):
            viewer = replace(viewer, subtitles=choice.subtitles)
        return _remembering(request, viewer)

    @router.post(
        "/v/{media}/playbacks",
        status_code=204,
        response_class=Response,
        dependencies=[*ours, Depends(service.event_limit.check)],
        responses=LIMITED,
    )
    def take_totals(media: MediaId, totals: ViewTotals) -> Response:
        """Take how a view went so far; the catalog counts what can be."""
        view = service.check_view(media, totals.view)
        versions = service.versions(media) if view.met else Versions(service.video(media))
        heard = {ORIGINAL_TRACK, *versions.published.runs}
        longest_s = (service.now_s() - view.began_at.timestamp() + CLOCK_SLACK_S) * FASTEST
        if any(track.watched_s > longest_s for track in totals.tracks):
            raise HTTPException(status.HTTP_403_FORBIDDEN, "Nobody can have watched for so long.")
        # Who heard no dub of which there are several versions met no arm. Who did met it with all that they
        # heard: the original is the same in all arms, but people turn to it.
        met = view.met if any(track.track in versions.varied for track in totals.tracks) else None
        service.writer.put(
            _playback(media, view, met, versions, track) for track in totals.tracks if track.track in heard
        )
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    return router


def _playback(
    media_id: str, view: View, met: MetArm | None, versions: Versions, track: TrackTotals
) -> Playback:
    if track.track not in (ORIGINAL_TRACK, *versions.varied):
        met = None
    return Playback(
        view_id=view.id,
        media_id=media_id,
        track=track.track,
        began_at=view.began_at,
        given=track.given,
        chosen=track.chosen,
        started=track.started,
        finished=track.finished,
        stalls=track.stalls,
        stalled_s=track.stalled_s,
        watched_s=track.watched_s,
        run_id=versions.for_arm(met.arm).runs.get(track.track) if met else None,
        experiment=met.experiment if met else None,
        arm=met.arm if met else None,
        lot=met.lot if met else None,
    )


def _remembering(request: Request, viewer: Viewer) -> Response:
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    remember(request, response, viewer)
    return response
