"""Experiments on viewers: which ran, which arm a view met; daily totals of playbacks that are not kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0050"

MOMENT = sa.DateTime(timezone=True)
COUNTS = ("views", "given", "chosen", "started", "finished", "stalls")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "experiments",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("is_running", sa.Boolean(), nullable=True),
        sa.Column("started_by", sa.String(200), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.String(200), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.UniqueConstraint("is_running"),
    )
    op.add_column("playbacks", sa.Column("finished", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("playbacks", sa.Column("experiment", sa.String(64), nullable=True))
    op.add_column("playbacks", sa.Column("arm", sa.String(64), nullable=True))
    op.add_column("playbacks", sa.Column("lot", sa.Integer(), nullable=True))
    op.create_index("ix_playbacks_experiment", "playbacks", ["experiment"])
    op.create_table(
        "playback_days",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column(
            "media_id",
            sa.String(64),
            sa.ForeignKey("media.id", name="fk_playback_days_media_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("track", sa.String(35), primary_key=True),
        sa.Column("run_id", sa.String(250), primary_key=True),
        sa.Column("experiment", sa.String(64), primary_key=True),
        sa.Column("arm", sa.String(64), primary_key=True),
        sa.Column("language", sa.String(35), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("stalled_s", sa.Double(), nullable=False),
        sa.Column("watched_s", sa.Double(), nullable=False),
    )
    op.create_index("ix_playback_days_media_id", "playback_days", ["media_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("playback_days")
    op.drop_index("ix_playbacks_experiment", "playbacks")
    for column in ("lot", "arm", "experiment", "finished"):
        op.drop_column("playbacks", column)
    op.drop_table("experiments")
