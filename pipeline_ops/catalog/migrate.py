"""Brings the catalog's schema up to date with Alembic; the migrations lie in `migrations/versions/`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

HEAD = "0120"
"""The last migration; a test holds it equal to the last file."""

VERSION_TABLE = "dubwright_schema"
"""Not Alembic's usual name: Airflow's tables may lie in the same database."""

MIGRATIONS = Path(__file__).parent / "migrations"

MIGRATION_LOCK = 0x6475_6277
"""Number of the advisory lock that one migration on PostgreSQL holds against another."""


def stored_revision(connection: Connection) -> str | None:
    """Return the migration that the schema has seen last, None where there is no schema."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  a constant


def migrate(connection: Connection, revision: str = "head") -> None:
    """Run what is missing up to a revision, in one transaction."""
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.commit()
