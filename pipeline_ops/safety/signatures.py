"""Signs the platform's own records (the audit log's end, tombstones), so that a change to them shows.

Ed25519 (RFC 8032). The key comes from the environment; a machine of one's own makes a development key once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_ops.errors import SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_VARIABLE = "DUBWRIGHT_RECORDS_KEY"
"""The environment variable that holds the key: 32 random bytes in base64 (`openssl rand -base64 32`)."""

KEY_BYTES = 32
KEY_ID_DIGITS = 16
"""Of the sha256 of the public key: it tells keys apart, and needs to do no more."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in base64, and which key made it."""

    text: str
    key_id: str


class RecordsKey:
    """The key that signs records.

    Args:
        seed: 32 secret bytes.
    """

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(seed)
        self.key_id = hashlib.sha256(self._key.public_key().public_bytes_raw()).hexdigest()[:KEY_ID_DIGITS]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> RecordsKey:
        """Return the deployment's key, or this machine's development key, made where there is none.

        Raises:
            SettingsError: the key is malformed; the message does not repeat it.
        """
        variables = os.environ if environment is None else environment
        given = variables.get(KEY_VARIABLE)
        if given:
            return cls(_decoded(given, KEY_VARIABLE))
        home = Path(variables.get("DUBWRIGHT_HOME", "var")).absolute()
        return cls(_development_seed(home / "keys" / "records.key"))

    def sign(self, content: bytes) -> Signature:
        """Sign some bytes."""
        return Signature(base64.b64encode(self._key.sign(content)).decode(), self.key_id)

    def verifies(self, content: bytes, signature: Signature) -> bool:
        """Tell whether this key signed exactly these bytes."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.public_key().verify(base64.b64decode(signature.text, validate=True), content)
        except (InvalidSignature, binascii.Error):
            return False
        return True


def _decoded(text: str, where: str) -> bytes:
    try:
        seed = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        seed = b""
    if len(seed) != KEY_BYTES:
        message = f"{where} should hold {KEY_BYTES} random bytes in base64: openssl rand -base64 {KEY_BYTES}"
        raise SettingsError(message)
    return seed


def _development_seed(file: Path) -> bytes:
    """Return the key in a file that only its owner reads, made in one step by whoever comes first."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as stream:
            stream.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)))
        try:
            os.link(stream.name, file)  # fails where another process was faster: then its key counts
        except FileExistsError:
            pass
        finally:
            Path(stream.name).unlink()
    return _decoded(file.read_text(encoding="ascii"), str(file))
