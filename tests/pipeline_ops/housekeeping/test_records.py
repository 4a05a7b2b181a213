from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline_ops.checkpoints.storage import ObjectStorage, open_storage
from pipeline_ops.errors import DamagedArtefactError
from pipeline_ops.housekeeping.records import HousekeepingRecord, read_records, write_record

RECORD = HousekeepingRecord("scrub_checkpoints", datetime(2026, 11, 26, tzinfo=UTC), {"damaged": 2.0})


@pytest.fixture
def storage(tmp_path: Path) -> ObjectStorage:
    return open_storage(str(tmp_path))


def test_there_are_none_before_anything_was_done(storage: ObjectStorage) -> None:
    assert list(read_records(storage)) == []


def test_the_last_record_of_each_task_is_read_back(storage: ObjectStorage) -> None:
    other = HousekeepingRecord("collect_checkpoints", datetime(2026, 11, 25, tzinfo=UTC))
    for each in (other, HousekeepingRecord(RECORD.task, other.ended_at), RECORD):
        write_record(storage, each)
    assert list(read_records(storage)) == [other, RECORD]


def test_one_that_cannot_be_read_is_named(storage: ObjectStorage) -> None:
    storage.put_bytes("housekeeping/scrub_checkpoints.json", b"{", "application/json")
    with pytest.raises(DamagedArtefactError, match="scrub_checkpoints"):
        list(read_records(storage))
