"""Copies of what the store has no more go, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_ops.checkpoints.blobs import blob_key, download_blob
from pipeline_ops.checkpoints.copies import erase_orphaned_copies
from pipeline_ops.platform import Platform
from pipeline_ops.runner import ingest
from pipeline_ops.settings import Settings


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)}))


def test_a_copy_goes_once_its_blob_is_gone(platform: Platform, tmp_path: Path) -> None:
    folder, storage = tmp_path / "copies", platform.store.storage
    assert erase_orphaned_copies(folder, storage) == 0
    copies = {}
    for name in ("gone", "kept"):
        (tmp_path / name).write_text(name)
        manifest = platform.store.find(ingest(tmp_path / name, platform))
        assert manifest is not None
        copies[name] = download_blob(storage, manifest.artefacts[0], folder), manifest.artefacts[0].sha256
    (folder / ".incoming-1").write_text("a download under way")
    assert erase_orphaned_copies(folder, storage) == 0
    storage.delete(blob_key(copies["gone"][1]))
    assert erase_orphaned_copies(folder, storage) == 1
    assert not copies["gone"][0].exists()
    assert copies["kept"][0].exists()
    assert (folder / ".incoming-1").exists()
