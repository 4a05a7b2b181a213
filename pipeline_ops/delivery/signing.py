"""Addresses that hold for a time: who has one may fetch what it names until then, and nothing else.

Addresses expire at fixed moments, so that all viewers of a video share them for a while: a cache between
them and this service keeps one copy, not one a viewer.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from itsdangerous import Signer
from itsdangerous.exc import BadSignature

from pipeline_ops.errors import SettingsError

KEYS_VARIABLE = "DUBWRIGHT_DELIVERY_KEYS"

KEY_FILE = "delivery.key"
"""Below the home of a deployment on one machine, where the environment names no keys."""

SHORTEST_KEY = 32
"""Characters: 128 bits where they are hexadecimal digits."""


class RefusedAddressError(Exception):
    """The signature is forged, of a key that is not used any more, or has expired: answered with 403."""


@dataclass(frozen=True)
class AddressSigner:
    """Signs and checks addresses.

    Attributes:
        keys: The secrets; the last one signs, all are accepted, so one is replaced by adding the next and
            taking the old one away once what it signed has expired.
        holds_s: How long an address holds at least; twice as long at most.
    """

    keys: tuple[str, ...] = field(repr=False)
    holds_s: float

    def sign(self, name: str, now_s: float) -> str:
        """Return the token for what `name` names: its expiry and its signature.

        Args:
            name: All that the address decides.
            now_s: Seconds since 1970.
        """
        expires_s = (math.floor(now_s / self.holds_s) + 2) * self.holds_s
        return self._token(name, math.ceil(expires_s))

    def check(self, name: str, token: str, now_s: float) -> int:
        """Return until when a token holds, in seconds since 1970.

        Raises:
            RefusedAddressError: it does not, or not any more.
        """
        try:
            signed = self._signer(name).unsign(token).decode("ascii")
            expires_s = int(signed)
        except (BadSignature, ValueError) as error:
            raise RefusedAddressError from error
        if now_s >= expires_s:
            raise RefusedAddressError
        return expires_s

    def _token(self, name: str, expires_s: int) -> str:
        return self._signer(name).sign(str(expires_s)).decode("ascii")

    def _signer(self, name: str) -> Signer:
        # The name is part of the key, so a token of one address is worth nothing at another.
        return Signer(
            list(self.keys),
            salt=f"dubwright.delivery:{name}",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )


def read_keys(home: Path, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the secrets: those of DUBWRIGHT_DELIVERY_KEYS, separated by commas, else this machine's own.

    Raises:
        SettingsError: one is too short to be a secret, or the file cannot be written or read.
    """
    variables = os.environ if environment is None else environment
    named = [key.strip() for key in variables.get(KEYS_VARIABLE, "").split(",") if key.strip()]
    if not named:
        return (_machine_key(home / KEY_FILE),)
    if any(len(key) < SHORTEST_KEY for key in named):
        message = (
            f"{KEYS_VARIABLE} should hold keys of {SHORTEST_KEY} characters or more, such as"
            " `openssl rand -hex 32` prints; the last one signs."
        )
        raise SettingsError(message)
    return tuple(named)


def _machine_key(file: Path) -> str:
    """Return the key of a file that only we can read; it is made where it is missing."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _write_new(file, secrets.token_hex(32))
        key = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        message = f"The key of signed addresses, {file}, cannot be used: {error}"
        raise SettingsError(message) from error
    if len(key) < SHORTEST_KEY:
        message = f"{file} holds no key: remove it, and the next start makes one."
        raise SettingsError(message)
    return key


def _write_new(file: Path, text: str) -> None:
    """Write a file whole, for us alone to read, unless another process was quicker."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}-") as stream:  # mode 0600
        stream.write(text + "\n")
        stream.flush()
        with contextlib.suppress(FileExistsError):
            os.link(stream.name, file)
