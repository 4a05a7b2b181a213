"""Objects in a bucket of S3, MinIO or another server that speaks S3, through the `minio` client.

No conditional request is used: servers differ on them. Consistency comes from content addressing and
from the manifest being written last.
"""

from __future__ import annotations

import errno
import io
import math
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

import certifi
import urllib3
from minio import Minio
from minio.commonconfig import REPLACE, CopySource
from minio.error import MinioException, S3Error
from minio.helpers import check_bucket_name

from pipeline_ops.checkpoints.storage import (
    CHUNK_BYTES,
    StoredObject,
    UnfinishedUpload,
    checked_key,
    is_plain_name,
)
from pipeline_ops.errors import SettingsError, StorageUnavailableError

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 60.0
RETRIES = 3
"""Tries after the first; with the back-off about two seconds, then Airflow's retries take over."""
BACK_OFF_S = 0.3
LONGEST_RETRY_AFTER_S = 10
"""A server may ask for a pause; a longer one is left to Airflow's retries."""
RESUMED_READS = 3
"""How often a download that broke off is taken up again where it stopped."""

PART_BYTES = 8 << 20
"""Parts of a multipart upload: S3 wants 5 MiB at least; three of them are in memory at a time."""
MAXIMUM_PARTS = 10_000

LONGEST_SIGNATURE = timedelta(days=7)
"""S3 signs no address for longer."""

_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchUpload", "ResourceNotFound"})
_FORBIDDEN = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class S3Settings:
    """Which bucket, where, and as whom; the secrets are kept out of its representation.

    Attributes:
        endpoint: Host and, where needed, port.
        secure: Whether to use TLS.
        bucket: Made where it is missing.
        prefix: What all keys start with, without slashes around it; may be empty.
        region: None asks the server.
        access_key: Who we are.
        secret_key: The proof.
        session_token: For temporary credentials.
    """

    endpoint: str
    secure: bool
    bucket: str
    prefix: str
    region: str | None
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    @property
    def location(self) -> str:
        """Bucket, prefix and endpoint; no credentials."""
        scheme = "https" if self.secure else "http"
        return f"s3://{self.bucket}/{self.prefix} at {scheme}://{self.endpoint}"


class S3Storage:
    """Keeps each object below `prefix` in a bucket. Threads may share it, processes may not.

    Raises:
        ValueError: the bucket's name or the endpoint is malformed.
    """

    def __init__(self, settings: S3Settings) -> None:
        self._bucket = settings.bucket
        self._prefix = f"{settings.prefix}/" if settings.prefix else ""
        self._location = settings.location
        self._client = open_client(settings)

    @property
    def location(self) -> str:
        """Bucket, prefix and endpoint."""
        return self._location

    def put_file(self, key: str, path: Path, media_type: str) -> None:
        """Store a copy of the file, in parts where it is large."""
        with path.open("rb") as source:
            self._put(key, source, path.stat().st_size, media_type)

    def put_bytes(self, key: str, data: bytes, media_type: str) -> None:
        """Store `data`."""
        self._put(key, io.BytesIO(data), len(data), media_type)

    def get_bytes(self, key: str) -> bytes:
        """Return the whole object."""
        return b"".join(self.iterate(key))

    def iterate(self, key: str) -> Iterator[bytes]:
        """Yield the object in pieces; a connection that breaks off is taken up again where it stopped."""
        return self._read(key, 0, None)

    def iterate_range(self, key: str, offset_bytes: int, length_bytes: int) -> Iterator[bytes]:
        """Yield a stretch of the object in pieces, as `iterate` does."""
        return self._read(key, offset_bytes, offset_bytes + length_bytes)

    def signed_address(self, key: str, signed_at: datetime, holds_s: float) -> str | None:
        """Return an address with a signature of S3's own (AWS Signature Version 4, in the query)."""
        expires = timedelta(seconds=min(holds_s, LONGEST_SIGNATURE.total_seconds()))
        with self._answering(key):
            return self._client.presigned_get_object(
                self._bucket, self._name(key), expires=expires, request_date=signed_at
            )

    def stat(self, key: str) -> StoredObject | None:
        """Return what a listing would show, or None."""
        try:
            with self._answering(key):
                found = self._client.stat_object(self._bucket, self._name(key))
        except FileNotFoundError:
            return None
        return _stored_object(key, found.size, found.last_modified)

    def walk(self, folder: str) -> Iterator[StoredObject]:
        """Yield every object below `folder`, in the order of their keys; foreign names are left out."""
        prefix = self._name(folder) + "/"
        with suppress(FileNotFoundError), self._answering(folder):  # no bucket, so no object
            for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                key = (found.object_name or "").removeprefix(self._prefix)
                if all(is_plain_name(part) for part in key.split("/")):
                    yield _stored_object(key, found.size, found.last_modified)

    def move(self, source: str, destination: str) -> None:
        """Copy on the server, then remove the original; killed in between, both are there."""
        with self._answering(source):
            self._client.copy_object(
                self._bucket, self._name(destination), CopySource(self._bucket, self._name(source))
            )
        self.delete(source)

    def touch(self, key: str) -> None:
        """Copy the object onto itself on the server: S3 has no other way to renew its time."""
        name = self._name(key)
        with self._answering(key):
            media_type = self._client.stat_object(self._bucket, name).content_type
            self._client.copy_object(
                self._bucket,
                name,
                CopySource(self._bucket, name),
                metadata={"Content-Type": media_type or "application/octet-stream"},
                metadata_directive=REPLACE,  # without it, S3 refuses to copy an object onto itself
            )

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        with suppress(FileNotFoundError), self._answering(key):
            self._client.remove_object(self._bucket, self._name(key))

    def local_path(self, key: str) -> Path | None:
        """Return None: objects are behind the network."""
        checked_key(key)
        return None

    def unfinished_uploads(self) -> Iterator[UnfinishedUpload]:
        """Yield open multipart uploads below the prefix.

        MinIO lists these by exact key only, and clears them away itself after a day.
        """
        key_marker: str | None = None
        with suppress(FileNotFoundError), self._answering(self._prefix):
            while True:
                # The client has no public way to ask; its version is pinned.
                page = self._client._list_multipart_uploads(
                    self._bucket, prefix=self._prefix, key_marker=key_marker
                )
                for upload in page.uploads:
                    started_at = upload.initiated_time or datetime.now(UTC)
                    yield UnfinishedUpload(upload.object_name, upload.upload_id or "", 0, started_at)
                # Paged by key: of more than a page of uploads of one key, the rest is left to the next time.
                if not page.is_truncated or page.next_key_marker in {None, key_marker}:
                    return
                key_marker = page.next_key_marker

    def abort(self, upload: UnfinishedUpload) -> None:
        """Abort an open multipart upload if it is still open."""
        with suppress(FileNotFoundError), self._answering(upload.name):
            self._client._abort_multipart_upload(self._bucket, upload.name, upload.upload_id)

    def _read(self, key: str, offset_bytes: int, end_bytes: int | None) -> Iterator[bytes]:
        """Yield an object from one byte to another, or to its end."""
        for attempt in range(RESUMED_READS + 1):
            length_bytes = 0 if end_bytes is None else end_bytes - offset_bytes
            with self._answering(key):
                response = self._client.get_object(
                    self._bucket, self._name(key), offset=offset_bytes, length=length_bytes
                )
                try:
                    for chunk in response.stream(CHUNK_BYTES):
                        offset_bytes += len(chunk)
                        yield chunk
                except (urllib3.exceptions.ProtocolError, urllib3.exceptions.TimeoutError):
                    if attempt == RESUMED_READS or offset_bytes == end_bytes:
                        raise
                else:
                    return
                finally:
                    response.close()
                    response.release_conn()

    def _name(self, key: str) -> str:
        return self._prefix + checked_key(key)

    def _put(self, key: str, source: BinaryIO, size_bytes: int, media_type: str) -> None:
        try:
            self._upload(key, source, size_bytes, media_type)
        except FileNotFoundError:
            self._make_bucket()
            source.seek(0)
            self._upload(key, source, size_bytes, media_type)
        # A multipart completion may answer 200 with an error in its body, and its ETag may be empty.
        if size_bytes > PART_BYTES:
            stored = self.stat(key)
            if stored is None or stored.size_bytes != size_bytes:
                message = f"The checkpoint store {self._location} did not keep {key} in full; try again"
                raise StorageUnavailableError(message)

    def _upload(self, key: str, source: BinaryIO, size_bytes: int, media_type: str) -> None:
        part_bytes = max(PART_BYTES, math.ceil(size_bytes / MAXIMUM_PARTS))
        with self._answering(key):
            self._client.put_object(
                self._bucket,
                self._name(key),
                source,
                size_bytes,
                content_type=media_type,
                part_size=part_bytes,
            )

    def _make_bucket(self) -> None:
        with self._answering(self._bucket):
            try:
                self._client.make_bucket(self._bucket)
            except S3Error as error:
                # Another worker was quicker; a stranger's bucket of that name refuses the next upload.
                if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                    raise

    def _answering(self, key: str) -> AbstractContextManager[None]:
        return answering(f"The checkpoint store {self._location}", key)


def open_client(settings: S3Settings) -> Minio:
    """Return a client for a bucket; nothing is contacted.

    Raises:
        ValueError: the bucket's name or the endpoint is malformed.
    """
    check_bucket_name(settings.bucket, strict=True)
    return Minio(
        settings.endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key,
        session_token=settings.session_token,
        secure=settings.secure,
        region=settings.region,
        http_client=_http_client(),
    )


@contextmanager
def answering(place: str, key: str) -> Iterator[None]:
    """Turn what the client and the network say into the tree's errors, credentials left out.

    Args:
        place: What is asked, for people: the beginning of a sentence.
        key: What it is asked for.

    Raises:
        FileNotFoundError: there is no such object, or no such bucket.
        SettingsError: our credentials are refused.
        StorageUnavailableError: it does not answer.
    """
    try:
        yield
    except S3Error as error:
        if error.code in _MISSING:
            raise FileNotFoundError(errno.ENOENT, f"{place} has no", key) from error
        said = f"{error.code}: {error.message}"
        if error.response.status in _FORBIDDEN:
            message = f"{place} refuses our credentials ({said})"
            raise SettingsError(message) from error
        raise _unavailable(place, said) from error
    except urllib3.exceptions.MaxRetryError as error:
        raise _unavailable(place, type(error.reason or error).__name__) from error
    except (MinioException, urllib3.exceptions.HTTPError, ParseError) as error:
        raise _unavailable(place, f"{type(error).__name__}: {error}") from error


def _unavailable(place: str, said: str) -> StorageUnavailableError:
    return StorageUnavailableError(f"{place} does not answer ({said})")


def _http_client() -> urllib3.PoolManager:
    retries = urllib3.Retry(
        total=RETRIES,
        backoff_factor=BACK_OFF_S,
        status_forcelist=(429, 500, 502, 503, 504),
        retry_after_max=LONGEST_RETRY_AFTER_S,
    )
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
        retries=retries,
        cert_reqs="CERT_REQUIRED",
        ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
        maxsize=10,
    )


def _stored_object(key: str, size_bytes: int | None, modified_at: datetime | None) -> StoredObject:
    # A server that tells no time makes every object new: nothing of it is ever collected.
    return StoredObject(key, size_bytes or 0, modified_at or datetime.now(UTC))
