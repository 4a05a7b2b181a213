"""The media bucket as a folder and on a real S3 server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from minio import Minio

from pipeline_ops.errors import SettingsError, StorageUnavailableError
from pipeline_ops.media_bucket import MediaBucket, is_usable_name, open_media_bucket
from tests.pipeline_ops.checkpoints.s3_server import S3Server

KEYS = {"AWS_ACCESS_KEY_ID": "tester-access-key", "AWS_SECRET_ACCESS_KEY": "tester-secret-key"}
NAMES = ("ann/talk.mp4", "ann/2026/a talk (1) – é.mp4", "bob/talk.mp4", "annex/talk.mp4")


@pytest.fixture(scope="module")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["folder", "s3"])
def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> MediaBucket:
    """A bucket with an upload of each name, its content the name."""
    folder = tmp_path / "media"
    for name in (*NAMES, "ann/.hidden/talk.mp4"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    if request.param == "folder":
        return open_media_bucket(str(folder))
    server: S3Server = request.getfixturevalue("s3_server")
    client = Minio(f"127.0.0.1:{server.port}", *KEYS.values(), secure=False)
    if not client.bucket_exists("uploads"):
        client.make_bucket("uploads")
    for name in (*NAMES, "ann/.hidden/talk.mp4"):
        client.fput_object("uploads", f"media/{name}", str(folder / name))
    return open_media_bucket(f"s3://uploads/media?endpoint=http://127.0.0.1:{server.port}", KEYS)


def test_a_creators_files_are_listed_and_nobody_elses(bucket: MediaBucket) -> None:
    files = {file.name: file for file in bucket.files("ann")}
    assert set(files) == set(NAMES[:2])
    for file in files.values():
        assert file.size_bytes == len(file.name.encode())
        assert abs((datetime.now(UTC) - file.uploaded_at).total_seconds()) < 60


def test_a_creator_without_a_folder_has_no_files(bucket: MediaBucket) -> None:
    assert list(bucket.files("nobody")) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_upload_is_handed_out(bucket: MediaBucket, name: str, tmp_path: Path) -> None:
    assert bucket.fetch(name, tmp_path).read_text() == name


@pytest.mark.parametrize("name", ["ann/nothing.mp4", "../secret", "ann/../../secret", "", "x" * 5000])
def test_what_is_not_there_is_refused_and_nothing_outside_is_read(
    bucket: MediaBucket, name: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(SettingsError, match="There is no"):
        bucket.fetch(name, tmp_path)


def test_a_folder_is_erased_with_all_that_is_in_it_and_no_other(bucket: MediaBucket, tmp_path: Path) -> None:
    for _ in range(2):
        bucket.erase_folder("ann")
    assert list(bucket.files("ann")) == []
    for name in NAMES[2:]:
        assert bucket.fetch(name, tmp_path).read_text() == name
    with pytest.raises(SettingsError):
        bucket.fetch("ann/.hidden/talk.mp4", tmp_path)


@pytest.mark.parametrize("name", ["", "..", "bob/2026", ".incoming"])
def test_nothing_but_a_folder_of_the_bucket_is_erased(bucket: MediaBucket, name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no creator's folder"):
        bucket.erase_folder(name)
    assert len(list(bucket.files("bob"))) == 1


def test_what_a_link_leads_to_is_not_erased(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_text("kept")
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "ann").symlink_to(tmp_path / "elsewhere")
    open_media_bucket(str(tmp_path / "media")).erase_folder("ann")
    assert (tmp_path / "elsewhere" / "kept").exists()
    assert not (tmp_path / "media" / "ann").is_symlink()


def test_links_in_a_folder_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "media" / "ann").mkdir(parents=True)
    (tmp_path / "media" / "ann" / "link.mp4").symlink_to(tmp_path / "secret")
    assert list(open_media_bucket(str(tmp_path / "media")).files("ann")) == []


@pytest.mark.parametrize(
    "name", [".hidden", "a//b", "a/./b", "a/../b", "new\nline", os.fsdecode(b"\xff"), ""]
)
def test_odd_names_are_not_usable(name: str) -> None:
    assert not is_usable_name(name)


def test_a_bucket_that_does_not_answer_is_the_worlds_fault() -> None:
    bucket = open_media_bucket("s3://uploads/media?endpoint=http://127.0.0.1:1", KEYS)
    with pytest.raises(StorageUnavailableError, match="does not answer"):
        list(bucket.files("ann"))


@pytest.mark.parametrize(
    "url", ["s3://user:secret@uploads/media", "ftp://host/media", "", "s3://uploads/media"]
)
def test_a_url_that_makes_no_sense_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_media_bucket(url, {})
    assert "secret@" not in str(caught.value)
