"""Who asks, and whether they may: what all routes share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import HTTPException, Request, status
from starlette.datastructures import FormData

from pipeline_ops.catalog import rating_sessions
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.rating_app.guard import RateLimits, check_form
from pipeline_ops.ratings.tokens import LONGEST_TOKEN

COOKIE = "dubwright_rater"

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Access:
    """What routes work with; its methods are their dependencies.

    Attributes:
        catalog: Where campaigns are kept.
        media: The folder of rating media.
        limits: Counts requests.
    """

    catalog: CatalogDatabase
    media: Path
    limits: RateLimits = field(default_factory=RateLimits)

    def rater_with(self, token: str) -> str | None:
        """Return the rater whose token it is, None where it is nobody's."""
        if len(token) > LONGEST_TOKEN or not _TOKEN.fullmatch(token):
            return None
        with self.catalog.reading() as session:
            return rating_sessions.find_rater(session, token)

    def rater(self, request: Request) -> str:
        """Return who asks.

        Raises:
            HTTPException: 401, nobody knows; 429, somebody guesses.
        """
        rater_id = self.rater_with(request.cookies.get(COOKIE, ""))
        if rater_id is None:
            self.limits.check("join", request)
            raise HTTPException(
                status.HTTP_401_UNAUTHORIZED, "Open the address that you were given, once on this device."
            )
        return rater_id

    async def form(self, request: Request) -> FormData:
        """Return what a page sent.

        Raises:
            HTTPException: it came from elsewhere, is too large, or too many came.
        """
        check_form(request)
        self.limits.check("answer", request)
        return await request.form(max_files=0, max_fields=20)
