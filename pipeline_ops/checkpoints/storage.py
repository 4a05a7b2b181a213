"""A flat store of objects by key, and the one function that opens it from a URL.

Keys are relative paths of plain segments (`blobs/ab/abcd...`); a leading dot is never part of one, so a
store may keep files of its own under such names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pipeline_ops.errors import SettingsError

if TYPE_CHECKING:
    from pipeline_ops.checkpoints.s3_storage import S3Settings

STORE = "The store"
"""What it is called in messages."""

CHUNK_BYTES = 1 << 20
"""How much of an object is in memory at a time."""

MAXIMUM_KEY_CHARACTERS = 512
"""S3 takes 1024 bytes of key; half of it is left to the bucket's prefix."""

MAXIMUM_SEGMENT_CHARACTERS = 200
"""File systems take 255 bytes a name; the rest is left to temporary names."""

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")

DEFAULT_S3_ENDPOINT = "https://s3.amazonaws.com"
_S3_QUERY = frozenset({"endpoint", "secure", "region"})


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing shows it; `modified_at` is in UTC, by the storage's clock."""

    key: str
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """An upload that was begun and not finished: somebody is at it, or was killed.

    Attributes:
        name: The temporary file's name, or the key that it was meant for.
        upload_id: What the storage calls it.
        size_bytes: What it holds so far; 0 where the storage does not tell.
        started_at: When it was last written to, or begun.
    """

    name: str
    upload_id: str
    size_bytes: int
    started_at: datetime


class ObjectStorage(Protocol):
    """Keeps bytes by key. An object is there in full or not at all; the last writer wins.

    Every method raises `ValueError` for a malformed key and `StorageUnavailableError` where the storage
    does not answer. Objects are not to be changed in place.
    """

    @property
    def location(self) -> str:
        """Where it is, for people; never holds credentials."""
        ...

    def put_file(self, key: str, path: Path, media_type: str) -> None:
        """Store a copy of the file."""
        ...

    def put_bytes(self, key: str, data: bytes, media_type: str) -> None:
        """Store `data`."""
        ...

    def get_bytes(self, key: str) -> bytes:
        """Return the whole object.

        Raises:
            FileNotFoundError: there is none of that key.
        """
        ...

    def iterate(self, key: str) -> Iterator[bytes]:
        """Yield the object in pieces of at most `CHUNK_BYTES`.

        Raises:
            FileNotFoundError: there is none of that key.
        """
        ...

    def iterate_range(self, key: str, offset_bytes: int, length_bytes: int) -> Iterator[bytes]:
        """Yield a stretch of the object in pieces of at most `CHUNK_BYTES`; less where the object ends.

        Args:
            key: The object.
            offset_bytes: Where it begins.
            length_bytes: How long it is; at least 1.

        Raises:
            FileNotFoundError: there is none of that key.
        """
        ...

    def signed_address(self, key: str, signed_at: datetime, holds_s: float) -> str | None:
        """Return an address at which anybody may read the object for a time, None where there is no such way.

        Args:
            key: The object.
            signed_at: Since when it holds; addresses that are signed at the same moment are the same.
            holds_s: How long it holds, in seconds; a week at most.
        """
        ...

    def stat(self, key: str) -> StoredObject | None:
        """Return what a listing would show, or None where there is no such object."""
        ...

    def walk(self, folder: str) -> Iterator[StoredObject]:
        """Yield every object whose key starts with `folder` and a slash."""
        ...

    def move(self, source: str, destination: str) -> None:
        """Rename an object; its modification time becomes now.

        Raises:
            FileNotFoundError: there is no `source`.
        """
        ...

    def touch(self, key: str) -> None:
        """Make an object's modification time now.

        Raises:
            FileNotFoundError: there is none of that key.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; it is no error where there is none."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Return the file that holds (or would hold) the object, or None where the storage is not local."""
        ...

    def unfinished_uploads(self) -> Iterator[UnfinishedUpload]:
        """Yield what was begun and not finished."""
        ...

    def abort(self, upload: UnfinishedUpload) -> None:
        """Give back the space of an unfinished upload; it is no error where it is gone."""
        ...


def is_plain_name(name: str) -> bool:
    """Tell whether `name` may be one segment of a key: letters, digits, `_`, `-` and dots, none leading."""
    return len(name) <= MAXIMUM_SEGMENT_CHARACTERS and _SEGMENT.fullmatch(name) is not None


def checked_key(key: str) -> str:
    """Return `key` if it is well formed: plain segments joined by single slashes.

    Raises:
        ValueError: it is not (empty, absolute, `..`, a leading dot, odd characters, too long).
    """
    if len(key) > MAXIMUM_KEY_CHARACTERS or not all(is_plain_name(part) for part in key.split("/")):
        message = f"{key[:80]!r} is no storage key: plain names joined by slashes, none starting with a dot"
        raise ValueError(message)
    return key


def open_storage(url: str, environment: Mapping[str, str] | None = None) -> ObjectStorage:
    """Open the storage at a path, a `file://` URL or `s3://bucket/prefix?endpoint=...&secure=...&region=...`.

    For S3 the endpoint may also come from `DUBWRIGHT_S3_ENDPOINT` and the region from `AWS_REGION`; the
    credentials come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, never
    from the URL. Nothing is contacted or created before the first use; a missing bucket or folder is
    then made.

    Args:
        url: Where the storage is.
        environment: Read instead of `os.environ`.

    Raises:
        SettingsError: the URL or the environment makes no sense; the message repeats no secret.
    """
    place = folder_or_s3(url, STORE)
    if isinstance(place, SplitResult):
        return _open_s3(place, os.environ if environment is None else environment)

    from pipeline_ops.checkpoints.local_storage import LocalStorage

    return LocalStorage(place)


def folder_or_s3(url: str, called: str) -> Path | SplitResult:
    """Read where something is kept: the folder of a path or a `file://` URL, or the parts of an `s3://` one.

    Args:
        url: What was configured.
        called: What it is called, for people: the beginning of a sentence.

    Raises:
        SettingsError: the URL makes no sense; the message repeats no secret.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        message = f"{called} has a malformed URL; it should be a path, file:///path or s3://bucket/prefix"
        raise SettingsError(message) from error
    if parts.username is not None or parts.password is not None:
        message = (
            f"{called} has a URL with a user name or a password. Take it out, and set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY instead."
        )
        raise SettingsError(message)
    if parts.scheme == "s3":
        return parts
    if parts.scheme == "file":
        if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
            message = (
                f"{called} has a file URL without an absolute path; it should look like file:///var/store"
            )
            raise SettingsError(message)
        return Path(unquote(parts.path))
    if "://" in url or not url:
        message = f"{called} should be a path, file:///path or s3://bucket/prefix, not {parts.scheme!r}"
        raise SettingsError(message)
    return Path(url)


def _open_s3(parts: SplitResult, environment: Mapping[str, str]) -> ObjectStorage:
    from pipeline_ops.checkpoints.s3_storage import S3Storage

    settings = s3_settings(parts, environment, STORE)
    try:
        return S3Storage(settings)
    except ValueError as error:
        message = f"The store {settings.location} cannot be used: {error}"
        raise SettingsError(message) from error


def s3_settings(parts: SplitResult, environment: Mapping[str, str], called: str) -> S3Settings:
    """Read a URL `s3://bucket/prefix?endpoint=...` and the environment, as `open_storage` tells.

    Args:
        parts: Of the URL.
        environment: Where credentials come from.
        called: What the URL is called, for people.

    Raises:
        SettingsError: they make no sense; the message repeats no secret.
    """
    from pipeline_ops.checkpoints.s3_storage import S3Settings

    query = dict(parse_qsl(parts.query))
    if unknown := sorted(set(query) - _S3_QUERY):
        message = f"{called} has a parameter {unknown[0]!r}; it may have endpoint, secure and region"
        raise SettingsError(message)
    access_key = environment.get("AWS_ACCESS_KEY_ID", "")
    secret_key = environment.get("AWS_SECRET_ACCESS_KEY", "")
    if not (access_key and secret_key):
        message = f"Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to use s3://{parts.netloc} ({called})"
        raise SettingsError(message)
    endpoint = query.get("endpoint") or environment.get("DUBWRIGHT_S3_ENDPOINT") or DEFAULT_S3_ENDPOINT
    host, secure = _endpoint(endpoint, query.get("secure"), called)
    prefix = parts.path.strip("/")
    try:
        checked_prefix = checked_key(prefix) if prefix else ""
    except ValueError as error:
        message = f"{called}, s3://{parts.netloc}/{prefix} at {host}, cannot be used: {error}"
        raise SettingsError(message) from error
    return S3Settings(
        endpoint=host,
        secure=secure,
        bucket=parts.netloc,
        prefix=checked_prefix,
        region=query.get("region") or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
        access_key=access_key,
        secret_key=secret_key,
        session_token=environment.get("AWS_SESSION_TOKEN") or None,
    )


def _endpoint(endpoint: str, secure: str | None, called: str) -> tuple[str, bool]:
    """Return host and port, and whether to use TLS: as `secure` says, else as the scheme says, else yes."""
    scheme, _, host = endpoint.rpartition("://")
    if scheme not in {"", "http", "https"} or "@" in host:
        message = "The S3 endpoint should look like host:9000 or http://host:9000, without credentials"
        raise SettingsError(message)
    if secure not in {None, "true", "false"}:
        message = f"{called} has secure={secure}; it may be true or false"
        raise SettingsError(message)
    return host.rstrip("/"), secure == "true" if secure else scheme != "http"
