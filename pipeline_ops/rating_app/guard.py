"""What keeps strangers from harming the rating pages: limits, headers, and where a form may come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import HTTPException, Request, status
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; media-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

PAGE_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}

LARGEST_FORM_BYTES = 8192
"""A page's answers take some hundred bytes."""

PER_MINUTE = {"join": 20, "page": 120, "answer": 60, "media": 600}
"""Of one address each: somebody who clicks as fast as they can stays below; a player asks for many ranges."""


class RateLimits:
    """Counts requests of one address by kind; of this process alone, which is enough to stop guessing."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, kind: str, request: Request) -> None:
        """Count a request.

        Raises:
            HTTPException: 429, there were too many within a minute.
        """
        address = request.client.host if request.client else "unknown"
        if not self._limiter.hit(RateLimitItemPerMinute(PER_MINUTE[kind]), kind, address):
            raise HTTPException(
                status.HTTP_429_TOO_MANY_REQUESTS,
                "That was too fast. Wait a minute, then go on.",
                headers={"Retry-After": "60"},
            )


def check_form(request: Request) -> None:
    """Let only forms of these pages in, and none that is too large.

    Raises:
        HTTPException: 403 where another site sent it, 411 or 413 where its size is not told or too large.
    """
    origin = request.headers.get("origin", "")
    site = request.headers.get("sec-fetch-site")
    # Browsers say themselves whether it is another site; where an old one does not, its address tells.
    same_address = urlsplit(origin).netloc == request.headers.get("host")
    if not (same_address if site is None else site == "same-origin"):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This form came from another site.")
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(status.HTTP_411_LENGTH_REQUIRED, "The form does not tell its size.")
    if int(length) > LARGEST_FORM_BYTES:
        raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, "The form is too large.")
