"""Uploads of enrolled creators: which there are, and which of them somebody has to start a run for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from pipeline_ops.catalog.creators import Creator, list_creators
from pipeline_ops.catalog.keys import backlog_run_id, upload_id
from pipeline_ops.catalog.recorder import record_asked
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.catalog.tables import OutcomeRow, RunRow, UploadRow
from pipeline_ops.catalog.upsert import upsert
from pipeline_ops.errors import SettingsError
from pipeline_ops.media_bucket import MediaFile


@dataclass(frozen=True, slots=True)
class Caps:
    """How many runs one backlog run may start; what is over the cap waits for the next."""

    per_creator: int
    in_all: int


@dataclass(frozen=True, slots=True)
class Start:
    """One run to be started: which upload of whom, into which languages."""

    run_id: str
    creator_id: str
    upload_id: str
    address: str
    languages: tuple[str, ...]


def served_creators(session: Session) -> tuple[Creator, ...]:
    """Return those whose uploads are translated by themselves, in order of id."""
    return tuple(creator for creator in list_creators(session) if creator.is_served)


def note_uploads(session: Session, creator_id: str, files: Iterable[MediaFile], now: datetime) -> int:
    """Write down the uploads of a creator, and return how many were not known."""
    new = 0
    for file in files:
        key = upload_id(file.name, file.uploaded_at)
        new += session.get(UploadRow, key) is None
        values = {
            "id": key,
            "creator_id": creator_id,
            "address": file.name,
            "size_bytes": file.size_bytes,
            "uploaded_at": file.uploaded_at,
            "found_at": now,
        }
        upsert(session, UploadRow, values, keep=tuple(values))
    return new


def choose_uploads(
    session: Session, started_by: str, caps: Caps, *, until: datetime, now: datetime
) -> tuple[Start, ...]:
    """Choose the uploads that a backlog run starts, the oldest of each creator first, and note them as asked.

    Called again for the same backlog run it chooses the same ones, and more only where the caps allow.
    Creators take turns, so that the cap in all shuts nobody out.

    Args:
        session: A writing one.
        started_by: The backlog run.
        caps: How many.
        until: Only uploads from before this.
        now: The present time.
    """
    before = _started(session, started_by)
    chosen = list(before)
    queues = []
    for creator in served_creators(session):
        left = caps.per_creator - sum(start.creator_id == creator.id for start in before)
        if left > 0:
            queues.append(list(_waiting(session, creator, until, left)))
    turn = 0
    while any(queues) and len(chosen) < caps.in_all:
        queue = queues[turn % len(queues)]
        turn += 1
        if queue:
            chosen.append(queue.pop(0))
    for start in chosen[len(before) :]:
        order = RunOrder(
            start.run_id,
            requested_at=now,
            origin="backlog",
            creator_id=start.creator_id,
            upload_id=start.upload_id,
            started_by=started_by,
        )
        record_asked(session, order, start.languages)
    return tuple(chosen)


def check_upload(session: Session, upload: str, creator_id: str | None) -> None:
    """Make sure that an upload is one of a creator's.

    Raises:
        SettingsError: it is not.
    """
    row = session.get(UploadRow, upload)
    if row is None or row.creator_id != creator_id:
        message = f"The catalog knows no upload {upload[:64]!r} of creator {creator_id!r}."
        raise SettingsError(message)


def is_current() -> ColumnElement[bool]:
    """Tell whether no later upload has taken an upload's place in the bucket: then nobody can read it."""
    later = aliased(UploadRow)
    return ~(
        select(later.id)
        .where(
            later.creator_id == UploadRow.creator_id,  # so is the folder's: this lets the index be used
            later.address == UploadRow.address,
            later.uploaded_at > UploadRow.uploaded_at,
        )
        .exists()
    )


def _started(session: Session, started_by: str) -> tuple[Start, ...]:
    statement = (
        select(RunRow.id, RunRow.creator_id, RunRow.upload_id, UploadRow.address)
        .join(UploadRow, UploadRow.id == RunRow.upload_id)
        .where(RunRow.started_by == started_by)
        .order_by(RunRow.id)
    )
    return tuple(
        Start(run_id, creator, upload, address, _languages_of(session, run_id))
        for run_id, creator, upload, address in session.execute(statement)
        if creator is not None and upload is not None
    )


def _languages_of(session: Session, run_id: str) -> tuple[str, ...]:
    statement = select(OutcomeRow.language).where(OutcomeRow.run_id == run_id).order_by(OutcomeRow.language)
    return tuple(session.scalars(statement))


def _waiting(session: Session, creator: Creator, until: datetime, limit: int) -> Sequence[Start]:
    """Return runs for a creator's uploads that lack a language, the oldest upload first."""
    wanted = set(creator.languages)
    asked = (
        select(func.count(OutcomeRow.language.distinct()))
        .join(RunRow, RunRow.id == OutcomeRow.run_id)
        .where(
            RunRow.upload_id == UploadRow.id,
            RunRow.status != "lost",
            OutcomeRow.language.in_(wanted),
        )
        .scalar_subquery()
    )
    statement = (
        select(UploadRow)
        .where(
            UploadRow.creator_id == creator.id,
            UploadRow.uploaded_at < until,
            is_current(),
            asked < len(wanted),
        )
        .order_by(UploadRow.uploaded_at, UploadRow.address)
        .limit(limit)
    )
    starts = []
    for upload in session.scalars(statement).all():
        missing = tuple(sorted(wanted - _asked_languages(session, upload.id)))
        run_id = backlog_run_id(creator.id, upload.id, missing)
        starts.append(Start(run_id, creator.id, upload.id, upload.address, missing))
    return starts


def _asked_languages(session: Session, upload: str) -> set[str]:
    statement = (
        select(OutcomeRow.language)
        .join(RunRow, RunRow.id == OutcomeRow.run_id)
        .where(RunRow.upload_id == upload, RunRow.status != "lost")
    )
    return set(session.scalars(statement))
