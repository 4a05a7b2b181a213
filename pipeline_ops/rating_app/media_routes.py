"""Clips and tones, to whom they belong and when they are due."""

# Annotations are evaluated here: FastAPI has to see the dependencies that they name.

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response, status
from fastapi.responses import FileResponse

from pipeline_ops.catalog import rating_sessions
from pipeline_ops.rating_app.access import Access
from pipeline_ops.ratings.headphones import TRIALS, sound_of, trials_of

CLIPS = ("a", "b", "original")


def media_routes(access: Access) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    rater = Annotated[str, Depends(access.rater)]

    @router.get("/sound/{trial}")
    def sound(trial: int, request: Request, rater_id: rater) -> Response:
        access.limits.check("media", request)
        with access.catalog.reading() as session:
            state = rating_sessions.state_of(session, rater_id)
        if state.step != "headphones" or not 0 <= trial < TRIALS:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such sound.")
        content = sound_of(trials_of(state.headphones_seed)[trial])
        return Response(content, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    @router.get("/media/{task_id}/{which}")
    def clip(task_id: str, which: str, request: Request, rater_id: rater) -> Response:
        access.limits.check("media", request)
        name = None
        if which in CLIPS:
            with access.catalog.reading() as session:
                name = rating_sessions.task_clip(session, rater_id, task_id, which)
        if not name or not (access.media / name).is_file():
            raise HTTPException(
                status.HTTP_404_NOT_FOUND, "There is no such clip, or it was answered already."
            )
        headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
        return FileResponse(access.media / name, media_type="video/mp4", headers=headers)

    return router
