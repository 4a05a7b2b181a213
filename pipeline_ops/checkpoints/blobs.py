"""Artefacts as blobs: one object for each content, named by its sha256, checked when it is read."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline_ops.checkpoints.manifest import Artefact
from pipeline_ops.checkpoints.storage import ObjectStorage
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import StorageUnavailableError, WorldError

BLOBS = "blobs"

REFRESH_AFTER = timedelta(hours=1)
"""What is reused counts as new again if it is older than this; far less than any grace period of the
garbage collection, and far more than the time between two uses within one run."""

DIGITS_OF_NAME = 16
"""Digits of the digest in a downloaded file's name: 64 bits tell the files of one folder apart."""

MISSING = "its blob is missing"

logger = logging.getLogger(__name__)


class UnexpectedContentError(WorldError):
    """A blob is missing or is not what its record says; the store tells of which checkpoint."""


def blob_key(sha256: str) -> str:
    """Return the storage key of the artefact with that digest."""
    return f"{BLOBS}/{sha256[:2]}/{sha256}"


def difference(record: Artefact, size_bytes: int, sha256: str) -> str | None:
    """Say how a content differs from its record, or return None where it does not."""
    if size_bytes != record.size_bytes:
        return f"{size_bytes} bytes instead of {record.size_bytes}"
    if sha256 != record.sha256:
        return f"sha256 {sha256} instead of {record.sha256}"
    return None


def difference_of_file(record: Artefact, path: Path) -> str | None:
    """Say how a file differs from its record, or return None where it does not.

    Raises:
        OSError: the file cannot be read.
    """
    size_bytes = path.stat().st_size
    if size_bytes != record.size_bytes:
        return difference(record, size_bytes, "")
    return difference(record, size_bytes, sha256_of_file(path))


def refresh(storage: ObjectStorage, key: str) -> None:
    """Make an object count as new for the garbage collection, unless it does.

    Raises:
        FileNotFoundError: there is none of that key.
    """
    stored = storage.stat(key)
    if stored is None or datetime.now(UTC) - stored.modified_at > REFRESH_AFTER:
        storage.touch(key)


def store_blob(storage: ObjectStorage, record: Artefact, path: Path) -> None:
    """Upload a blob unless it is there; one that is there counts as new from now on."""
    key = blob_key(record.sha256)
    if size_problem(storage, record) is None:
        try:
            refresh(storage, key)
        except FileNotFoundError:
            logger.info("%s was collected in this moment; it is uploaded again", key)
        else:
            return
    storage.put_file(key, path, record.media_type)


def size_problem(storage: ObjectStorage, record: Artefact) -> str | None:
    """Say what is wrong with a blob without reading it: missing, or of another size."""
    stored = storage.stat(blob_key(record.sha256))
    return MISSING if stored is None else difference(record, stored.size_bytes, record.sha256)


def content_problem(storage: ObjectStorage, record: Artefact) -> str | None:
    """Read a blob and say what is wrong with it, or return None."""
    path = storage.local_path(blob_key(record.sha256))
    try:
        if path is None:
            return difference(record, *_read_through(storage, record, len))
        return difference_of_file(record, path)
    except FileNotFoundError:
        return MISSING
    except OSError as error:
        message = f"The checkpoint store {storage.location} cannot be read: {error}"
        raise StorageUnavailableError(message) from error


def read_blob(storage: ObjectStorage, record: Artefact) -> bytes:
    """Return a blob's content.

    Raises:
        UnexpectedContentError: it is missing, or its digest is wrong.
    """
    try:
        data = storage.get_bytes(blob_key(record.sha256))
    except FileNotFoundError:
        raise UnexpectedContentError(MISSING) from None
    if problem := difference(record, len(data), hashlib.sha256(data).hexdigest()):
        raise UnexpectedContentError(problem)
    return data


def download_blob(storage: ObjectStorage, record: Artefact, directory: Path) -> Path:
    """Download a blob into `directory`, unless it lies there, as a read-only file.

    Raises:
        UnexpectedContentError: it is missing, or its digest is wrong; no file is left.
    """
    target = directory / f"{record.sha256[:DIGITS_OF_NAME]}-{record.file_name}"
    if target.is_file() and difference_of_file(record, target) is None:
        return target
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".incoming-", delete=False) as stream:
        temporary = Path(stream.name)
        try:
            problem = difference(record, *_read_through(storage, record, stream.write))
            if problem:
                raise UnexpectedContentError(problem)
            stream.close()
            temporary.chmod(0o444)
            temporary.replace(target)
        except FileNotFoundError:
            raise UnexpectedContentError(MISSING) from None
        finally:
            temporary.unlink(missing_ok=True)
    return target


def _read_through(
    storage: ObjectStorage, record: Artefact, write: Callable[[bytes], object]
) -> tuple[int, str]:
    """Pass a blob to `write`, piece by piece, and return its size and digest."""
    digest, size_bytes = hashlib.sha256(), 0
    for chunk in storage.iterate(blob_key(record.sha256)):
        digest.update(chunk)
        size_bytes += len(chunk)
        write(chunk)
    return size_bytes, digest.hexdigest()
