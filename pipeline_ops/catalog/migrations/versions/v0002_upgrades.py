"""Upgrades of models, the runs that they are made of, and what was decided about each translation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "upgrades",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("capability", sa.String(length=64), nullable=False),
        sa.Column("model_id", sa.String(length=200), nullable=False),
        sa.Column("old_model_id", sa.String(length=200), nullable=True),
        sa.Column("creator_id", sa.String(length=64), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("approval_wanted", sa.Boolean(), nullable=False),
        sa.Column("tolerances", sa.JSON(), nullable=False),
        sa.Column("waves", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["creators.id"], name=op.f("fk_upgrades_creator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upgrades")),
    )
    op.create_index(op.f("ix_upgrades_state"), "upgrades", ["state"], unique=False)
    op.create_table(
        "upgrade_runs",
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.Column("upgrade_id", sa.String(length=100), nullable=False),
        sa.Column("replaces", sa.String(length=250), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("conf", sa.JSON(), nullable=False),
        sa.Column("planned_stages", sa.JSON(), nullable=False),
        sa.Column("estimated_cpu_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upgrade_id"], ["upgrades.id"], name=op.f("fk_upgrade_runs_upgrade_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_upgrade_runs")),
    )
    op.create_index(op.f("ix_upgrade_runs_replaces"), "upgrade_runs", ["replaces"], unique=False)
    op.create_index(
        op.f("ix_upgrade_runs_upgrade_id_wave"), "upgrade_runs", ["upgrade_id", "wave"], unique=False
    )
    op.create_table(
        "upgrade_items",
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["upgrade_runs.run_id"], name=op.f("fk_upgrade_items_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "language", name=op.f("pk_upgrade_items")),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("upgrade_items", "upgrade_runs", "upgrades"):
        op.drop_table(table)
