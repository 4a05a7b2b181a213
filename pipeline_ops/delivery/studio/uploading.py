"""A creator's uploads, step by step: begun, sent in parts, completed, given up. Nothing here knows HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath

from pipeline_ops.catalog.arrivals import (
    Arrival,
    arrivals_of,
    begin_arrival,
    count_under_way,
    end_arrival,
    get_arrival,
    note_activity,
)
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.delivery.studio.inspection import Inspector, media_limits
from pipeline_ops.delivery.studio.problems import StudioProblem, conflict, not_found, unprocessable
from pipeline_ops.incoming.storage import IncomingStorage, Part, part_bytes_for
from pipeline_ops.settings import Settings
from pipeline_ops.verdicts import rejection

MOST_UNDER_WAY = 20
"""Uploads of one creator at a time: each may hold the largest size in the bucket until it is given up."""

MOST_SHOWN = 50

MOST_ADDRESSES = 100
"""Addresses of parts in one answer: what a browser sends in some minutes."""

ADDRESS_HOLDS_S = 3600.0
"""Long enough for a part over a slow line; one that has run out is asked for again."""

TAKEN_TYPES = ("video/", "application/mp4", "application/mxf", "application/ogg", "application/octet-stream")
"""What a file may be said to be. What it is, its content tells, once it is there."""

REJECTED_SIZE = 413
REJECTED_TYPE = 415


@dataclass(frozen=True, slots=True)
class UploadStanding:
    """An upload, the parts of it that came, and how many bytes these are."""

    arrival: Arrival
    parts: tuple[Part, ...]

    @property
    def received_bytes(self) -> int:
        """How much of it has come."""
        if self.arrival.state == "open":
            return sum(part.size_bytes for part in self.parts)
        return self.arrival.size_bytes

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the parts that have not come, or not of their size."""
        if self.arrival.state != "open":
            return ()
        found = {part.number: part.size_bytes for part in self.parts}
        numbers = range(1, self.arrival.parts + 1)
        return tuple(each for each in numbers if found.get(each) != self.arrival.part_size_bytes(each))


@dataclass(frozen=True, slots=True)
class PartAddress:
    """Where a part is to be PUT; `address` is None where it comes to the studio itself."""

    number: int
    size_bytes: int
    address: str | None


@dataclass(frozen=True)
class Uploads:
    """The uploads of one deployment; every method is about one creator's own, and finds no other's."""

    settings: Settings
    catalog: CatalogDatabase
    incoming: IncomingStorage
    inspector: Inspector

    def begin(
        self, creator_id: str, *, file_name: str, size_bytes: int, media_type: str, sha256: str | None
    ) -> UploadStanding:
        """Begin to take a file.

        Raises:
            StudioProblem: it is too large or no video by its own account, or there are too many under way.
        """
        limit_bytes = media_limits(self.settings).max_size_bytes
        if size_bytes > limit_bytes:
            too_large = rejection("too_large", size_mb=size_bytes / 1e6, limit_mb=limit_bytes / 1e6)
            raise StudioProblem(REJECTED_SIZE, too_large.reason_code, str(too_large))
        if media_type and not media_type.lower().startswith(TAKEN_TYPES):
            raise StudioProblem(REJECTED_TYPE, "not_a_video", "This is no video by what it is said to be.")
        with self.catalog.writing() as session:
            if count_under_way(session, creator_id) >= MOST_UNDER_WAY:
                sentence = f"You are sending {MOST_UNDER_WAY} files already. Finish or cancel one first."
                raise conflict("too_many_uploads", sentence)
            # The row first: whatever is begun in the bucket is known to housekeeping.
            arrival = begin_arrival(
                session,
                creator_id,
                file_name=plain_file_name(file_name),
                size_bytes=size_bytes,
                part_bytes=part_bytes_for(size_bytes),
                sha256=sha256,
                now=datetime.now(UTC),
            )
        self.incoming.begin(arrival.id)
        return UploadStanding(arrival, ())

    def list(self, creator_id: str) -> tuple[Arrival, ...]:
        """Return the latest uploads, however they ended."""
        with self.catalog.reading() as session:
            return arrivals_of(session, creator_id, limit=MOST_SHOWN)

    def get(self, creator_id: str, arrival_id: str) -> UploadStanding:
        """Return how an upload stands; one whose inspection was cut off is looked at again.

        Raises:
            StudioProblem: they have none of that id.
        """
        arrival = self._own(creator_id, arrival_id)
        if arrival.state == "checking":
            self.inspector.begin(arrival)
        parts = self.incoming.parts(arrival.id) if arrival.state == "open" else ()
        return UploadStanding(arrival, parts)

    def addresses(self, creator_id: str, arrival_id: str, numbers: Sequence[int]) -> tuple[PartAddress, ...]:
        """Return where parts are to be sent.

        Raises:
            StudioProblem: they have no such upload, it takes no parts any more, or has no such part.
        """
        arrival = self._open(creator_id, arrival_id)
        sizes_bytes = [_part_size_bytes(arrival, number) for number in numbers]
        try:
            signed = self.incoming.signed_addresses(arrival.id, numbers, ADDRESS_HOLDS_S)
        except FileNotFoundError:  # killed between its row and its beginning in the bucket: begun now
            self.incoming.begin(arrival.id)
            signed = self.incoming.signed_addresses(arrival.id, numbers, ADDRESS_HOLDS_S)
        self._note_activity(arrival)
        places = signed or (None,) * len(numbers)
        return tuple(itertools.starmap(PartAddress, zip(numbers, sizes_bytes, places, strict=True)))

    def expect_part(self, creator_id: str, arrival_id: str, number: int) -> tuple[Arrival, int]:
        """Return the upload to which a part comes through the studio, and the size that it must have.

        Raises:
            StudioProblem: they have no such upload, it takes no such part, or takes parts elsewhere.
        """
        arrival = self._open(creator_id, arrival_id)
        size_bytes = _part_size_bytes(arrival, number)
        if self.incoming.upload_origin is not None:
            raise conflict("sent_elsewhere", "Parts go to the addresses that are given for them.")
        return arrival, size_bytes

    def take_part(self, arrival: Arrival, number: int, content: Iterable[bytes]) -> None:
        """Keep a part that comes through the studio."""
        try:
            self.incoming.put_part(arrival.id, number, content)
        except FileNotFoundError:  # cancelled while the part came, or never begun: the sender asks again
            raise not_found() from None
        self._note_activity(arrival)

    def complete(self, creator_id: str, arrival_id: str) -> UploadStanding:
        """Say that all parts were sent: what came is looked at. Said again it changes nothing.

        Raises:
            StudioProblem: they have no such upload, it was given up, or parts are missing.
        """
        arrival = self._own(creator_id, arrival_id)
        if arrival.state == "open":
            standing = UploadStanding(arrival, self.incoming.parts(arrival.id))
            if standing.missing:
                named = ", ".join(map(str, standing.missing[:10]))
                raise conflict("parts_missing", f"Parts are missing or have another size: {named}.")
            with self.catalog.writing() as session:
                note_activity(session, arrival.id, datetime.now(UTC), "checking")
        elif arrival.state in {"cancelled", "abandoned"}:
            raise conflict("given_up", "This upload was given up. Please begin anew.")
        return self.get(creator_id, arrival_id)

    def cancel(self, creator_id: str, arrival_id: str) -> None:
        """Give up an upload, and remove what came of it; one that has ended stays as it ended.

        Raises:
            StudioProblem: they have no such upload, or it is looked at just now.
        """
        arrival = self._own(creator_id, arrival_id)
        if arrival.state == "checking":
            raise conflict("being_checked", "All of it has come, and it is being looked at.")
        if arrival.state != "open":
            return
        with self.catalog.writing() as session:
            ended = end_arrival(session, arrival.id, "cancelled", datetime.now(UTC))
        if ended.state == "cancelled":
            self.incoming.discard(arrival.id)

    def _own(self, creator_id: str, arrival_id: str) -> Arrival:
        with self.catalog.reading() as session:
            arrival = get_arrival(session, arrival_id, creator_id)
        if arrival is None:
            raise not_found()
        return arrival

    def _open(self, creator_id: str, arrival_id: str) -> Arrival:
        arrival = self._own(creator_id, arrival_id)
        if arrival.state != "open":
            raise conflict("takes_no_parts", "This upload takes no parts any more.")
        return arrival

    def _note_activity(self, arrival: Arrival) -> None:
        with self.catalog.writing() as session:
            note_activity(session, arrival.id, datetime.now(UTC))


def plain_file_name(file_name: str) -> str:
    """Return the last part of what a sender calls a file, for people: no folders, nothing unprintable."""
    last = PureWindowsPath(PurePosixPath(file_name).name).name
    printable = "".join(character for character in last if character.isprintable()).strip()
    return printable or "video"


def _part_size_bytes(arrival: Arrival, number: int) -> int:
    try:
        return arrival.part_size_bytes(number)
    except ValueError as error:
        raise unprocessable("no_such_part", str(error)) from None
