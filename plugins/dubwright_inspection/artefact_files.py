"""Artefacts as files to be sent, each verified once and not again until its file changes."""

from __future__ import annotations

import threading
from pathlib import Path

from pipeline_ops.checkpoints.copies import erase_orphaned_copies
from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference
from pipeline_ops.checkpoints.store import CheckpointStore

CACHE_BYTES = 4_000_000_000
"""What copies from a remote store may take on the API server's disk; the least used go first."""

FileState = tuple[Path, int, int]


class ArtefactFiles:
    """Hands out files of artefacts.

    A player asks for a video in dozens of ranges; reading it in full for each would stall it.

    Args:
        store: Where artefacts are.
        cache: The folder for copies from a store that is not local.
    """

    def __init__(self, store: CheckpointStore, cache: Path) -> None:
        self._store = store
        self._cache = cache
        self._verified: dict[str, FileState] = {}
        self._locks: dict[str, threading.Lock] = {}

    def path(self, reference: CheckpointReference, artefact: Artefact) -> Path:
        """Return a file that holds the artefact.

        Raises:
            DamagedArtefactError: it is missing or its digest is wrong.
            StorageUnavailableError: the store does not answer.
        """
        # One at a time for one artefact; a short sound does not wait until a long video has come.
        with self._locks.setdefault(artefact.sha256, threading.Lock()):
            known = self._verified.get(artefact.sha256)
            if known is not None and _state(known[0]) == known:
                return known[0]
            path = self._store.fetch(reference, artefact.name, self._cache)
            self._make_room(path)
            state = _state(path)
            if state is not None:
                self._verified[artefact.sha256] = state
            return path

    def _make_room(self, keep: Path) -> None:
        """Remove copies of what was deleted from the store, and the oldest beyond the cache's size."""
        if not self._cache.is_dir():
            return
        erase_orphaned_copies(self._cache, self._store.storage)
        states = (_state(file) for file in self._cache.iterdir() if file.is_file() and file != keep)
        copies = sorted((state for state in states if state), key=lambda state: state[2], reverse=True)
        total = 0
        for file, size_bytes, _ in copies:
            total += size_bytes
            if total > CACHE_BYTES:
                file.unlink(missing_ok=True)


def _state(path: Path) -> FileState | None:
    """Return what would change if the file did, None where it is gone."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return path, status.st_size, status.st_mtime_ns
