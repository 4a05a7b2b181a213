"""Videos over HTTP.

GET  /api/me                                                    who calls, what is taken and made
GET  /api/videos                                                one's own, the latest first
GET  /api/videos/<id>                                           one of them
GET  /api/videos/<id>/original                                  the file, with byte ranges
POST /api/videos/<id>/translations                              ask for languages
GET  /api/videos/<id>/progress                                  runs that go on, stage by stage
GET  /api/videos/<id>/views                                     what viewers did, by language
GET  /api/videos/<id>/translations/<run>/<language>/video       a dub, with byte ranges
GET  /api/videos/<id>/translations/<run>/<language>/subtitles   its subtitles
POST /api/videos/<id>/translations/<run>/<language>/decision    approve, refuse, take down
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.keys import ID_PATTERN
from pipeline_ops.catalog.run_facts import SOURCE_ARTEFACT, VIDEO_ARTEFACT
from pipeline_ops.delivery.studio import answers
from pipeline_ops.delivery.studio.access import Decider, Reader, StudioDep, Uploader
from pipeline_ops.delivery.studio.artefact_answers import send_artefact
from pipeline_ops.delivery.studio.deciding import decide
from pipeline_ops.delivery.studio.inspection import media_limits
from pipeline_ops.delivery.studio.library import PAGE, Version, list_videos
from pipeline_ops.delivery.studio.problems import not_found
from pipeline_ops.delivery.studio.progress import RunProgress, run_progress
from pipeline_ops.delivery.studio.studio import Studio

VideoId = Annotated[str, Path(pattern=ID_PATTERN)]
RunId = Annotated[str, Path(pattern=r"^[^\u0000/]{1,250}$")]
Language = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{2,35}$")]

MOST_AT_A_TIME = 200
MOST_SKIPPED = 1_000_000

SUBTITLES_ARTEFACT = "subtitles"
FILE: dict[int | str, dict[str, Any]] = {
    code: {"content": {"application/octet-stream": {}}} for code in (200, 206)
}
"""A file of any kind, or a part of it."""

router = APIRouter(tags=["videos"])


@dataclass(frozen=True, slots=True)
class TranslationPlace:
    """Where a translation is: of which video, by which run, into which language."""

    video_id: VideoId
    run_id: RunId
    language: Language


Place = Annotated[TranslationPlace, Depends()]


def seen_version(place: Place, studio: StudioDep, caller: Reader) -> Version:
    """Return the finished translation that an address names.

    Raises:
        StudioProblem: the caller has none there.
    """
    with studio.catalog.reading() as session:
        standing = studio.video(session, caller.creator_id, place.video_id).language(place.language)
    for version in standing.versions if standing else ():
        if version.run_id == place.run_id:
            return version
    raise not_found()


SeenVersion = Annotated[Version, Depends(seen_version)]


@router.get("/me")
def get_me(studio: StudioDep, caller: Reader) -> answers.Me:
    """Return for whom the token acts, and what it may do."""
    with studio.catalog.reading() as session:
        creator = get_creator(session, caller.creator_id)
    return answers.Me(
        creator_id=creator.id,
        name=creator.name,
        scopes=list(caller.token.scopes),
        expires_at=caller.token.expires_at,
        limits=answers.Limits.model_validate(media_limits(studio.platform.settings)),
        target_languages=list(studio.desk.target_languages()),
    )


@router.get("/videos")
def get_videos(
    studio: StudioDep,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_A_TIME)] = PAGE,
    offset: Annotated[int, Query(ge=0, le=MOST_SKIPPED)] = 0,
) -> list[answers.Video]:
    """Return one's videos, the latest uploaded first."""
    with studio.catalog.reading() as session:
        videos = list_videos(session, caller.creator_id, limit=limit, offset=offset)
    return [answers.Video.model_validate(video) for video in videos]


@router.get("/videos/{video_id}")
def get_video(video_id: VideoId, studio: StudioDep, caller: Reader) -> answers.Video:
    """Return one video, and how it stands in each language."""
    with studio.catalog.reading() as session:
        return answers.Video.model_validate(studio.video(session, caller.creator_id, video_id))


@router.get("/videos/{video_id}/original", response_class=Response, responses=FILE)
def get_original(video_id: VideoId, request: Request, studio: StudioDep, caller: Reader) -> Response:
    """Return the file as it was uploaded; it is there once a translation was begun."""
    with studio.catalog.reading() as session:
        source = studio.video(session, caller.creator_id, video_id).source
    if source is None:
        raise not_found()
    return send_artefact(studio.platform.store, source, SOURCE_ARTEFACT, request)


@router.post("/videos/{video_id}/translations")
def ask_for_translations(
    video_id: VideoId, wanted: answers.WantedLanguages, studio: StudioDep, caller: Uploader
) -> answers.Asked:
    """Ask for the video in languages. Asking again starts nothing twice."""
    return answers.Asked.model_validate(studio.desk.ask(caller.creator_id, video_id, wanted.languages))


@router.get("/videos/{video_id}/progress")
def get_progress(video_id: VideoId, studio: StudioDep, caller: Reader) -> list[answers.RunProgress]:
    """Return the runs that go on, stage by stage, or the latest one where none does."""
    return [
        answers.RunProgress.model_validate(progress)
        for progress in progress_of(studio, caller.creator_id, video_id)
    ]


@router.get("/videos/{video_id}/views")
def get_views(video_id: VideoId, studio: StudioDep, caller: Reader) -> list[answers.Views]:
    """Return what viewers did, by language, dubs and the original apart."""
    with studio.catalog.reading() as session:
        media_id = studio.video(session, caller.creator_id, video_id).media_id
        views = studio.views(session, caller.creator_id).get(media_id or "", ())
    return [answers.Views.model_validate(each) for each in views]


@router.get(
    "/videos/{video_id}/translations/{run_id}/{language}/video", response_class=Response, responses=FILE
)
def get_dub(request: Request, studio: StudioDep, version: SeenVersion) -> Response:
    """Return a finished dub, whether viewers get it or not."""
    return send_artefact(studio.platform.store, version.checkpoint, VIDEO_ARTEFACT, request)


@router.get(
    "/videos/{video_id}/translations/{run_id}/{language}/subtitles", response_class=Response, responses=FILE
)
def get_subtitles(request: Request, studio: StudioDep, version: SeenVersion) -> Response:
    """Return the subtitles of a finished dub, in its language, as WebVTT."""
    return send_artefact(studio.platform.store, version.checkpoint, SUBTITLES_ARTEFACT, request)


@router.post("/videos/{video_id}/translations/{run_id}/{language}/decision")
def decide_on(place: Place, decision: answers.Decision, studio: StudioDep, caller: Decider) -> answers.Video:
    """Approve or refuse a dub that waits, or take down one that viewers get."""
    with studio.catalog.writing() as session:
        studio.video(session, caller.creator_id, place.video_id)
        decide(
            session,
            caller.creator_id,
            place.run_id,
            place.language,
            decision.choice,
            seen=decision.checkpoint,
            note=decision.note,
        )
    with studio.catalog.reading() as session:
        return answers.Video.model_validate(studio.video(session, caller.creator_id, place.video_id))


def progress_of(studio: Studio, creator_id: str, video_id: str) -> tuple[RunProgress, ...]:
    """Return how far the runs of a creator's video are."""
    with studio.catalog.reading() as session:
        video = studio.video(session, creator_id, video_id)
        shown = video.open_runs or video.runs[:1]
        return tuple(run_progress(session, studio.airflow, run_id) for run_id in shown)
