"""Writes what pages tell of playback into the catalog, many at a time, from a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterable
from types import TracebackType

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.playbacks import Playback, record_playbacks
from pipeline_ops.errors import CatalogUnavailableError

EVERY_S = 1.0
"""How long totals wait for others at most, so that a busy service writes once a second."""

MOST_WAITING = 20_000
"""Totals in memory: some 10 MB. What comes while the catalog does not answer for longer than that is lost."""

MOST_AT_ONCE = 500
"""Rows of one statement: SQLite takes 32,766 values, twelve a row."""

logger = logging.getLogger(__name__)


class PlaybackWriter:
    """Takes totals and writes them; use it in a `with` block, whose end writes what is left.

    Args:
        catalog: Where to.
        every_s: How long totals wait for others at most, in seconds.
    """

    def __init__(self, catalog: CatalogDatabase, every_s: float = EVERY_S) -> None:
        self._catalog = catalog
        self._every_s = every_s
        self._waiting: queue.Queue[Playback] = queue.Queue(MOST_WAITING)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="playbacks", daemon=True)

    def __enter__(self) -> PlaybackWriter:
        """Start."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left, and stop."""
        self._stopping.set()
        self._thread.join()

    def put(self, playbacks: Iterable[Playback]) -> None:
        """Take totals.

        Raises:
            CatalogUnavailableError: too many wait already, since the catalog does not answer.
        """
        try:
            for playback in playbacks:
                self._waiting.put_nowait(playback)
        except queue.Full as error:
            message = f"{MOST_WAITING} reports of playback wait for the catalog, and no more are taken"
            raise CatalogUnavailableError(message) from error

    def _run(self) -> None:
        unwritten: list[Playback] = []
        while True:
            is_last = self._stopping.wait(self._every_s)
            unwritten += self._taken(MOST_AT_ONCE - len(unwritten))
            try:
                while unwritten:
                    with self._catalog.writing() as session:
                        record_playbacks(session, unwritten)
                    unwritten = self._taken(MOST_AT_ONCE)
            except CatalogUnavailableError as error:  # tried again with the next ones
                logger.error("%d reports of playback are not written yet: %s", len(unwritten), error)
            if is_last:
                return

    def _taken(self, most: int) -> list[Playback]:
        taken: list[Playback] = []
        while len(taken) < most:
            try:
                taken.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return taken
