from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline_ops.checkpoints.collect_garbage import collect_garbage
from pipeline_ops.checkpoints.manifest import ModelRecord
from pipeline_ops.checkpoints.parts import PartsInStore
from pipeline_ops.checkpoints.store import CheckpointStore

WORK = {"text": "Bom dia.", "speed": 1.0}
MODEL = ModelRecord("kokoro", "0" * 64)


@pytest.fixture
def memory(store: CheckpointStore) -> PartsInStore:
    return PartsInStore(store, "synthesize", 1, MODEL)


def keep(memory: PartsInStore, folder: Path, content: bytes = b"sound") -> None:
    folder.mkdir(exist_ok=True)
    (folder / "said.flac").write_bytes(content)
    memory.keep(WORK, folder / "said.flac")


def test_the_same_work_is_recalled_and_no_other(memory: PartsInStore, tmp_path: Path) -> None:
    assert memory.recall(WORK, tmp_path) is None
    keep(memory, tmp_path / "new")
    recalled = memory.recall(WORK, tmp_path)
    assert recalled is not None
    assert recalled.read_bytes() == b"sound"
    assert memory.recall({**WORK, "speed": 1.1}, tmp_path) is None


@pytest.mark.parametrize(
    "change",
    [{"stage": "translate"}, {"stage_version": 2}, {"model": ModelRecord("kokoro", "1" * 64)}],
)
def test_nothing_is_recalled_of_another_stage_version_or_model(
    memory: PartsInStore, tmp_path: Path, change: dict[str, object]
) -> None:
    keep(memory, tmp_path / "new")
    other: PartsInStore = dataclasses.replace(memory, **change)  # type: ignore[arg-type]
    assert other.recall(WORK, tmp_path) is None


def test_what_is_remembered_twice_is_kept_once(memory: PartsInStore, tmp_path: Path) -> None:
    keep(memory, tmp_path / "new")
    keep(memory, tmp_path / "new", b"other sound")
    recalled = memory.recall(WORK, tmp_path)
    assert recalled is not None
    assert recalled.read_bytes() == b"sound"


def test_old_parts_are_let_go_of(memory: PartsInStore, tmp_path: Path) -> None:
    keep(memory, tmp_path / "new")
    later = datetime.now(UTC) + timedelta(days=8)
    collect_garbage(memory.store, dry_run=False, now=later)
    assert memory.recall(WORK, tmp_path) is None
