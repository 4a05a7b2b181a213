"""Who calls, a program with its token or a browser with a session that a token began, and what they may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Security, status
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from pipeline_ops.catalog.tokens import (
    CreatorToken,
    Scope,
    find_token,
    get_valid_token,
    note_use,
    use_is_to_be_noted,
)
from pipeline_ops.delivery.guard import require_same_origin
from pipeline_ops.delivery.studio.problems import StudioProblem
from pipeline_ops.delivery.studio.sessions import COOKIE, Session
from pipeline_ops.delivery.studio.studio import Studio

FORM_HEADER = "X-Studio-Form"
"""What scripts of our pages bring with everything that changes something."""

SAFE = ("GET", "HEAD", "OPTIONS")

_bearer = HTTPBearer(auto_error=False, description="A token of `dubwright tokens create`.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="A browser's session.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who acts for a creator; `session` is None for a program."""

    token: CreatorToken
    session: Session | None

    @property
    def creator_id(self) -> str:
        """For whom they act."""
        return self.token.creator_id

    def may(self, scope: Scope) -> bool:
        """Tell whether they may do something."""
        return scope in self.token.scopes


def studio_of(request: Request) -> Studio:
    """Return the application's studio."""
    studio: Studio = request.app.state.studio
    return studio


StudioDep = Annotated[Studio, Depends(studio_of)]


def caller_or_none(
    request: Request,
    studio: StudioDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
    cookie: Annotated[str | None, Security(_cookie)] = None,
) -> Caller | None:
    """Return who calls, None where nobody says who they are.

    Raises:
        StudioProblem: a token that opens nothing was brought, or an address brought too many such.
    """
    now = datetime.now(UTC)
    if bearer is not None:
        return Caller(_checked_token(request, studio, bearer.credentials, now), None)
    session = studio.sessions.read(cookie)
    if session is None:
        return None
    with studio.catalog.reading() as catalog:
        token = get_valid_token(catalog, session.token_id, now)
    if token is None:
        return None
    _note_use(studio, token, now)
    return Caller(token, session)


def log_in(request: Request, studio: Studio, text: str) -> CreatorToken:
    """Return the token that somebody brought to begin a session with.

    Raises:
        StudioProblem: it opens nothing, or their address brought too many such.
    """
    return _checked_token(request, studio, text, datetime.now(UTC))


def may(scope: Scope) -> Callable[..., Caller]:
    """Return what lets in who may do something, and tells others why not."""

    def check(
        request: Request, studio: StudioDep, caller: Annotated[Caller | None, Depends(caller_or_none)]
    ) -> Caller:
        if caller is None:
            raise StudioProblem(
                status.HTTP_401_UNAUTHORIZED,
                "not_logged_in",
                "Bring a token: Authorization: Bearer ...",
                {"WWW-Authenticate": "Bearer"},
            )
        if request.method not in SAFE and caller.session is not None:
            require_same_origin(request)
            require_form_value(studio, caller.session, request.headers.get(FORM_HEADER, ""))
        if not caller.may(scope):
            raise may_not(scope)
        return caller

    return check


def may_not(scope: Scope) -> StudioProblem:
    """Return the answer to a token that may not do something."""
    return StudioProblem(
        status.HTTP_403_FORBIDDEN, "not_allowed", f"This token may not do that; it needs: {scope}."
    )


def require_form_value(studio: Studio, session: Session, value: Any) -> None:
    """Refuse what was not sent from one of the session's own pages.

    Raises:
        StudioProblem: 403.
    """
    if not isinstance(value, str) or not studio.sessions.is_form_value(session, value):
        sentence = "This was not sent from a page of yours. Load the page again, then try once more."
        raise StudioProblem(status.HTTP_403_FORBIDDEN, "foreign_form", sentence)


def _checked_token(request: Request, studio: Studio, text: str, now: datetime) -> CreatorToken:
    studio.attempts.check(request)
    with studio.catalog.reading() as catalog:
        token = find_token(catalog, text.strip(), now)
    if token is None:
        studio.attempts.count(request)
        raise StudioProblem(
            status.HTTP_401_UNAUTHORIZED,
            "no_such_token",
            "This token opens nothing: it is mistyped, revoked or over.",
            {"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    _note_use(studio, token, now)
    return token


def _note_use(studio: Studio, token: CreatorToken, now: datetime) -> None:
    if use_is_to_be_noted(token, now):
        with studio.catalog.writing() as catalog:
            note_use(catalog, token, now)


Reader = Annotated[Caller, Depends(may("read"))]
Uploader = Annotated[Caller, Depends(may("upload"))]
Decider = Annotated[Caller, Depends(may("decide"))]
