"""Human ratings: campaigns, clips, raters, tasks, answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0040"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "rating_campaigns",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("headphones_wanted", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "rating_clips",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign_id", sa.String(64), _of("rating_campaigns"), nullable=False),
        sa.Column("content", sa.String(200), nullable=False),
        sa.Column("system", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("expected", sa.Double(), nullable=True),
        sa.Column("file", sa.String(200), nullable=True),
        sa.Column("original", sa.String(200), nullable=True),
        sa.Column("original_text", sa.String(2000), nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("run_id", sa.String(250), nullable=True),
        sa.Column("language", sa.String(35), nullable=True),
        sa.UniqueConstraint("campaign_id", "content", "system", "role"),
    )
    op.create_table(
        "rating_raters",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign_id", sa.String(64), _of("rating_campaigns"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=True),
        sa.Column("agreed_at", MOMENT, nullable=True),
        sa.Column("headphones_passed", sa.Boolean(), nullable=True),
        sa.Column("headphones_attempts", sa.Integer(), nullable=False),
        sa.Column("headphones_seed", sa.String(64), nullable=False),
        sa.UniqueConstraint("campaign_id", "name"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_table(
        "rating_tasks",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("rater_id", sa.String(64), _of("rating_raters"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.String(64), _of("rating_clips"), nullable=False),
        sa.Column("other_clip_id", sa.String(64), _of("rating_clips"), nullable=True),
        sa.Column("shown_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.UniqueConstraint("rater_id", "position"),
    )
    op.create_index("ix_rating_tasks_clip_id", "rating_tasks", ["clip_id"])
    op.create_table(
        "rating_answers",
        sa.Column("task_id", sa.String(64), _of("rating_tasks"), primary_key=True),
        sa.Column("dimension", sa.String(40), primary_key=True),
        sa.Column("value", sa.Integer(), nullable=True),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("rating_answers", "rating_tasks", "rating_raters", "rating_clips", "rating_campaigns"):
        op.drop_table(table)


def _of(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
