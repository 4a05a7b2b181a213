"""Copies of blobs that a machine keeps of a remote store: they must not outlive what they are copies of."""

from __future__ import annotations

from pathlib import Path

from pipeline_ops.checkpoints.blobs import BLOBS, DIGITS_OF_NAME
from pipeline_ops.checkpoints.storage import ObjectStorage
from pipeline_ops.errors import StorageUnavailableError


def erase_orphaned_copies(folder: Path, storage: ObjectStorage) -> int:
    """Remove the copies of a folder whose blobs are gone from the store, and return how many there were.

    Args:
        folder: Where `blobs.download_blob` puts them; it need not be there.
        storage: The store.

    Raises:
        StorageUnavailableError: the store does not answer, or a copy cannot be removed.
    """
    try:
        copies = [file for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")]
    except FileNotFoundError:
        return 0
    kept: set[str] = set()
    for shelf in sorted({file.name[:2] for file in copies}):
        kept.update(_name(stored.key)[:DIGITS_OF_NAME] for stored in storage.walk(f"{BLOBS}/{shelf}"))
    orphans = [file for file in copies if file.name[:DIGITS_OF_NAME] not in kept]
    for file in orphans:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            message = f"{file} is a copy of what was deleted, and cannot be removed ({error.strerror})"
            raise StorageUnavailableError(message) from error
    return len(orphans)


def _name(key: str) -> str:
    return key.rpartition("/")[2]
