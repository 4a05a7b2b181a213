"""Tokens of creators: what lets a program or a browser act for one creator, and for nobody else.

A token is 256 random bits behind a prefix. Only its sha256 is kept. A slow hash, as passwords need, would
protect nothing here: nobody can try 2^256 tokens however fast a try is, while each call would pay for it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.studio_tables import CreatorTokenRow
from pipeline_ops.errors import SettingsError

Scope = Literal["upload", "read", "decide"]
"""`upload`: send videos, and ask for their translation. `read`: see what there is and what became of it.
`decide`: put translations before viewers and take them away."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

PREFIX = "dubwright_"
"""By it a token is told for what it is where it was leaked (scanners of repositories look for such)."""

TOKEN_BYTES = 32

LONGEST_TOKEN = 200
"""Characters that are looked at; ours have 53."""

DEFAULT_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=366)
"""A token that nobody renews for a year is one that nobody looks after."""

LONGEST_NAME = 200

USE_NOTED_EVERY = timedelta(minutes=1)
"""A page asks several times a second: the time of last use is written once a minute."""


@dataclass(frozen=True, slots=True)
class CreatorToken:
    """A token without its secret."""

    id: str
    creator_id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it opens anything."""
        return self.revoked_at is None and now < self.expires_at


def create_token(
    session: Session,
    creator_id: str,
    *,
    name: str,
    scopes: Collection[str] = SCOPES,
    life: timedelta = DEFAULT_LIFE,
    now: datetime | None = None,
) -> tuple[CreatorToken, str]:
    """Make a token; the text returned beside it is all that there will ever be of the secret.

    Raises:
        SettingsError: there is no such creator or scope, or the token would live for no time or too long.
    """
    get_creator(session, creator_id)
    if not scopes or (unknown := sorted(set(scopes) - set(SCOPES))):
        named = ", ".join(SCOPES)
        message = f"A token may do one or more of {named}; not {unknown[0] if scopes else 'nothing'}."
        raise SettingsError(message)
    if not timedelta() < life <= LONGEST_LIFE:
        message = f"A token lives for up to {LONGEST_LIFE.days} days; it cannot live for {life}."
        raise SettingsError(message)
    moment = now or datetime.now(UTC)
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    row = CreatorTokenRow(
        id=secrets.token_hex(8),
        creator_id=creator_id,
        digest=_digest(text),
        name=name.strip()[:LONGEST_NAME],
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=moment,
        expires_at=moment + life,
    )
    session.add(row)
    session.flush()
    return _token(row), text


def find_token(session: Session, text: str, now: datetime) -> CreatorToken | None:
    """Return the valid token of that text, None where there is none."""
    if not text.startswith(PREFIX) or len(text) > LONGEST_TOKEN:
        return None
    row = session.scalar(select(CreatorTokenRow).where(CreatorTokenRow.digest == _digest(text)))
    return _valid(row, now)


def get_valid_token(session: Session, token_id: str, now: datetime) -> CreatorToken | None:
    """Return the token of an id while it is valid, None where it is not."""
    return _valid(session.get(CreatorTokenRow, token_id), now)


def note_use(session: Session, token: CreatorToken, now: datetime) -> None:
    """Write down that a token was used."""
    row = session.get(CreatorTokenRow, token.id)
    if row is not None:
        row.last_used_at = now


def use_is_to_be_noted(token: CreatorToken, now: datetime) -> bool:
    """Tell whether the last use that was written down is so long ago that this one should be."""
    return token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY


def list_tokens(session: Session, creator_id: str | None = None) -> tuple[CreatorToken, ...]:
    """Return all tokens of a creator, or of everybody, the newest first; those that are over too."""
    statement = select(CreatorTokenRow).order_by(CreatorTokenRow.created_at.desc(), CreatorTokenRow.id)
    if creator_id is not None:
        statement = statement.where(CreatorTokenRow.creator_id == creator_id)
    return tuple(_token(row) for row in session.scalars(statement))


def revoke_token(session: Session, token_id: str, now: datetime | None = None) -> CreatorToken:
    """Make a token open nothing any more, from the next call on; one that is revoked stays so.

    Raises:
        SettingsError: there is none of that id.
    """
    row = session.get(CreatorTokenRow, token_id)
    if row is None:
        message = f"There is no token {token_id[:64]!r}. Ids are shown by: dubwright tokens list"
        raise SettingsError(message)
    row.revoked_at = row.revoked_at or now or datetime.now(UTC)
    session.flush()
    return _token(row)


def _valid(row: CreatorTokenRow | None, now: datetime) -> CreatorToken | None:
    token = None if row is None else _token(row)
    return token if token is not None and token.is_valid(now) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _token(row: CreatorTokenRow) -> CreatorToken:
    return CreatorToken(
        id=row.id,
        creator_id=row.creator_id,
        name=row.name,
        scopes=tuple(cast("Scope", scope) for scope in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
