"""Objects as files below one folder: the storage of one machine, or of a shared file system."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pipeline_ops.checkpoints.storage import CHUNK_BYTES, StoredObject, UnfinishedUpload, checked_key
from pipeline_ops.errors import StorageUnavailableError

INCOMING = ".incoming"
"""Where files are written before they are renamed; below the root, so on its file system as a rule."""

READ_ONLY = 0o444
"""Stored files are handed out as they lie, so nobody writes to them by accident."""

RENAME_ATTEMPTS = 5
"""A folder made for an object may be swept, empty, by a concurrent delete before the object is in it."""


class LocalStorage:
    """Keeps each object as one read-only file below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root.expanduser().absolute()

    @property
    def location(self) -> str:
        """The folder."""
        return str(self._root)

    def put_file(self, key: str, path: Path, media_type: str) -> None:
        """Store a copy of the file."""
        with path.open("rb") as source:
            self._put(key, lambda target: shutil.copyfileobj(source, target, CHUNK_BYTES))

    def put_bytes(self, key: str, data: bytes, media_type: str) -> None:
        """Store `data`."""
        self._put(key, lambda target: target.write(data))

    def get_bytes(self, key: str) -> bytes:
        """Return the whole object."""
        with self._answering():
            return self._path(key).read_bytes()

    def iterate(self, key: str) -> Iterator[bytes]:
        """Yield the object in pieces."""
        with self._answering(), self._path(key).open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                yield chunk

    def iterate_range(self, key: str, offset_bytes: int, length_bytes: int) -> Iterator[bytes]:
        """Yield a stretch of the object in pieces."""
        with self._answering(), self._path(key).open("rb") as source:
            source.seek(offset_bytes)
            while length_bytes > 0 and (chunk := source.read(min(length_bytes, CHUNK_BYTES))):
                length_bytes -= len(chunk)
                yield chunk

    def signed_address(self, key: str, signed_at: datetime, holds_s: float) -> str | None:
        """Return None: a folder has no addresses."""
        checked_key(key)
        return None

    def stat(self, key: str) -> StoredObject | None:
        """Return what a listing would show, or None."""
        with self._answering():
            try:
                status = self._path(key).stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        if not stat.S_ISREG(status.st_mode):
            return None
        return StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def walk(self, folder: str) -> Iterator[StoredObject]:
        """Yield every object below `folder`, a folder's own files before those of its subfolders."""
        start = self._path(folder)
        with self._answering():
            for parent, folders, names in os.walk(start):
                folders.sort()
                for name in sorted(names):
                    found = self.stat(Path(parent, name).relative_to(self._root).as_posix())
                    if found is not None:  # it may have been removed since
                        yield found

    def move(self, source: str, destination: str) -> None:
        """Rename an object; its modification time becomes now."""
        with self._answering():
            origin = self._path(source)
            os.utime(origin)
            self._rename(origin, self._path(destination))
            self._remove_empty_parents(origin)

    def touch(self, key: str) -> None:
        """Make an object's modification time now."""
        with self._answering():
            os.utime(self._path(key))

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        with self._answering():
            path = self._path(key)
            path.unlink(missing_ok=True)
            self._remove_empty_parents(path)

    def local_path(self, key: str) -> Path | None:
        """Return the file that holds, or would hold, the object."""
        return self._path(key)

    def unfinished_uploads(self) -> Iterator[UnfinishedUpload]:
        """Yield the temporary files that were not renamed."""
        with self._answering():
            for path in sorted((self._root / INCOMING).glob("*")):
                with suppress(FileNotFoundError):  # finished since
                    status = path.stat()
                    started_at = datetime.fromtimestamp(status.st_mtime, UTC)
                    yield UnfinishedUpload(path.name, path.name, status.st_size, started_at)

    def abort(self, upload: UnfinishedUpload) -> None:
        """Remove a temporary file."""
        with self._answering():
            (self._root / INCOMING / checked_key(upload.upload_id)).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        """Return the file of a key, having made sure that no symbolic link leads out of the root.

        Raises:
            ValueError: the key is malformed or leads out.
        """
        path = self._root / checked_key(key)
        if not path.resolve().is_relative_to(self._root.resolve()):
            message = f"The key {key!r} leads out of the store {self._root} through a symbolic link"
            raise ValueError(message)
        return path

    def _put(self, key: str, write: Callable[[BinaryIO], object]) -> None:
        """Write to a temporary file, force it to the disk, and rename it into its place."""
        with self._answering():
            path = self._path(key)
            incoming = self._root / INCOMING
            incoming.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=incoming, prefix=f"{path.name[:32]}-")
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as target:
                    write(target)
                    target.flush()
                    os.fchmod(target.fileno(), READ_ONLY)
                    os.fsync(target.fileno())
                self._rename(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)

    def _rename(self, source: Path, destination: Path) -> None:
        for attempt in range(RENAME_ATTEMPTS):
            _make_folder(destination.parent)
            try:
                source.replace(destination)
                _force_to_disk(destination.parent)
            except FileNotFoundError:
                if attempt + 1 == RENAME_ATTEMPTS or not source.exists():
                    raise
            else:
                return

    def _remove_empty_parents(self, path: Path) -> None:
        with suppress(OSError):  # a folder that is not empty, or that another process removed
            for parent in path.parents:
                if parent == self._root:
                    return
                parent.rmdir()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn what the file system says into the tree's error; a missing file stays one."""
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            said = f"{error.strerror or error}: {error.filename}"
            message = f"The checkpoint store {self._root} cannot be used ({said})"
            raise StorageUnavailableError(message) from error


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents, each name forced to the disk: a name lost takes its objects along."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _force_to_disk(folder.parent)


def _force_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
