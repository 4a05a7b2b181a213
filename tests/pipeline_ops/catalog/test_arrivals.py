from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.catalog.arrivals import (
    Arrival,
    arrivals_of,
    arrivals_under_way,
    become_upload,
    begin_arrival,
    count_under_way,
    end_arrival,
    file_names,
    get_arrival,
    note_activity,
)
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.tables import UploadRow
from pipeline_ops.media_bucket import MediaFile
from tests.pipeline_ops.catalog.making import ANN, NOW, upload_of

HOUR = timedelta(hours=1)


@pytest.fixture
def begun(catalog: CatalogDatabase) -> Arrival:
    """A file that Ann has begun to send."""
    with catalog.writing() as session:
        put_creator(session, ANN)
        put_creator(session, Creator("bob", "Bob"))
        return begin_arrival(
            session, "ann", file_name="talk.mp4", size_bytes=25, part_bytes=10, sha256=None, now=NOW
        )


@given(size_bytes=st.integers(1, 10**13), part_bytes=st.integers(1 << 20, 1 << 33))
def test_the_parts_of_a_file_are_the_file(size_bytes: int, part_bytes: int) -> None:
    arrival = Arrival(
        "0", "ann", "talk.mp4", size_bytes, None, part_bytes, "open", None, None, None, NOW, NOW, None
    )
    last = arrival.part_size_bytes(arrival.parts)
    assert (arrival.parts - 1) * part_bytes + last == size_bytes
    assert 0 < last <= part_bytes
    for number in (0, arrival.parts + 1):
        with pytest.raises(ValueError, match="no part"):
            arrival.part_size_bytes(number)


def test_what_arrived_is_an_upload_once_and_keeps_its_senders_name(
    catalog: CatalogDatabase, begun: Arrival
) -> None:
    file = MediaFile(begun.final_address, 25, NOW)
    for moment in (NOW, NOW + HOUR):
        with catalog.writing() as session:
            ended = become_upload(session, begun.id, file, moment)
        assert (ended.state, ended.upload_id, ended.ended_at) == ("ready", upload_of(file.name), NOW)
    with catalog.reading() as session:
        assert session.get_one(UploadRow, ended.upload_id).creator_id == "ann"
        assert file_names(session, [str(ended.upload_id), "other"]) == {ended.upload_id: "talk.mp4"}
        assert count_under_way(session, "ann") == 0


def test_what_has_ended_stays_as_it_ended(catalog: CatalogDatabase, begun: Arrival) -> None:
    with catalog.writing() as session:
        end_arrival(session, begun.id, "cancelled", NOW)
        assert end_arrival(session, begun.id, "abandoned", NOW + HOUR, message="late").state == "cancelled"
        note_activity(session, begun.id, NOW + HOUR, "checking")
        file = MediaFile(begun.final_address, 25, NOW)
        assert become_upload(session, begun.id, file, NOW).state == "cancelled"
        assert session.get(UploadRow, upload_of(file.name)) is None
        (arrival,) = arrivals_of(session, "ann", limit=9)
    assert (arrival.state, arrival.message, arrival.active_at) == ("cancelled", None, NOW)


def test_an_arrival_is_its_creators_alone(catalog: CatalogDatabase, begun: Arrival) -> None:
    with catalog.reading() as session:
        assert get_arrival(session, begun.id, "ann") == begun
        assert get_arrival(session, begun.id, "bob") is None
        assert arrivals_of(session, "bob", limit=9) == ()
        assert count_under_way(session, "bob") == 0


def test_silence_is_counted_from_when_the_sender_was_last_heard_of(
    catalog: CatalogDatabase, begun: Arrival
) -> None:
    with catalog.writing() as session:
        note_activity(session, begun.id, NOW + HOUR, "checking")
    with catalog.reading() as session:
        assert arrivals_under_way(session, silent_since=NOW + HOUR) == ()
        (silent,) = arrivals_under_way(session, silent_since=NOW + 2 * HOUR)
        assert (silent.id, silent.state) == (begun.id, "checking")
        assert arrivals_under_way(session, state="open") == ()
