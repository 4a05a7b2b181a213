"""Creators, media, requests, runs, outcomes, stages, translations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "creators",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("enrolled", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("glossary", sa.JSON(), nullable=False),
        sa.Column("review_wanted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creators")),
    )
    op.create_table(
        "media",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("creator_id", sa.String(length=64), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("source_language", sa.String(length=35), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["creator_id"], ["creators.id"], name=op.f("fk_media_creator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_creator_id"), "media", ["creator_id"], unique=False)
    op.create_index(op.f("ix_media_source"), "media", ["source"], unique=False)
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("media_id", sa.String(length=64), nullable=False),
        sa.Column("target_languages", sa.JSON(), nullable=False),
        sa.Column("profile", sa.String(length=100), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("stage_parameters", sa.JSON(), nullable=False),
        sa.Column("first_asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_requests_media_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_media_id"), "requests", ["media_id"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("creator_id", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("media_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["creators.id"], name=op.f("fk_uploads_creator_id")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_uploads_media_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(
        op.f("ix_uploads_creator_id_uploaded_at"), "uploads", ["creator_id", "uploaded_at"], unique=False
    )
    op.create_index(op.f("ix_uploads_media_id"), "uploads", ["media_id"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=250), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("creator_id", sa.String(length=64), nullable=True),
        sa.Column("upload_id", sa.String(length=64), nullable=True),
        sa.Column("media_id", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("started_by", sa.String(length=250), nullable=True),
        sa.Column("reason_code", sa.String(length=64), nullable=True),
        sa.Column("message", sa.String(length=2000), nullable=True),
        sa.Column("report", sa.String(length=100), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["creators.id"], name=op.f("fk_runs_creator_id")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_runs_media_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_runs_request_id")),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_runs_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_creator_id"), "runs", ["creator_id"], unique=False)
    op.create_index(op.f("ix_runs_media_id"), "runs", ["media_id"], unique=False)
    op.create_index(op.f("ix_runs_request_id"), "runs", ["request_id"], unique=False)
    op.create_index(op.f("ix_runs_started_by"), "runs", ["started_by"], unique=False)
    op.create_index(op.f("ix_runs_status_ended_at"), "runs", ["status", "ended_at"], unique=False)
    op.create_index(op.f("ix_runs_upload_id"), "runs", ["upload_id"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=True),
        sa.Column("message", sa.String(length=2000), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_outcomes_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "language", name=op.f("pk_outcomes")),
    )
    op.create_index(op.f("ix_outcomes_language_status"), "outcomes", ["language", "status"], unique=False)
    op.create_table(
        "stages",
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("checkpoint", sa.String(length=140), nullable=True),
        sa.Column("reused", sa.Boolean(), nullable=False),
        sa.Column("stage_version", sa.Integer(), nullable=True),
        sa.Column("model_id", sa.String(length=200), nullable=True),
        sa.Column("weights_digest", sa.String(length=64), nullable=True),
        sa.Column("wall_s", sa.Double(), nullable=True),
        sa.Column("cpu_s", sa.Double(), nullable=True),
        sa.Column("peak_memory_mb", sa.Double(), nullable=True),
        sa.Column("bytes_written", sa.BigInteger(), nullable=True),
        sa.Column("reason_code", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_stages_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "stage", "language", name=op.f("pk_stages")),
    )
    op.create_index(op.f("ix_stages_model_id_stage"), "stages", ["model_id", "stage"], unique=False)
    op.create_table(
        "translations",
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("media_id", sa.String(length=64), nullable=False),
        sa.Column("creator_id", sa.String(length=64), nullable=True),
        sa.Column("checkpoint", sa.String(length=140), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["creators.id"], name=op.f("fk_translations_creator_id")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_translations_media_id")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_translations_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "language", name=op.f("pk_translations")),
    )
    op.create_index(op.f("ix_translations_creator_id"), "translations", ["creator_id"], unique=False)
    op.create_index(
        op.f("ix_translations_media_id_language_state"),
        "translations",
        ["media_id", "language", "state"],
        unique=False,
    )
    op.create_index(op.f("ix_translations_state_made_at"), "translations", ["state", "made_at"], unique=False)
    op.create_index(
        "uq_translations_published",
        "translations",
        ["media_id", "language"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("translations", "stages", "outcomes", "runs", "uploads", "requests", "media", "creators"):
        op.drop_table(table)
