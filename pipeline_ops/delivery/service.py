"""The parts that all routes of the delivery service share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, TypeVar

from fastapi import HTTPException, Path, Request, Response, status
from pydantic import BaseModel

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.keys import ID_PATTERN
from pipeline_ops.checkpoints.storage import ObjectStorage
from pipeline_ops.delivery.addresses import FileAddresses
from pipeline_ops.delivery.language_choice import Choice, choose
from pipeline_ops.delivery.manifest_texts import ManifestTexts
from pipeline_ops.delivery.playback_writer import PlaybackWriter
from pipeline_ops.delivery.published import PublishedVideos, Versions, Watchable
from pipeline_ops.delivery.rate_limits import RateLimit
from pipeline_ops.delivery.signing import AddressSigner
from pipeline_ops.delivery.viewer import COOKIE, COOKIE_AGE_S, Viewer
from pipeline_ops.delivery.views import MetArm, View, begin_view, check_view

MediaId = Annotated[str, Path(pattern=ID_PATTERN, description="A video.", examples=["0" * 32])]

MEDIA_ID = re.compile(ID_PATTERN)

Found = TypeVar("Found", Watchable, Versions)

VIEW_HOLDS_S = 86_400.0
"""A page that was opened a day or two ago tells of nothing any more."""


class Problem(BaseModel):
    """What an answer says that is none."""

    detail: str


@dataclass(frozen=True)
class Service:
    """One running service.

    Attributes:
        catalog: What is published, and where playback is told of.
        videos: Finds what viewers may have.
        storage: Where files are.
        addresses: Signs addresses of files.
        manifests: Writes what leads to them.
        views: Signs what a page tells of playback with.
        writer: Takes what pages tell of playback.
        players: The players' files, by name.
        static_version: Changes with the page's own files.
        event_limit: How often an address may tell of playback.
        report_limit: How often an address may complain.
        now_s: The clock, in seconds since 1970.
    """

    catalog: CatalogDatabase
    videos: PublishedVideos
    storage: ObjectStorage
    addresses: FileAddresses
    manifests: ManifestTexts
    views: AddressSigner
    writer: PlaybackWriter
    players: Mapping[str, FilePath]
    static_version: str
    event_limit: RateLimit
    report_limit: RateLimit
    now_s: Callable[[], float]

    def versions(self, media_id: str) -> Versions:
        """Return a video in all versions that viewers may have.

        Raises:
            HTTPException: 404, there is none that viewers may have.
        """
        return _found(self.videos.versions(media_id))

    def video(self, media_id: str, arm: str | None = None) -> Watchable:
        """Return a video as the viewers of an arm have it, or as it is published where none is named.

        Raises:
            HTTPException: 404, there is none that viewers may have.
        """
        return _found(self.videos.find(media_id)) if arm is None else self.versions(media_id).for_arm(arm)

    def begin_view(self, media_id: str, met: MetArm | None) -> str:
        """Return what a page tells of its playback with."""
        return begin_view(self.views, media_id, met, self.now_s())

    def check_view(self, media_id: str, view: str) -> View:
        """Return the view that a page tells of.

        Raises:
            RefusedAddressError: it is not one of ours, of another video, or too old.
        """
        return check_view(self.views, media_id, view, self.now_s())


def _found(video: Found | None) -> Found:
    if video is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such video.")
    return video


def viewer_of(request: Request) -> Viewer:
    """Return what a browser remembers of its viewer."""
    return Viewer.from_cookie(request.cookies.get(COOKIE))


def met_arm(versions: Versions, viewer: Viewer) -> MetArm | None:
    """Return the arm that a viewer meets with a video; None where no experiment is about it."""
    if versions.experiment is None or viewer.lot is None:
        return None
    experiment = versions.experiment
    return MetArm(experiment.name, experiment.arm_of(str(viewer.lot)), viewer.lot)


def remember(request: Request, response: Response, viewer: Viewer) -> None:
    """Let the browser remember its viewer."""
    response.set_cookie(
        COOKIE,
        viewer.to_cookie(),
        max_age=COOKIE_AGE_S,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def choice_for(request: Request, video: Watchable, asked: str | None = None) -> Choice:
    """Choose what the viewer who asks hears first."""
    wish = viewer_of(request).wish(video.media_id, request.headers.get("accept-language"))
    return choose(video.offer, wish, asked)


def choice_headers(choice: Choice) -> dict[str, str]:
    """Return the decision and its reason, for whoever looks into why."""
    because = f"; list={choice.because_of}" if choice.because_of else ""
    return {
        "Content-Language": choice.language,
        "Dubwright-Language": f"{choice.language}; {'ai-dub' if choice.is_dub else 'original'}",
        "Dubwright-Language-Reason": f"{choice.reason}{because}",
    }
