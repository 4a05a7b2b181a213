"""Secrets in raters' addresses; only a digest of each is kept."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 24
"""192 bits: not to be guessed, so a plain digest of it is enough."""

LONGEST_TOKEN = 64


def new_token() -> str:
    """Draw a token."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
