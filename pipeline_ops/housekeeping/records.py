"""What housekeeping came to last, kept in the store for those who watch over the deployment.

housekeeping/<task>.json
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline_ops.artefacts import JSON_KIND, from_json, to_json
from pipeline_ops.checkpoints.storage import ObjectStorage
from pipeline_ops.errors import DamagedArtefactError

HOUSEKEEPING = "housekeeping"


@dataclass(frozen=True, slots=True)
class HousekeepingRecord:
    """When a task of housekeeping last came to its end, and its figures by name."""

    task: str
    ended_at: datetime
    figures: Mapping[str, float] = field(default_factory=dict)


def write_record(storage: ObjectStorage, record: HousekeepingRecord) -> None:
    """Keep a record in the place of the task's earlier one."""
    content = to_json(HousekeepingRecord, record)
    storage.put_bytes(f"{HOUSEKEEPING}/{record.task}.json", content, JSON_KIND.media_type)


def read_records(storage: ObjectStorage) -> Iterator[HousekeepingRecord]:
    """Yield the last record of every task, in order of name.

    Raises:
        DamagedArtefactError: one cannot be read; the task's next run writes it anew.
    """
    for stored in storage.walk(HOUSEKEEPING):
        try:
            record: HousekeepingRecord = from_json(HousekeepingRecord, storage.get_bytes(stored.key))
        except ValueError as error:
            detail = f"it cannot be read: {error}"
            raise DamagedArtefactError(stored.key, "record", detail) from error
        yield record
