"""The parts that all routes of the delivery service share."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import HTTPException, Path, Request, status
from pydantic import BaseModel

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.keys import ID_PATTERN
from pipeline_ops.checkpoints.storage import ObjectStorage
from pipeline_ops.delivery.addresses import FileAddresses
from pipeline_ops.delivery.language_choice import Choice, choose
from pipeline_ops.delivery.playback_writer import PlaybackWriter
from pipeline_ops.delivery.published import PublishedVideos, Watchable
from pipeline_ops.delivery.rate_limits import RateLimit
from pipeline_ops.delivery.signing import AddressSigner
from pipeline_ops.delivery.viewer import COOKIE, Viewer

MediaId = Annotated[str, Path(pattern=ID_PATTERN, description="A video.", examples=["0" * 32])]

MEDIA_ID = re.compile(ID_PATTERN)

VIEW_HOLDS_S = 86_400.0
"""A page that was opened a day or two ago tells of nothing any more."""

VIEW_ID = re.compile(r"[0-9a-f]{32}")


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
    views: AddressSigner
    writer: PlaybackWriter
    players: Mapping[str, FilePath]
    static_version: str
    event_limit: RateLimit
    report_limit: RateLimit
    now_s: Callable[[], float]

    def video(self, media_id: str) -> Watchable:
        """Return a video.

        Raises:
            HTTPException: 404, there is none that viewers may have.
        """
        found = self.videos.find(media_id)
        if found is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such video.")
        return found

    def begin_view(self, media_id: str) -> str:
        """Return what a page tells of its playback with: a number drawn for it, and our signature."""
        now_s = self.now_s()
        view_id = f"{int(now_s):08x}{secrets.token_hex(12)}"
        return f"{view_id}.{self.views.sign(_view_name(media_id, view_id), now_s)}"

    def check_view(self, media_id: str, view: str) -> tuple[str, datetime]:
        """Return the number of a view and when it began.

        Raises:
            RefusedAddressError: it is not one of ours, of another video, or too old.
        """
        view_id, _, token = view.partition(".")
        self.views.check(_view_name(media_id, view_id), token, self.now_s())
        return view_id, datetime.fromtimestamp(int(view_id[:8], 16), UTC)


def viewer_of(request: Request) -> Viewer:
    """Return what a browser remembers of its viewer."""
    return Viewer.from_cookie(request.cookies.get(COOKIE))


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


def _view_name(media_id: str, view_id: str) -> str:
    return f"view/{media_id}/{view_id}"
