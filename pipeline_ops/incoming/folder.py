"""Files that come into a folder in parts.

    .incoming/<id>/<number>     a part; written under another name and renamed, so it is whole
    .incoming/<id>/whole        all of them; likewise

A part that broke off leaves nothing that counts. Killed while parts are put together, all of
them are there still.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pipeline_ops.checkpoints.storage import CHUNK_BYTES
from pipeline_ops.errors import StorageUnavailableError
from pipeline_ops.incoming.storage import INCOMING, Part, PartMissingError
from pipeline_ops.media_bucket import MediaFile

WHOLE = "whole"
UNFINISHED = ".writing-"
READABLE = 0o644
"""Stages of other users on this machine read uploads too."""


class FolderIncoming:
    """Takes files into a media folder."""

    def __init__(self, media: Path) -> None:
        self._media = media

    @property
    def upload_origin(self) -> str | None:
        """None: parts come to us."""
        return None

    def begin(self, arrival_id: str) -> None:
        """Make a folder for the parts."""
        with self._answering():
            self._folder(arrival_id).mkdir(parents=True, exist_ok=True)

    def signed_addresses(
        self, arrival_id: str, numbers: Sequence[int], holds_s: float
    ) -> tuple[str, ...] | None:
        """Return None: a folder has no addresses."""
        return None

    def put_part(self, arrival_id: str, number: int, content: Iterable[bytes]) -> int:
        """Write a part next to its place, and rename it when it is whole."""
        folder = self._folder(arrival_id)

        def write(target: BinaryIO) -> None:
            for chunk in content:
                target.write(chunk)

        with self._answering():
            return _write_whole(folder / str(number), write)

    def parts(self, arrival_id: str) -> tuple[Part, ...]:
        """Return the parts that are there."""
        with self._answering():
            try:
                files = [each for each in self._folder(arrival_id).iterdir() if each.name.isdigit()]
                return tuple(
                    sorted((Part(int(file.name), file.stat().st_size) for file in files), key=_number)
                )
            except FileNotFoundError:
                return ()

    def join(self, arrival_id: str, sizes_bytes: tuple[int, ...]) -> None:
        """Copy the parts into one file, rename it when it is whole, and only then let go of the parts."""
        folder = self._folder(arrival_id)
        with self._answering():
            if not (folder / WHOLE).exists():
                found = tuple(part.size_bytes for part in self.parts(arrival_id))
                if found != sizes_bytes:
                    raise PartMissingError
                files = [folder / str(number + 1) for number in range(len(sizes_bytes))]
                _write_whole(folder / WHOLE, lambda target: _copy_all(files, target))
            for part in self.parts(arrival_id):
                (folder / str(part.number)).unlink(missing_ok=True)

    def fetch(self, arrival_id: str, directory: Path) -> Path:
        """Return the file itself."""
        whole = self._folder(arrival_id) / WHOLE
        if not whole.is_file():
            raise FileNotFoundError(whole)
        return whole

    def admit(self, arrival_id: str, address: str) -> MediaFile:
        """Rename the file into its place."""
        place = self._media / address
        with self._answering():
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                (self._folder(arrival_id) / WHOLE).replace(place)
                _force_to_disk(place.parent)
            except FileNotFoundError:
                if not place.is_file():  # an earlier try had moved it
                    raise
            self.discard(arrival_id)
        file = self.admitted(address)
        if file is None:
            raise FileNotFoundError(place)
        return file

    def admitted(self, address: str) -> MediaFile | None:
        """Look at the file."""
        with self._answering():
            try:
                status = (self._media / address).stat()
            except FileNotFoundError:
                return None
        return MediaFile(address, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def discard(self, arrival_id: str) -> None:
        """Remove the folder of the parts."""
        with self._answering():
            try:
                shutil.rmtree(self._folder(arrival_id))
            except FileNotFoundError:
                return

    def leftovers(self, before: datetime) -> frozenset[str]:
        """Return the folders in which nothing was written since a time."""
        with self._answering():
            try:
                folders = [each for each in (self._media / INCOMING).iterdir() if each.is_dir()]
                return frozenset(
                    folder.name for folder in folders if folder.stat().st_mtime < before.timestamp()
                )
            except FileNotFoundError:
                return frozenset()

    def _folder(self, arrival_id: str) -> Path:
        if not re.fullmatch("[0-9a-f]{32}", arrival_id):
            message = f"{arrival_id[:40]!r} is no id of an upload"
            raise ValueError(message)
        return self._media / INCOMING / arrival_id

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn what the file system says into the tree's error; a missing file stays one."""
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            message = f"The media folder {self._media} cannot be written ({error.strerror}: {error.filename})"
            raise StorageUnavailableError(message) from error


def _write_whole(path: Path, write: Callable[[BinaryIO], object]) -> int:
    """Write a file under another name, force it to the disk, rename it; return its size.

    Raises:
        FileNotFoundError: the folder is not there (any more).
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as target:
            write(target)
            target.flush()
            os.fchmod(target.fileno(), READABLE)
            os.fsync(target.fileno())
            size_bytes = target.tell()
        temporary.replace(path)
        _force_to_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return size_bytes


def _copy_all(files: Iterable[Path], target: BinaryIO) -> None:
    for file in files:
        with file.open("rb") as source:
            shutil.copyfileobj(source, target, CHUNK_BYTES)


def _force_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _number(part: Part) -> int:
    return part.number
