"""Tables of the studio, where creators look after their own: their tokens, and files on their way in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from pipeline_ops.catalog.tables import LONGEST_MESSAGE, Base

ArrivalState = Literal["open", "checking", "ready", "rejected", "cancelled", "abandoned"]
"""`open`: parts come in. `checking`: all came, and what came is looked at. The others are ends: `ready` is an
upload, `rejected` none that we take, `cancelled` was given up by its sender, `abandoned` by housekeeping."""

UNDER_WAY: tuple[ArrivalState, ...] = ("open", "checking")


class CreatorTokenRow(Base):
    """What lets a program or a browser act for one creator.

    Attributes:
        id: For lists and for revoking; says nothing of the token.
        digest: The token's sha256; the token itself is shown once and kept nowhere.
        name: What its owner calls it.
        scopes: What it may do (`tokens.Scope`).
        last_used_at: To the minute.
    """

    __tablename__ = "creator_tokens"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    creator_id: Mapped[str] = mapped_column(ForeignKey("creators.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ArrivalRow(Base):
    """A file that a creator sends, from its first part until it is an upload, or is none.

    Attributes:
        id: Made by us; also the name of the object in the bucket.
        file_name: What its sender calls it: shown, and never made into a name of ours.
        sha256: Of its content, where the sender told.
        part_bytes: The size of every part but the last.
        upload_id: What it became.
        reason_code: Why it was rejected.
        active_at: When its sender was last heard of.
    """

    __tablename__ = "arrivals"
    __table_args__ = (Index(None, "creator_id", "created_at"), Index(None, "state", "active_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    creator_id: Mapped[str] = mapped_column(ForeignKey("creators.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    part_bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[ArrivalState] = mapped_column(String(20))
    upload_id: Mapped[str | None] = mapped_column(ForeignKey("uploads.id"), index=True)
    reason_code: Mapped[str | None] = mapped_column(String(64))
    message: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))
    created_at: Mapped[datetime]
    active_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
