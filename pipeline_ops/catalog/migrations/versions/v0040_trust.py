"""Reports, consents, the audit log, takedowns; why a translation is held and what it uses of its creator."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0020"

NOTHING_BEFORE = "0" * 64
BEFORE_THIS = "agreed before uses were told apart"


def upgrade() -> None:
    """Apply. Whoever had agreed to be dubbed has agreed to that, and to neither voice nor lips."""
    _reports()
    _consents()
    _audit_log()
    _takedowns()
    op.add_column("translations", sa.Column("uses", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("translations", sa.Column("held_because", sa.String(length=2000), nullable=True))
    with op.batch_alter_table("translations") as table:
        table.alter_column("uses", server_default=None)
    op.execute(
        "INSERT INTO consents (id, creator_id, use, text_version, given_by, given_at)"  # noqa: S608
        f" SELECT 'before-' || substr(id, 1, 25), id, 'dub', '{BEFORE_THIS}', 'dubwright', consented_at"
        " FROM creators WHERE consented_at IS NOT NULL"
    )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("translations") as table:
        table.drop_column("held_because")
        table.drop_column("uses")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_log_append_only ON audit_log")
        op.execute("DROP FUNCTION audit_log_is_append_only")
    for table_name in ("takedowns", "audit_head", "audit_log", "consents", "reports"):
        op.drop_table(table_name)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("media_id", sa.String(length=64), nullable=False),
        sa.Column("creator_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("reporter", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["creators.id"], name=op.f("fk_reports_creator_id")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_reports_media_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_creator_id"), "reports", ["creator_id"], unique=False)
    op.create_index(op.f("ix_reports_media_id_language"), "reports", ["media_id", "language"], unique=False)
    op.create_index(op.f("ix_reports_state_reported_at"), "reports", ["state", "reported_at"], unique=False)


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("creator_id", sa.String(length=64), nullable=False),
        sa.Column("use", sa.String(length=10), nullable=False),
        sa.Column("text_version", sa.String(length=100), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(length=200), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["creators.id"], name=op.f("fk_consents_creator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_creator_id"), "consents", ["creator_id"], unique=False)
    op.create_index(
        "uq_consents_in_force",
        "consents",
        ["creator_id", "use"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("why", sa.String(length=2000), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_log")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_log_digest")),
    )
    op.create_index(op.f("ix_audit_log_subject"), "audit_log", ["subject"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.execute(
        "INSERT INTO audit_head (id, sequence, digest, signature, key_id)"  # noqa: S608
        f" VALUES (1, 0, '{NOTHING_BEFORE}', '', '')"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only()"
        )
    else:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_log_no_{change.lower()} BEFORE {change} ON audit_log"
                " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )


def _takedowns() -> None:
    op.create_table(
        "takedowns",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("creator_id", sa.String(length=64), nullable=True),
        sa.Column("media_id", sa.String(length=64), nullable=True),
        sa.Column("source", sa.String(length=100), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(length=2000), nullable=True),
        sa.Column("tombstone", sa.JSON(), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=True),
        sa.Column("key_id", sa.String(length=32), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedowns")),
    )
    op.create_index(op.f("ix_takedowns_creator_id"), "takedowns", ["creator_id"], unique=False)
    op.create_index(op.f("ix_takedowns_source"), "takedowns", ["source"], unique=False)
    op.create_index(op.f("ix_takedowns_step"), "takedowns", ["step"], unique=False)
    op.create_index(
        op.f("ix_takedowns_media_id_language"), "takedowns", ["media_id", "language"], unique=False
    )
