"""The studio's pages.

GET  /                         one's videos, and where to send more
GET  /login, POST /login       begin a session with a token
POST /logout                   end it
GET  /videos/<id>              one video: its languages, progress, previews, views
POST /videos/<id>/languages    ask for languages
POST /videos/<id>/decisions    approve, refuse, take down
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import cast, get_args

from fastapi import APIRouter, Request, Response, status

from pipeline_ops.airflow_control.client import AirflowUnavailableError
from pipeline_ops.catalog.arrivals import Arrival
from pipeline_ops.delivery.guard import require_same_origin
from pipeline_ops.delivery.studio.access import Caller, StudioDep, log_in, require_form_value
from pipeline_ops.delivery.studio.answers import LONGEST_NOTE
from pipeline_ops.delivery.studio.consenting import consent_standings
from pipeline_ops.delivery.studio.deciding import Choice, decide
from pipeline_ops.delivery.studio.forms import (
    Form,
    MaybeCaller,
    cookie_path,
    frame_of,
    lead_to,
    require_scope,
    sender_of,
    text_field,
)
from pipeline_ops.delivery.studio.inspection import media_limits
from pipeline_ops.delivery.studio.library import PAGE, Video, list_videos
from pipeline_ops.delivery.studio.pages import page
from pipeline_ops.delivery.studio.problems import StudioProblem, unprocessable
from pipeline_ops.delivery.studio.sessions import COOKIE, LIFE
from pipeline_ops.delivery.studio.studio import Studio
from pipeline_ops.delivery.studio.video_routes import VideoId, progress_of

NEWS = timedelta(days=1)
"""For how long it is told that a file was not taken."""

router = APIRouter()


@router.get("/login", name="login")
def show_login(request: Request, studio: StudioDep) -> Response:
    """Show where to paste a token."""
    return page(request, "login.html", problem="")


@router.post("/login", name="begin_session")
def begin_session(request: Request, form: Form, studio: StudioDep) -> Response:
    """Begin a session."""
    require_same_origin(request)
    try:
        token = log_in(request, studio, text_field(form, "token"))
    except StudioProblem as problem:
        return page(
            request,
            "login.html",
            status_code=problem.status_code,
            headers=problem.headers,
            problem=problem.detail,
        )
    answer = lead_to(request, "/")
    answer.set_cookie(
        COOKIE,
        studio.sessions.begin(token.id),
        max_age=int(LIFE.total_seconds()),
        path=cookie_path(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/logout", name="end_session")
def end_session(request: Request, form: Form, studio: StudioDep, caller: MaybeCaller) -> Response:
    """End a session."""
    require_same_origin(request)
    if caller is not None and caller.session is not None:
        require_form_value(studio, caller.session, text_field(form, "form"))
    answer = lead_to(request, "/login")
    answer.delete_cookie(COOKIE, path=cookie_path(request))
    return answer


@router.get("/", name="videos")
def show_videos(request: Request, studio: StudioDep, caller: MaybeCaller, offset: int = 0) -> Response:
    """Show one's videos."""
    if caller is None:
        return lead_to(request, "/login")
    require_scope(caller, "read")
    offset = min(max(offset, 0), 1_000_000)
    with studio.catalog.reading() as session:
        videos = list_videos(session, caller.creator_id, limit=PAGE + 1, offset=offset)
        consents = consent_standings(session, studio.consent_texts, caller.creator_id)
    uploads = studio.uploads.list(caller.creator_id) if caller.may("upload") else ()
    for each in uploads:
        if each.state == "checking":
            studio.uploads.inspector.begin(each)
    shown = [each for each in uploads if _is_shown(each, datetime.now(UTC))]
    busy = any(each.state == "checking" for each in shown) or any(video.open_runs for video in videos)
    return page(
        request,
        "videos.html",
        **frame_of(studio, caller),
        videos=videos[:PAGE],
        consents=consents,
        arrivals=shown,
        limits=media_limits(studio.platform.settings),
        earlier=max(offset - PAGE, 0) if offset else None,
        later=offset + PAGE if len(videos) > PAGE else None,
        is_busy=busy,
        stamp=_stamp((videos, [(each.id, each.state) for each in shown])),
    )


@router.get("/videos/{video_id}", name="video")
def show_video(request: Request, video_id: VideoId, studio: StudioDep, caller: MaybeCaller) -> Response:
    """Show one video."""
    if caller is None:
        return lead_to(request, "/login")
    require_scope(caller, "read")
    return _video_page(request, studio, caller, video_id)


@router.post("/videos/{video_id}/languages", name="ask")
def ask(request: Request, video_id: VideoId, form: Form, studio: StudioDep, caller: MaybeCaller) -> Response:
    """Ask for languages, and lead back to the video."""
    known = sender_of(request, studio, caller, form, "upload")
    languages = [value for value in form.getlist("language") if isinstance(value, str)]
    try:
        studio.desk.ask(known.creator_id, video_id, languages)
    except AirflowUnavailableError:
        pass  # it is noted: the page says that it has not begun, and offers to try again
    except StudioProblem as problem:
        if problem.status_code == status.HTTP_404_NOT_FOUND:
            raise
        return _video_page(request, studio, known, video_id, problem=problem)
    return lead_to(request, f"/videos/{video_id}#languages")


@router.post("/videos/{video_id}/decisions", name="decide")
def decide_on(
    request: Request, video_id: VideoId, form: Form, studio: StudioDep, caller: MaybeCaller
) -> Response:
    """Keep a decision, and lead back to the video."""
    known = sender_of(request, studio, caller, form, "decide")
    choice = text_field(form, "choice")
    if choice not in get_args(Choice):
        raise unprocessable("no_choice", "One approves a dub, refuses it or takes it down.")
    language = text_field(form, "language")
    try:
        with studio.catalog.writing() as session:
            studio.video(session, known.creator_id, video_id)
            decide(
                session,
                known.creator_id,
                text_field(form, "run_id"),
                language,
                cast("Choice", choice),
                seen=text_field(form, "checkpoint"),
                note=text_field(form, "note")[:LONGEST_NOTE],
            )
    except StudioProblem as problem:
        if problem.status_code == status.HTTP_404_NOT_FOUND:
            raise
        return _video_page(request, studio, known, video_id, problem=problem)
    return lead_to(request, f"/videos/{video_id}#in-{language}")


def _video_page(
    request: Request,
    studio: Studio,
    caller: Caller,
    video_id: str,
    *,
    problem: StudioProblem | None = None,
) -> Response:
    progress = progress_of(studio, caller.creator_id, video_id)
    with studio.catalog.reading() as session:
        video = studio.video(session, caller.creator_id, video_id)
        views = studio.views(session, caller.creator_id).get(video.media_id or "", ())
        consents = consent_standings(session, studio.consent_texts, caller.creator_id)
    running = {code: run for run in reversed(progress) if not run.is_over for code in run.languages}
    return page(
        request,
        "video.html",
        status_code=problem.status_code if problem else status.HTTP_200_OK,
        **frame_of(studio, caller),
        video=video,
        consents=consents,
        progress=running,
        views=views,
        offered=_offered(studio, video),
        problem=problem.detail if problem else "",
        stamp=_stamp((video, [(run.run_id, [stage.word for stage in run.stages]) for run in progress])),
        media_stamp=_stamp([(each.language, each.versions) for each in video.languages]),
    )


def _is_shown(arrival: Arrival, now: datetime) -> bool:
    """Tell whether an arrival is news: it goes on, or came to nothing not long ago."""
    ended = arrival.ended_at
    return ended is None or (arrival.state in {"rejected", "abandoned"} and now - ended < NEWS)


def _offered(studio: Studio, video: Video) -> tuple[str, ...]:
    targets = studio.desk.target_languages(video.source_language)
    return tuple(code for code in targets if code != video.source_language)


def _stamp(values: object) -> str:
    """Return something short that changes when values do."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
