"""The way into the media bucket: parts in any order, put together at once, moved to their place when checked.

    .incoming/<id>      what is on its way; names with a leading dot are in no listing of uploads
    <creator>/<id>      an upload

Each step may be cut off anywhere and done again: what it was to leave is there whole, or is not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult

from pipeline_ops.checkpoints.storage import folder_or_s3
from pipeline_ops.media_bucket import MEDIA_URL, MediaFile

INCOMING = ".incoming"

PART_BYTES = 8 << 20
"""S3 wants 5 MiB at least but for the last part. What a broken connection costs is one part."""

MOST_PARTS = 10_000
"""S3 takes no more."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has come, counted from 1."""

    number: int
    size_bytes: int


class PartMissingError(Exception):
    """Not every part has come, or one has another size than it should."""


class IncomingStorage(Protocol):
    """Takes files in parts.

    Every method raises `StorageUnavailableError` where the bucket does not answer. An id is 32 hexadecimal
    digits, made by us.
    """

    @property
    def upload_origin(self) -> str | None:
        """Scheme and host to which browsers send parts by signed addresses; None where it is us."""
        ...

    def begin(self, arrival_id: str) -> None:
        """Make ready for parts; it is no error where that is done."""
        ...

    def signed_addresses(
        self, arrival_id: str, numbers: Sequence[int], holds_s: float
    ) -> tuple[str, ...] | None:
        """Return the addresses to which parts are PUT, None where they come through us (`put_part`).

        Raises:
            FileNotFoundError: nothing was begun, or all is put together.
        """
        ...

    def put_part(self, arrival_id: str, number: int, content: Iterable[bytes]) -> int:
        """Keep a part in the place of an earlier one of that number, and return its size in bytes."""
        ...

    def parts(self, arrival_id: str) -> tuple[Part, ...]:
        """Return the parts that are there, in order; none where nothing was begun or all is put together."""
        ...

    def join(self, arrival_id: str, sizes_bytes: tuple[int, ...]) -> None:
        """Put the parts together; it is no error where that is done.

        Raises:
            PartMissingError: there is not every part, of the size that it should have.
        """
        ...

    def fetch(self, arrival_id: str, directory: Path) -> Path:
        """Return a file of this machine with what was put together, downloaded into `directory` if need be.

        Raises:
            FileNotFoundError: there is nothing of that id.
        """
        ...

    def admit(self, arrival_id: str, address: str) -> MediaFile:
        """Move what was put together to its place among the uploads; it is no error where that is done.

        Raises:
            FileNotFoundError: there is nothing of that id, and nothing in its place.
        """
        ...

    def admitted(self, address: str) -> MediaFile | None:
        """Return the upload that has that place, None where there is none."""
        ...

    def discard(self, arrival_id: str) -> None:
        """Remove all that is on its way under an id; it is no error where there is nothing."""
        ...

    def leftovers(self, before: datetime) -> frozenset[str]:
        """Return ids of what is on its way and not written to since a time, as far as is listed."""
        ...


def open_incoming(url: str, environment: Mapping[str, str] | None = None) -> IncomingStorage:
    """Open the way into the bucket at `url`, as `open_media_bucket` reads it.

    Raises:
        SettingsError: the URL or the environment makes no sense; the message repeats no secret.
    """
    place = folder_or_s3(url, MEDIA_URL)
    if isinstance(place, SplitResult):
        from pipeline_ops.incoming.s3 import S3Incoming

        return S3Incoming(place, os.environ if environment is None else environment)
    from pipeline_ops.incoming.folder import FolderIncoming

    return FolderIncoming(Path(place))


def part_bytes_for(size_bytes: int) -> int:
    """Return how large the parts of a file are."""
    return max(PART_BYTES, -(-size_bytes // MOST_PARTS))
