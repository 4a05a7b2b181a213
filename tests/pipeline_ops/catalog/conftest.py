"""The catalog on SQLite and on a real PostgreSQL: what holds for one must hold for the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline_ops.catalog.database import CatalogDatabase
from tests.postgres_server import PostgresServer, find_programs

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (initdb, postgres)")
    server = PostgresServer(*programs)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Make the URL of an empty database."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/catalog-{next(_numbers)}.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return lambda: server.make_database(f"catalog_{next(_numbers)}")


@pytest.fixture
def catalog(new_url: Callable[[], str]) -> Iterator[CatalogDatabase]:
    """An empty catalog with its tables."""
    with CatalogDatabase(new_url()) as database:
        database.migrate()
        yield database
