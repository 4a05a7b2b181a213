"""The contract of an object storage, on a folder and on a real S3 server."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.checkpoints.storage import ObjectStorage, checked_key, open_storage
from pipeline_ops.errors import SettingsError

BINARY = "application/octet-stream"
HOSTILE_KEYS = [
    "",
    "/",
    "/etc/passwd",
    "../outside",
    "blobs/../../outside",
    "blobs/..",
    "./blobs",
    "blobs//x",
    "blobs/",
    ".incoming/x",
    "a\\..\\b",
    "a\0b",
    "a\nb",
    "%2e%2e/x",
    "ü/x",
    "x" * 201,
    "/".join(["x" * 100] * 6),
]


def test_bytes_come_back_as_they_were_put(storage: ObjectStorage) -> None:
    storage.put_bytes("a/b.json", b"{}", "application/json")
    assert storage.get_bytes("a/b.json") == b"{}"


def test_an_empty_object_comes_back_empty(storage: ObjectStorage) -> None:
    storage.put_bytes("a/empty", b"", BINARY)
    assert storage.get_bytes("a/empty") == b""


def test_a_file_of_many_parts_comes_back_as_it_was_put(storage: ObjectStorage, tmp_path: Path) -> None:
    content = bytes(range(256)) * (20 << 12)  # 20 MiB: three parts of a multipart upload
    source = tmp_path / "source.bin"
    source.write_bytes(content)
    storage.put_file("a/large", source, BINARY)
    assert b"".join(storage.iterate("a/large")) == content
    stored = storage.stat("a/large")
    assert stored is not None and stored.size_bytes == len(content)


@pytest.mark.parametrize(("offset_bytes", "length_bytes"), [(0, 1), (3, 4), (9, 1), (5, 100)])
def test_a_stretch_of_an_object_is_read_alone(
    storage: ObjectStorage, offset_bytes: int, length_bytes: int
) -> None:
    storage.put_bytes("a/b", b"0123456789", BINARY)
    read = b"".join(storage.iterate_range("a/b", offset_bytes, length_bytes))
    assert read == b"0123456789"[offset_bytes : offset_bytes + length_bytes]


def test_a_stretch_of_nothing_is_told_as_such(storage: ObjectStorage) -> None:
    with pytest.raises(FileNotFoundError):
        list(storage.iterate_range("a/b", 0, 1))


def test_the_last_writer_wins(storage: ObjectStorage) -> None:
    storage.put_bytes("a/b", b"first", BINARY)
    storage.put_bytes("a/b", b"second", BINARY)
    assert storage.get_bytes("a/b") == b"second"


def test_a_missing_object_is_told_as_such(storage: ObjectStorage) -> None:
    assert storage.stat("a/b") is None
    with pytest.raises(FileNotFoundError):
        storage.get_bytes("a/b")
    with pytest.raises(FileNotFoundError):
        list(storage.iterate("a/b"))
    with pytest.raises(FileNotFoundError):
        storage.touch("a/b")
    with pytest.raises(FileNotFoundError):
        storage.move("a/b", "a/c")
    storage.delete("a/b")


def test_a_walk_lists_one_folder_with_sizes_and_times(storage: ObjectStorage) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    storage.put_bytes("a/x/1", b"12", BINARY)
    storage.put_bytes("a/y", b"123", BINARY)
    storage.put_bytes("ab/z", b"1", BINARY)
    listed = list(storage.walk("a"))
    assert sorted((stored.key, stored.size_bytes) for stored in listed) == [("a/x/1", 2), ("a/y", 3)]
    assert all(before < stored.modified_at < datetime.now(UTC) + timedelta(seconds=2) for stored in listed)


def test_a_walk_through_nothing_is_empty(storage: ObjectStorage) -> None:
    assert list(storage.walk("nothing")) == []


def test_a_deleted_object_is_gone(storage: ObjectStorage) -> None:
    storage.put_bytes("a/b/c", b"1", BINARY)
    storage.delete("a/b/c")
    assert storage.stat("a/b/c") is None
    assert list(storage.walk("a")) == []


def test_a_moved_object_is_at_its_new_key_only(storage: ObjectStorage) -> None:
    storage.put_bytes("a/b", b"1", BINARY)
    storage.move("a/b", "c/d")
    assert storage.get_bytes("c/d") == b"1"
    assert storage.stat("a/b") is None


@pytest.mark.parametrize("how", ["touch", "move"])
def test_touching_and_moving_make_an_object_new(storage: ObjectStorage, how: str) -> None:
    storage.put_bytes("a/b", b"1", BINARY)
    before = storage.stat("a/b")
    time.sleep(1.1)  # S3 tells whole seconds
    if how == "touch":
        storage.touch("a/b")
    else:
        storage.move("a/b", "a/c")
    after = storage.stat("a/b" if how == "touch" else "a/c")
    assert before is not None and after is not None
    assert after.modified_at > before.modified_at
    assert storage.get_bytes(after.key) == b"1"


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_no_operation_takes_a_hostile_key(storage: ObjectStorage, tmp_path: Path, key: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"1")
    storage.put_bytes("a/b", b"1", BINARY)
    operations = [
        lambda: storage.put_bytes(key, b"1", BINARY),
        lambda: storage.put_file(key, source, BINARY),
        lambda: storage.get_bytes(key),
        lambda: list(storage.iterate(key)),
        lambda: storage.stat(key),
        lambda: list(storage.walk(key)),
        lambda: storage.move("a/b", key),
        lambda: storage.move(key, "a/c"),
        lambda: storage.touch(key),
        lambda: storage.delete(key),
        lambda: storage.local_path(key),
    ]
    for operation in operations:
        with pytest.raises(ValueError, match="storage key"):
            operation()


@given(st.text(max_size=40) | st.from_regex(r"[a-z./]{1,30}", fullmatch=True))
def test_a_key_that_passes_stays_below_its_root(text: str) -> None:
    try:
        key = checked_key(text)
    except ValueError:
        return
    path = (Path("/srv/store") / key).as_posix()
    assert path == f"/srv/store/{text}"
    assert ".." not in Path(path).parts
    assert Path(path).parts[:3] == ("/", "srv", "store")


@pytest.mark.parametrize("url", ["folder", "file:///{tmp}/folder", "file://localhost/{tmp}/folder"])
def test_a_path_and_a_file_url_open_a_folder(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    storage = open_storage(url.replace("/{tmp}", str(tmp_path)))
    storage.put_bytes("a/b", b"1", BINARY)
    assert (tmp_path / "folder" / "a" / "b").read_bytes() == b"1"


@pytest.mark.parametrize(
    "url",
    [
        "s3://user:hunter2@bucket/prefix",
        "s3://hunter2@bucket/prefix",
        "https://user:hunter2@host/bucket",
        "s3://bucket?secret_key=hunter2",
        "s3://bucket?endpoint=http://user:hunter2@host",
        "https://host/hunter2",
        "s3://[hunter2",
        "file://host/hunter2",
        "s3://bucket?secure=maybe",
        "s3://B/prefix",
        "s3:///prefix",
        "s3://bucket/../prefix",
        "",
    ],
)
def test_a_senseless_url_is_refused_without_repeating_a_secret(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_storage(url, {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret-of-mine"})
    assert "hunter2" not in str(caught.value)
    assert "secret-of-mine" not in str(caught.value)


def test_s3_without_credentials_is_refused() -> None:
    with pytest.raises(SettingsError, match="AWS_SECRET_ACCESS_KEY"):
        open_storage("s3://bucket", {"AWS_ACCESS_KEY_ID": "key"})


@pytest.mark.parametrize(
    ("url", "endpoint", "location"),
    [
        ("s3://bucket/p/q", "", "s3://bucket/p/q at https://s3.amazonaws.com"),
        ("s3://bucket/p", "http://minio:9000", "s3://bucket/p at http://minio:9000"),
        ("s3://bucket/p", "minio:9000", "s3://bucket/p at https://minio:9000"),
        ("s3://bucket/p?secure=false", "minio:9000", "s3://bucket/p at http://minio:9000"),
        ("s3://bucket/?endpoint=http://other:1", "minio:9000", "s3://bucket/ at http://other:1"),
    ],
)
def test_the_endpoint_comes_from_the_url_or_the_environment(url: str, endpoint: str, location: str) -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "DUBWRIGHT_S3_ENDPOINT": endpoint,
    }
    assert open_storage(url, environment).location == location
