"""What is special about a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline_ops.checkpoints.local_storage import LocalStorage
from pipeline_ops.errors import StorageUnavailableError

BINARY = "application/octet-stream"


def test_a_local_object_is_handed_out_as_it_lies_and_read_only(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "store")
    storage.put_bytes("a/b", b"1", BINARY)
    path = storage.local_path("a/b")
    assert path == tmp_path / "store" / "a" / "b"
    assert path.stat().st_mode & 0o777 == 0o444


def test_nothing_temporary_is_left_after_a_put(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put_bytes("a/b", b"1", BINARY)
    assert list(storage.unfinished_uploads()) == []
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["b"]


def test_no_empty_folder_is_left_after_a_delete(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put_bytes("a/b/c", b"1", BINARY)
    storage.put_bytes("a/d", b"1", BINARY)
    storage.delete("a/b/c")
    assert not (tmp_path / "a" / "b").exists()
    storage.delete("a/d")
    assert not (tmp_path / "a").exists()
    assert tmp_path.exists()


@pytest.mark.parametrize("planted", ["a", "a/b"])
def test_a_symbolic_link_does_not_lead_out_of_the_root(tmp_path: Path, planted: str) -> None:
    root, outside = tmp_path / "store", tmp_path / "outside"
    outside.mkdir()
    (outside / "b").write_bytes(b"secret")
    link = root / planted
    link.parent.mkdir(parents=True)
    link.symlink_to(outside if planted == "a" else outside / "b")
    storage = LocalStorage(root)
    for operation in (
        lambda: storage.get_bytes("a/b"),
        lambda: storage.put_bytes("a/b", b"1", BINARY),
        lambda: storage.delete("a/b"),
    ):
        with pytest.raises(ValueError, match="symbolic link"):
            operation()
    assert (outside / "b").read_bytes() == b"secret"


def test_the_root_itself_may_be_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "disk")
    storage = LocalStorage(tmp_path / "store")
    storage.put_bytes("a/b", b"1", BINARY)
    assert [stored.key for stored in storage.walk("a")] == ["a/b"]


def test_a_file_where_the_folder_should_be_makes_the_storage_unavailable(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("in the way")
    storage = LocalStorage(tmp_path / "store")
    with pytest.raises(StorageUnavailableError, match="store cannot be used"):
        storage.put_bytes("a/b", b"1", BINARY)
    assert storage.stat("a/b") is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full to stand for a full disk")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = LocalStorage(tmp_path)
    real_fdopen = os.fdopen

    def onto_a_full_disk(descriptor: int, mode: str) -> object:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, descriptor)
        os.close(full)
        return real_fdopen(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", onto_a_full_disk)
    with pytest.raises(StorageUnavailableError, match="No space left"):
        storage.put_bytes("a/b", b"1" * 100_000, BINARY)
    assert storage.stat("a/b") is None
    assert list(storage.unfinished_uploads()) == []
