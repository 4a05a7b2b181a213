"""What holds for every request and answer: limits of size, headers that keep browsers careful."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, status
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_HEADERS_BYTES = 16_384
"""Of a request, all together; browsers send one or two thousand, cookies among them."""

LONGEST_BODY_BYTES = 16_384
"""Of what a watch page sends: the longest complaint in the widest script has some 8 kB."""

NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"
"""The policy of an answer that is no page: whatever it holds, a browser runs and loads nothing for it."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": NOTHING_RUNS,
}
"""Set where an answer does not say otherwise itself."""


logger = logging.getLogger(__name__)


class RequestTooLargeError(Exception):
    """A body went on past its limit."""


class Guard:
    """Refuses requests that are too large, and adds the headers that every answer has.

    Args:
        app: What answers.
        body_limit_bytes: The longest body of a path; None where that has no limit.
    """

    def __init__(self, app: ASGIApp, body_limit_bytes: Callable[[str], int | None]) -> None:
        self._app = app
        self._body_limit_bytes = body_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        careful = _with_headers(scope, send)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS_BYTES:
            await _refuse(
                careful, status.HTTP_431_REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long."
            )
            return
        limit_bytes = self._body_limit_bytes(scope["path"])
        if limit_bytes is not None:
            try:
                receive = _again(await _read_body(scope, receive, limit_bytes), receive)
            except RequestTooLargeError:
                await _refuse(careful, status.HTTP_413_CONTENT_TOO_LARGE, "The request is too long.")
                return
        await self._answer(scope, receive, careful)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; of a fault of ours only the log tells more than that there was one."""
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if has_begun:
                raise
            logger.exception("%s %s failed", scope["method"], scope["path"])
            await _refuse(send, status.HTTP_500_INTERNAL_SERVER_ERROR, "Something went wrong here.")


def require_same_origin(request: Request) -> None:
    """Refuse what a page of another site makes a viewer's browser send.

    Raises:
        HTTPException: 403, it does not come from one of our pages.
    """
    fetched_from, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    is_foreign = fetched_from not in (None, "same-origin", "none")
    if fetched_from is None and origin is not None:  # an older browser
        is_foreign = urlsplit(origin).netloc != request.headers.get("host")
    if is_foreign:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This was not sent from a page of this site.")


def _with_headers(scope: Scope, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if scope["scheme"] == "https":
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        await send(message)

    return sending


async def _read_body(scope: Scope, receive: Receive, limit_bytes: int) -> bytes:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if not declared.isdigit() or int(declared) > limit_bytes:
        raise RequestTooLargeError
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit_bytes:
            raise RequestTooLargeError
        if message["type"] != "http.request" or not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what hands out a body that was read, and then waits for the connection's end."""
    waiting = [body]

    async def receiving() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return receiving


async def _refuse(send: Send, status_code: int, detail: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
