"""Sessions of browsers: a signed cookie that names a token's id, never the token.

The cookie is of no use once its token is revoked or over: each request looks the token up. What a form or a
script sends must bring a second value that only our own pages hold (CSRF).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE = "dubwright_studio"

LIFE = timedelta(hours=12)
"""A working day: a browser that was left open at night has to log in again."""

LONGEST_COOKIE = 1000


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that logged in.

    Attributes:
        token_id: Whose rights it has.
        nonce: Its own; the value that forms bring follows from it.
    """

    token_id: str
    nonce: str


@dataclass(frozen=True)
class Sessions:
    """Makes and reads sessions.

    Attributes:
        keys: The secrets; the last one signs, all are accepted.
    """

    keys: tuple[str, ...] = field(repr=False)

    def begin(self, token_id: str) -> str:
        """Return the cookie of a new session."""
        session = {"token": token_id, "nonce": secrets.token_urlsafe(16)}
        return str(self._serializer.dumps(session))

    def read(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie, None where it is forged, over or none."""
        if not cookie or len(cookie) > LONGEST_COOKIE:
            return None
        try:
            content: Any = self._serializer.loads(cookie, max_age=int(LIFE.total_seconds()))
        except BadSignature:
            return None
        return Session(content["token"], content["nonce"])

    def form_value(self, session: Session) -> str:
        """Return what a session's forms and scripts bring."""
        return self._form_value(self.keys[-1], session)

    def is_form_value(self, session: Session, value: str) -> bool:
        """Tell whether a value comes from a page of the session."""
        given = value.encode()
        return any(hmac.compare_digest(self._form_value(key, session).encode(), given) for key in self.keys)

    @staticmethod
    def _form_value(key: str, session: Session) -> str:
        said = f"dubwright.studio.form:{session.token_id}:{session.nonce}"
        return hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()

    @property
    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            list(self.keys), salt="dubwright.studio.session", signer_kwargs={"digest_method": hashlib.sha256}
        )
