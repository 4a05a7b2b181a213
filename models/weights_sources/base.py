"""What every source of weights shares: the wanted file, how progress is told, how failure is said."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# Large enough that hashing and copying run at the disk's speed, small enough to stay in its cache.
BLOCK_BYTES = 1 << 20


class SourceFailedError(Exception):
    """A source could not give the file; the next one is tried. The message says why."""


class HostUnreachableError(SourceFailedError):
    """No connection to the source's host could be made."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """How far a file has come; `total_bytes` is 0 where it is not known."""

    file_name: str
    source: str
    done_bytes: int
    total_bytes: int


ProgressReport = Callable[[Transfer], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file on its way: what it should be, where it is gathered, and whom to tell.

    Attributes:
        name: Its name, for people.
        model_id: The model that it is fetched for.
        sha256: What its content must hash to.
        size_bytes: How long it must be.
        destination: Where a source writes it; may hold the beginning of an interrupted download.
        carriers: A folder for packages that are fetched on the way, kept until the pull is complete.
        report: Told as bytes arrive.
    """

    name: str
    model_id: str
    sha256: str
    size_bytes: int
    destination: Path
    carriers: Path
    report: ProgressReport

    def counter(self, source: str) -> Counter:
        """Return a counter of this file's bytes."""
        return Counter(self.report, self.name, source, self.size_bytes)


def copy_stream(source: BinaryIO, destination: BinaryIO, advance: Callable[[int], None]) -> None:
    """Copy all of `source`, telling `advance` the bytes of each block."""
    while block := source.read(BLOCK_BYTES):
        destination.write(block)
        advance(len(block))


class Counter:
    """Adds up the bytes of one transfer and reports the sum; a total of 0 means that it is not known."""

    def __init__(self, report: ProgressReport, name: str, source: str, total_bytes: int) -> None:
        self._report = report
        self._name = name
        self._source = source
        self.total_bytes = total_bytes
        self.set(0)

    def set(self, done_bytes: int) -> None:
        """Tell that so many bytes are there in all."""
        self.done_bytes = done_bytes
        self._report(Transfer(self._name, self._source, done_bytes, self.total_bytes))

    def advance(self, count_bytes: int) -> None:
        """Tell that this many more bytes have come."""
        self.set(self.done_bytes + count_bytes)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def empty_folder(path: Path) -> Path:
    """Make `path` an empty folder and return it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
