"""Files that creators send: begun, given up, found to be uploads or none (`studio_tables.py`)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.keys import upload_id
from pipeline_ops.catalog.studio_tables import UNDER_WAY, ArrivalRow, ArrivalState
from pipeline_ops.catalog.uploads import note_uploads
from pipeline_ops.media_bucket import MediaFile

LONGEST_FILE_NAME = 255
"""Characters: what file systems take."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file on its way in; `ArrivalRow` tells what each is."""

    id: str
    creator_id: str
    file_name: str
    size_bytes: int
    sha256: str | None
    part_bytes: int
    state: ArrivalState
    upload_id: str | None
    reason_code: str | None
    message: str | None
    created_at: datetime
    active_at: datetime
    ended_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        """Whether it is neither an upload nor given up yet."""
        return self.state in UNDER_WAY

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return -(-self.size_bytes // self.part_bytes)

    def part_size_bytes(self, number: int) -> int:
        """Return the size of a part, counted from 1.

        Raises:
            ValueError: there is no part of that number.
        """
        if not 1 <= number <= self.parts:
            message = f"The upload has parts 1 to {self.parts}; there is no part {number}."
            raise ValueError(message)
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)

    @property
    def final_address(self) -> str:
        """The name that it has in the media bucket once it is an upload: nothing of it comes from outside."""
        return f"{self.creator_id}/{self.id}"


def begin_arrival(
    session: Session,
    creator_id: str,
    *,
    file_name: str,
    size_bytes: int,
    part_bytes: int,
    sha256: str | None,
    now: datetime,
) -> Arrival:
    """Note that a creator is about to send a file."""
    row = ArrivalRow(
        id=secrets.token_hex(16),
        creator_id=creator_id,
        file_name=file_name[:LONGEST_FILE_NAME],
        size_bytes=size_bytes,
        sha256=sha256,
        part_bytes=part_bytes,
        state="open",
        created_at=now,
        active_at=now,
    )
    session.add(row)
    session.flush()
    return _arrival(row)


def get_arrival(session: Session, arrival_id: str, creator_id: str) -> Arrival | None:
    """Return a creator's own arrival, None where they have none of that id."""
    row = session.get(ArrivalRow, arrival_id)
    return _arrival(row) if row is not None and row.creator_id == creator_id else None


def arrivals_of(session: Session, creator_id: str, *, limit: int) -> tuple[Arrival, ...]:
    """Return a creator's arrivals, the latest first."""
    statement = (
        select(ArrivalRow)
        .where(ArrivalRow.creator_id == creator_id)
        .order_by(ArrivalRow.created_at.desc(), ArrivalRow.id)
        .limit(limit)
    )
    return tuple(_arrival(row) for row in session.scalars(statement))


def arrivals_under_way(
    session: Session, *, state: ArrivalState | None = None, silent_since: datetime | None = None
) -> Sequence[Arrival]:
    """Return what has not ended: all, those in a state, those silent since a time."""
    statement = select(ArrivalRow).where(ArrivalRow.state.in_(UNDER_WAY)).order_by(ArrivalRow.active_at)
    if state is not None:
        statement = statement.where(ArrivalRow.state == state)
    if silent_since is not None:
        statement = statement.where(ArrivalRow.active_at < silent_since)
    return tuple(_arrival(row) for row in session.scalars(statement))


def count_under_way(session: Session, creator_id: str) -> int:
    """Return how many files a creator is sending."""
    statement = select(func.count()).where(
        ArrivalRow.creator_id == creator_id, ArrivalRow.state.in_(UNDER_WAY)
    )
    return session.scalar(statement) or 0


def note_activity(
    session: Session, arrival_id: str, now: datetime, state: ArrivalState | None = None
) -> None:
    """Note that the sender was heard of, and that the arrival is in another state where one is named."""
    row = session.get(ArrivalRow, arrival_id, with_for_update=True)
    if row is not None and row.state in UNDER_WAY:
        row.active_at = now
        row.state = state or row.state


def become_upload(session: Session, arrival_id: str, file: MediaFile, now: datetime) -> Arrival:
    """Note that what arrived is an upload; one that has ended stays as it ended."""
    row = session.get_one(ArrivalRow, arrival_id, with_for_update=True)
    if row.state in UNDER_WAY:
        note_uploads(session, row.creator_id, [file], now)
        row.upload_id = upload_id(file.name, file.uploaded_at)
        row.state, row.ended_at = "ready", now
        session.flush()
    return _arrival(row)


def end_arrival(
    session: Session,
    arrival_id: str,
    state: ArrivalState,
    now: datetime,
    *,
    reason_code: str | None = None,
    message: str | None = None,
) -> Arrival:
    """Note that an arrival came to nothing, and why; one that has ended stays as it ended."""
    row = session.get_one(ArrivalRow, arrival_id, with_for_update=True)
    if row.state in UNDER_WAY:
        row.state, row.ended_at, row.reason_code, row.message = state, now, reason_code, message
        session.flush()
    return _arrival(row)


def file_names(session: Session, uploads: Sequence[str]) -> dict[str, str]:
    """Return what their senders called files, by upload; those that came in another way are left out."""
    statement = select(ArrivalRow.upload_id, ArrivalRow.file_name).where(ArrivalRow.upload_id.in_(uploads))
    return {upload: name for upload, name in session.execute(statement) if upload is not None}


def _arrival(row: ArrivalRow) -> Arrival:
    return Arrival(
        id=row.id,
        creator_id=row.creator_id,
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        part_bytes=row.part_bytes,
        state=row.state,
        upload_id=row.upload_id,
        reason_code=row.reason_code,
        message=row.message,
        created_at=row.created_at,
        active_at=row.active_at,
        ended_at=row.ended_at,
    )
