"""The sha256 of files, computed once a file a process."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

REMEMBERED_FILES = 4096
"""Digests kept in memory: some runs' worth of artefacts, well under a megabyte."""


def sha256_of_file(path: Path) -> str:
    """Return the file's sha256 in lower-case hexadecimal.

    A file whose path, inode, size and modification time are as they were is not read twice in one
    process: a 300 MB video passes through several stages.

    Raises:
        OSError: the file cannot be read.
    """
    status = path.stat()
    return _sha256(path.resolve(), status.st_ino, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=REMEMBERED_FILES)
def _sha256(path: Path, inode: int, size_bytes: int, modified_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
