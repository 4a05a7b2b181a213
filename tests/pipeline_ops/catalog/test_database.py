from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select

from pipeline_ops.catalog import rating_tables  # noqa: F401  its tables belong to the metadata
from pipeline_ops.catalog.creators import get_creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.migrate import HEAD, MIGRATIONS, VERSION_TABLE, migrate
from pipeline_ops.catalog.tables import Base, CreatorRow
from pipeline_ops.errors import CatalogUnavailableError, SettingsError
from pipeline_ops.settings import Settings
from tests.pipeline_ops.catalog.making import ANN, NOW
from tests.postgres_server import PostgresServer


def test_the_code_knows_the_last_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_the_migrations_make_the_tables_that_the_code_uses(catalog: CatalogDatabase) -> None:
    with catalog._engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_a_catalog_with_rows_is_migrated_step_by_step_and_keeps_them(new_url: Callable[[], str]) -> None:
    revisions = [each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    with CatalogDatabase(new_url()) as catalog:
        for number, revision in enumerate(revisions):
            with catalog._engine.connect() as connection:
                migrate(connection, revision)
            assert catalog.revision() == revision
            if number == 0:
                with catalog.writing() as session:
                    put_creator(session, ANN)
        with catalog.reading() as session:
            assert get_creator(session, "ann").languages == ANN.languages


def test_migrating_twice_changes_nothing(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        put_creator(session, ANN)
    catalog.migrate()
    assert catalog.revision() == HEAD
    with catalog.reading() as session:
        assert get_creator(session, "ann").name == "Ann"


def test_what_raises_leaves_nothing(catalog: CatalogDatabase) -> None:
    def write_and_raise() -> None:
        with catalog.writing() as session:
            put_creator(session, ANN)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_raise()
    with catalog.reading() as session:
        assert session.scalar(select(func.count()).select_from(CreatorRow)) == 0


def test_moments_come_back_in_utc_whatever_their_zone(catalog: CatalogDatabase) -> None:
    east = NOW.astimezone(timezone(timedelta(hours=5)))
    with catalog.writing() as session:
        put_creator(session, replace(ANN, consented_at=east))
    with catalog.reading() as session:
        consented_at = get_creator(session, "ann").consented_at
    assert consented_at == NOW
    assert consented_at is not None
    assert consented_at.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(catalog: CatalogDatabase) -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(Exception, match="no time zone"), catalog.writing() as session:
        put_creator(session, replace(ANN, consented_at=naive))


def _add_creators(url: str, first: int) -> None:
    with CatalogDatabase(url) as catalog:
        for number in range(first, first + 20):
            with catalog.writing() as session:
                assert session.scalar(select(func.count()).select_from(CreatorRow)) is not None
                put_creator(session, ANN)
                session.get_one(CreatorRow, "ann").name = f"Ann {number}"
    os._exit(0)


def test_many_processes_write_at_once(new_url: Callable[[], str]) -> None:
    url = new_url()
    with CatalogDatabase(url) as catalog:
        catalog.migrate()
        processes = [
            multiprocessing.get_context("spawn").Process(target=_add_creators, args=(url, 100 * number))
            for number in range(3)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0, 0, 0]
        with catalog.reading() as session:
            assert session.scalar(select(func.count()).select_from(CreatorRow)) == 1


def _settings(home: Path, **variables: str) -> Settings:
    return Settings.from_environment({"DUBWRIGHT_HOME": str(home), **variables})


def test_one_machines_catalog_is_made_when_it_is_opened(tmp_path: Path) -> None:
    with open_catalog(_settings(tmp_path)) as catalog:
        assert catalog.revision() == HEAD
    assert (tmp_path / "catalog.db").is_file()


def test_another_database_is_migrated_on_command_only(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.make_database("empty")
    with pytest.raises(SettingsError, match="dubwright catalog migrate"):
        open_catalog(_settings(tmp_path, DUBWRIGHT_CATALOG_URL=url))
    with CatalogDatabase(url) as catalog:
        assert not inspect(catalog._engine).has_table("runs")


def test_a_database_that_does_not_answer_is_the_worlds_fault_and_its_password_is_not_told(
    tmp_path: Path,
) -> None:
    url = "postgresql://somebody:secret@127.0.0.1:1/catalog"
    with pytest.raises(CatalogUnavailableError, match="does not answer") as caught:
        open_catalog(_settings(tmp_path, DUBWRIGHT_CATALOG_URL=url))
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(_settings(tmp_path, DUBWRIGHT_CATALOG_URL=url))


@pytest.mark.parametrize("url", ["mysql://host/name", "nonsense", "sqlite://", ""])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="DUBWRIGHT_CATALOG_URL"):
        CatalogDatabase(url)
