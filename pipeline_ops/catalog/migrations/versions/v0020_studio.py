"""Tokens of creators, and files on their way into the media bucket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "creator_tokens",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("creator_id", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.id"], name="fk_creator_tokens_creator_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_creator_tokens"),
        sa.UniqueConstraint("digest", name="uq_creator_tokens_digest"),
    )
    op.create_index("ix_creator_tokens_creator_id", "creator_tokens", ["creator_id"])
    op.create_table(
        "arrivals",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("creator_id", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("part_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("upload_id", sa.String(64)),
        sa.Column("reason_code", sa.String(64)),
        sa.Column("message", sa.String(2000)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["creator_id"], ["creators.id"], name="fk_arrivals_creator_id"),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name="fk_arrivals_upload_id"),
        sa.PrimaryKeyConstraint("id", name="pk_arrivals"),
    )
    op.create_index("ix_arrivals_creator_id_created_at", "arrivals", ["creator_id", "created_at"])
    op.create_index("ix_arrivals_state_active_at", "arrivals", ["state", "active_at"])
    op.create_index("ix_arrivals_upload_id", "arrivals", ["upload_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("arrivals")
    op.drop_table("creator_tokens")
