"""The catalog's tables of trust: reports, consents, the audit log, takedowns (`docs/trust.md`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline_ops.catalog.tables import LONGEST_MESSAGE, Base

ReportReason = Literal[
    "wrong_meaning", "offensive", "wrong_voice", "bad_lips", "bad_sound", "not_agreed", "other"
]
"""`wrong_meaning`: it says something else than the original. `offensive`: it adds what is not said there.
`not_agreed`: somebody's voice or face is used against their will."""

ReportState = Literal["open", "upheld", "dismissed"]

Use = Literal["dub", "voice", "lips"]
"""What a creator agrees to: being dubbed at all, in a voice like their own, with their lips changed."""

TakedownKind = Literal["translation", "creator"]

TakedownStep = Literal["unpublish", "unlink", "erase", "sweep", "clear", "forget", "sign", "done"]
"""What is to be done next; the order is that of the work (`pipeline_ops/takedown/`)."""


class ReportRow(Base):
    """What somebody who watched a translation says is wrong with it.

    Attributes:
        run_id: With the language, the translation that they saw; it may have been replaced since.
        at_s: Where in the video, None where they did not say.
        text: In their words; may be empty.
        reporter: A salted hash that tells reporters apart and names nobody.
        decided_by: Who upheld or dismissed it.
    """

    __tablename__ = "reports"
    __table_args__ = (Index(None, "state", "reported_at"), Index(None, "media_id", "language"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(250))
    language: Mapped[str] = mapped_column(String(35))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    creator_id: Mapped[str | None] = mapped_column(ForeignKey("creators.id"), index=True)
    reason: Mapped[ReportReason] = mapped_column(String(20))
    at_s: Mapped[float | None]
    text: Mapped[str] = mapped_column(String(1000))
    reporter: Mapped[str] = mapped_column(String(64))
    state: Mapped[ReportState] = mapped_column(String(20))
    reported_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))


class ConsentRow(Base):
    """That a creator agreed to one use; at most one of each use is in force.

    Attributes:
        text_version: Which text they agreed to.
        given_by: Who recorded it: the creator, or somebody who holds their word.
        revoked_at: None while it is in force.
    """

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_in_force",
            "creator_id",
            "use",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    creator_id: Mapped[str] = mapped_column(ForeignKey("creators.id"), index=True)
    use: Mapped[Use] = mapped_column(String(10))
    text_version: Mapped[str] = mapped_column(String(100))
    given_by: Mapped[str] = mapped_column(String(200))
    given_at: Mapped[datetime]
    revoked_by: Mapped[str | None] = mapped_column(String(200))
    revoked_at: Mapped[datetime | None]


class AuditRow(Base):
    """One decision. Rows are only ever added: the database refuses changes, and the chain shows them.

    Attributes:
        who: A person, or a part of the platform.
        what: What was done, such as `published`.
        subject: To what: a translation, a creator, a report.
        why: In a sentence; may be empty.
        details: More of it, as plain JSON.
        previous: The digest of the row before.
        digest: The sha256 of all the rest.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "subject"),)

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(300))
    why: Mapped[str] = mapped_column(String(LONGEST_MESSAGE))
    details: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHeadRow(Base):
    """Where the audit log ends, signed: without it, rows taken from the end would not show.

    Attributes:
        id: Always 1: there is one row, which is locked by whoever adds to the log.
        signature: Over sequence and digest (`safety/signatures.py`); empty where nothing was added yet.
        key_id: Which key signed.
    """

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(100))
    key_id: Mapped[str] = mapped_column(String(32))


class TakedownRow(Base):
    """Something that is deleted for good: a job of several steps, and afterwards its tombstone.

    From its first moment it keeps what it names from being made again. It outlives all that it erases, so it
    refers to no other row.

    Attributes:
        creator_id: Whose; None for a video that was handed in without a creator.
        media_id: The video whose translation goes; None where a whole creator does.
        source: That video's `ingest/<key>`.
        language: Into which language the translation is.
        step: What is to be done next.
        plan: What was found to belong to it before the first step: run ids, checkpoints, publications.
        error: Why the last try did not get further.
        tombstone: What was erased, by number and digest, once it is done.
        signature: Over the tombstone.
        lifted_by: Who allowed that it is made again.
    """

    __tablename__ = "takedowns"
    __table_args__ = (Index(None, "media_id", "language"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[TakedownKind] = mapped_column(String(20))
    creator_id: Mapped[str | None] = mapped_column(String(64), index=True)
    media_id: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[str | None] = mapped_column(String(100), index=True)
    language: Mapped[str | None] = mapped_column(String(35))
    asked_by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(LONGEST_MESSAGE))
    step: Mapped[TakedownStep] = mapped_column(String(20), index=True)
    plan: Mapped[dict[str, Any]]
    error: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))
    tombstone: Mapped[dict[str, Any]]
    signature: Mapped[str | None] = mapped_column(String(100))
    key_id: Mapped[str | None] = mapped_column(String(32))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(200))
    lifted_at: Mapped[datetime | None]
