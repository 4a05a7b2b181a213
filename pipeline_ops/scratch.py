"""Folders for the files of work in progress: gone when it ends, swept by the next work where it was killed.

    <scratch>/<name>         one stage's files
    <scratch>/<name>.lock    held by the process that they belong to, for as long as it lives

The system frees a lock when its process ends, however it ends (flock(2)). A process id as the mark would say
nothing to another container or machine that shares the folder, and would have to be told from one used again.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

LOCK_SUFFIX = ".lock"


@contextmanager
def scratch_folder(parent: Path, purpose: str) -> Iterator[Path]:
    """Give an empty folder for the length of the block; sweep first what killed processes left.

    Any number of processes and threads may do so at once.

    Args:
        parent: Where scratch folders lie; made where it is missing.
        purpose: What the folder's name begins with, for people; the process id follows.

    Raises:
        OSError: the folder cannot be made, or not be removed.
    """
    parent.mkdir(parents=True, exist_ok=True)
    sweep(parent)
    lock, descriptor = _claim(parent, purpose)
    folder = lock.with_suffix("")
    try:
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
            lock.unlink()
    finally:
        os.close(descriptor)


def sweep(parent: Path) -> int:
    """Remove what processes that are dead left, and return how many had; what living ones hold stays."""
    swept = 0
    for lock in parent.glob(f"*{LOCK_SUFFIX}"):
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
        except (FileNotFoundError, PermissionError):
            continue  # its owner or another sweeper was faster; or it is another user's, who sweeps it
        try:
            swept += _remove_unless_held(lock, descriptor)
        except OSError as error:
            log.warning("%s, left by a process that was killed, cannot be removed: %s", lock, error)
        finally:
            os.close(descriptor)
    return swept


def _remove_unless_held(lock: Path, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    if not _is_named(descriptor):  # another sweeper has done it
        return False
    folder = lock.with_suffix("")
    log.info("Removing %s, left by a process that was killed.", folder)
    if folder.is_dir():
        shutil.rmtree(folder)
    lock.unlink()
    return True


def _claim(parent: Path, purpose: str) -> tuple[Path, int]:
    """Make a new lock file and hold it; it is held until the descriptor is closed."""
    while True:
        descriptor, name = tempfile.mkstemp(LOCK_SUFFIX, f"{purpose}-{os.getpid()}-", parent)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_named(descriptor):
            return Path(name), descriptor
        os.close(descriptor)  # a sweeper took it between its making and its locking


def _is_named(descriptor: int) -> bool:
    """Whether an open file still has its name, or was removed meanwhile."""
    return os.fstat(descriptor).st_nlink > 0
