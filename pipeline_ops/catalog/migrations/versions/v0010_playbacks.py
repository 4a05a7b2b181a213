"""What viewers got and how long they watched it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "playbacks",
        sa.Column("view_id", sa.String(length=32), nullable=False),
        sa.Column("track", sa.String(length=35), nullable=False),
        sa.Column("media_id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=250), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("stalls", sa.Integer(), nullable=False),
        sa.Column("stalled_s", sa.Double(), nullable=False),
        sa.Column("watched_s", sa.Double(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_playbacks_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("view_id", "track", name=op.f("pk_playbacks")),
    )
    op.create_index(
        op.f("ix_playbacks_media_id_began_at"), "playbacks", ["media_id", "began_at"], unique=False
    )
    op.create_index(op.f("ix_playbacks_began_at"), "playbacks", ["began_at"], unique=False)
    op.create_index(op.f("ix_playbacks_run_id"), "playbacks", ["run_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("playbacks")
