"""The deployment's catalog as the pages use it: opened when first needed, and kept open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.settings import Settings


class CatalogAccess:
    """Opens the catalog once for all requests of this process.

    Args:
        settings: The deployment.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._catalog: CatalogDatabase | None = None
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the catalog.

        Raises:
            SettingsError: the catalog is of another release.
            CatalogUnavailableError: it does not answer.
        """
        with self._opened().reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are all kept, or none where the block raises.

        Raises:
            SettingsError: the catalog is of another release.
            CatalogUnavailableError: it does not answer.
        """
        with self._opened().writing() as session:
            yield session

    def _opened(self) -> CatalogDatabase:
        with self._lock:
            if self._catalog is None:
                self._catalog = open_catalog(self._settings)
            return self._catalog
