"""Opens the catalog: SQLite on one machine, PostgreSQL for more.

    with open_catalog(settings) as catalog, catalog.writing() as session:
        ...

`writing` is one transaction: all of it or nothing.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from pipeline_ops.catalog import trust_tables as _trust_tables  # noqa: F401  they refer to each other
from pipeline_ops.catalog.migrate import HEAD, migrate, stored_revision
from pipeline_ops.errors import CatalogUnavailableError, SettingsError
from pipeline_ops.settings import Settings

LOCK_PATIENCE_S = 30
"""How long a writer waits for another on SQLite; the longest transaction here takes well under a second."""

KEPT_CONNECTIONS = 5
"""What a command or a task needs, and more; SQLAlchemy's own default."""

_WRITES = "dubwright_writes"


class CatalogDatabase:
    """A connection to the catalog; close it, or use it in a `with` block. Not to be shared over a fork.

    Args:
        url: As SQLAlchemy writes it: `sqlite:////var/dubwright/catalog.db`, `postgresql+psycopg://...`.
        connections: How many connections are kept open for threads that ask at the same time.

    Raises:
        SettingsError: the URL makes no sense, or names another kind of database.
    """

    def __init__(self, url: str, connections: int = KEPT_CONNECTIONS) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            message = "DUBWRIGHT_CATALOG_URL is no database URL; write sqlite:////path or postgresql://..."
            raise SettingsError(message) from error
        if parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        elif parsed.get_backend_name() != "sqlite" or not parsed.database:
            message = (
                f"The catalog lies in a SQLite file or in PostgreSQL, not in {parsed.get_backend_name()!r}"
                " (DUBWRIGHT_CATALOG_URL)."
            )
            raise SettingsError(message)
        self.location = parsed.render_as_string(hide_password=True)
        self.file = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
        self._engine = _engine(
            parsed.render_as_string(hide_password=False),
            is_sqlite=self.file is not None,
            connections=connections,
        )

    def __enter__(self) -> CatalogDatabase:
        """Connect when it is first used."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the catalog.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with self._answering(), Session(self._engine) as session:
            yield session

    @contextmanager
    def querying(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the catalog: plain rows take less work than a session's.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with self._answering(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are all kept when the block ends, or none where it raises.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        engine = self._engine.execution_options(**{_WRITES: True})
        with self._answering(), Session(engine) as session, session.begin():
            yield session

    def revision(self) -> str | None:
        """Return which migration the schema has seen last, None where there is no schema.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with self._answering(), self._engine.connect() as connection:
            return stored_revision(connection)

    def migrate(self) -> None:
        """Bring the schema up to date; it is no error where it is.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with self._answering(), self._engine.connect() as connection:
            migrate(connection)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            message = f"The catalog {self.location} does not answer: {str(error.orig).strip()}"
            raise CatalogUnavailableError(message) from error


def open_catalog(settings: Settings, connections: int = KEPT_CONNECTIONS) -> CatalogDatabase:
    """Open the deployment's catalog, and make or upgrade it where it is this machine's own file.

    Args:
        settings: Say where it is.
        connections: How many connections are kept open for threads that ask at the same time.

    Raises:
        SettingsError: its schema is of another release; the message says which command helps.
        CatalogUnavailableError: the database does not answer.
    """
    catalog = CatalogDatabase(settings.catalog_url, connections)
    try:
        _ensure_schema(catalog)
    except BaseException:
        catalog.close()
        raise
    return catalog


def _ensure_schema(catalog: CatalogDatabase) -> None:
    if catalog.file is not None:
        catalog.file.parent.mkdir(parents=True, exist_ok=True)
    found = catalog.revision()
    if found == HEAD:
        return
    if catalog.file is None:
        message = (
            f"The catalog {catalog.location} has the schema {found or 'of none'}; this release needs {HEAD}."
            " Run: dubwright catalog migrate"
        )
        raise SettingsError(message)
    with catalog.file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        catalog.migrate()


def _engine(url: str, *, is_sqlite: bool, connections: int) -> Engine:
    if not is_sqlite:
        return create_engine(url, pool_pre_ping=True, pool_size=connections)
    engine = create_engine(url, connect_args={"timeout": LOCK_PATIENCE_S}, pool_size=connections)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for a writer
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that read first could not wait for another's to end.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
