"""What came with a video in a request: its glossary."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply; requests that are there had nothing with them."""
    op.add_column("requests", sa.Column("attachments", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("requests") as table:
        table.alter_column("attachments", server_default=None)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("requests") as table:
        table.drop_column("attachments")
