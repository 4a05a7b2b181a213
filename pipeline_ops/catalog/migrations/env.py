"""Run by Alembic for every migration, on the connection that `migrate.py` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

import pipeline_ops.catalog.playback_tables
import pipeline_ops.catalog.rating_tables
import pipeline_ops.catalog.studio_tables
import pipeline_ops.catalog.trust_tables  # noqa: F401  their tables belong to the metadata
from pipeline_ops.catalog.migrate import VERSION_TABLE
from pipeline_ops.catalog.tables import Base, UtcDateTime


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write the plain type into a new migration: one that is written does not change with the code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite changes a table by making it anew
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
