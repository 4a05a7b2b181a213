"""The way into the media bucket, as a folder and on a real S3 server."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pipeline_ops.errors import SettingsError, StorageUnavailableError
from pipeline_ops.incoming.folder import FolderIncoming
from pipeline_ops.incoming.storage import (
    MOST_PARTS,
    PART_BYTES,
    IncomingStorage,
    Part,
    PartMissingError,
    open_incoming,
    part_bytes_for,
)
from pipeline_ops.media_bucket import MediaBucket, open_media_bucket

PART = 5 << 20
"""The least that S3 takes for a part that is not the last."""
KEYS = {"AWS_ACCESS_KEY_ID": "tester-access-key", "AWS_SECRET_ACCESS_KEY": "tester-secret-key"}
FIRST, LAST = os.urandom(PART), os.urandom(1000)
SIZES = (PART, 1000)


@pytest.fixture
def incoming(media_url: str) -> IncomingStorage:
    return open_incoming(media_url)


@pytest.fixture
def bucket(media_url: str) -> MediaBucket:
    return open_media_bucket(media_url)


@pytest.fixture
def begun(incoming: IncomingStorage) -> str:
    arrival_id = uuid.uuid4().hex
    incoming.begin(arrival_id)
    return arrival_id


def send(incoming: IncomingStorage, arrival_id: str, number: int, content: bytes) -> None:
    """Send a part as a browser does: to its address, or through us."""
    addresses = incoming.signed_addresses(arrival_id, [number], holds_s=60)
    if addresses is None:
        assert incoming.put_part(arrival_id, number, [content]) == len(content)
    else:
        assert httpx.put(addresses[0], content=content).status_code == 200


def content_of(incoming: IncomingStorage, arrival_id: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return incoming.fetch(arrival_id, Path(folder)).read_bytes()


def test_parts_come_in_any_order_and_are_an_upload_only_when_admitted(
    incoming: IncomingStorage, bucket: MediaBucket, begun: str, tmp_path: Path
) -> None:
    send(incoming, begun, 2, LAST)
    assert incoming.parts(begun) == (Part(2, 1000),)
    incoming.begin(begun)  # by a client that has lost its memory: what came is kept
    send(incoming, begun, 1, FIRST)
    incoming.join(begun, SIZES)
    assert content_of(incoming, begun) == FIRST + LAST
    assert list(bucket.files("ann")) == []
    file = incoming.admit(begun, f"ann/{begun}")
    assert list(bucket.files("ann")) == [file]  # to the time, from which the upload's id follows
    assert file.size_bytes == PART + 1000
    assert incoming.admitted(file.name) == file
    assert incoming.admitted("ann/nothing") is None
    assert bucket.fetch(file.name, tmp_path).read_bytes() == FIRST + LAST


def test_every_step_may_be_done_again(incoming: IncomingStorage, begun: str) -> None:
    send(incoming, begun, 1, LAST)
    for _ in range(2):
        incoming.join(begun, (1000,))
    files = {incoming.admit(begun, f"ann/{begun}") for _ in range(2)}
    assert len(files) == 1
    for _ in range(2):
        incoming.discard(begun)


def test_a_part_that_is_sent_again_takes_the_place_of_the_first(
    incoming: IncomingStorage, begun: str
) -> None:
    send(incoming, begun, 1, b"first")
    send(incoming, begun, 1, b"second")
    incoming.join(begun, (6,))
    assert content_of(incoming, begun) == b"second"


@pytest.mark.parametrize("sizes_bytes", [(1000, 1000), (999,), (PART, 1000)])
def test_nothing_is_put_together_of_parts_that_are_not_all_there(
    incoming: IncomingStorage, begun: str, sizes_bytes: tuple[int, ...]
) -> None:
    send(incoming, begun, 1, LAST)
    with pytest.raises(PartMissingError):
        incoming.join(begun, sizes_bytes)
    with pytest.raises(FileNotFoundError):
        content_of(incoming, begun)
    assert incoming.parts(begun) == (Part(1, 1000),)


@pytest.mark.parametrize("joined", [False, True])
def test_what_is_discarded_is_gone(incoming: IncomingStorage, begun: str, joined: bool) -> None:
    send(incoming, begun, 1, LAST)
    if joined:
        incoming.join(begun, (1000,))
    incoming.discard(begun)
    assert incoming.parts(begun) == ()
    with pytest.raises(FileNotFoundError):
        incoming.admit(begun, f"ann/{begun}")


def test_what_nobody_writes_to_any_more_is_told(incoming: IncomingStorage, begun: str) -> None:
    send(incoming, begun, 1, LAST)
    assert incoming.leftovers(datetime.now(UTC) - timedelta(hours=1)) == frozenset()
    incoming.join(begun, (1000,))
    assert incoming.leftovers(datetime.now(UTC) + timedelta(hours=1)) == {begun}


def test_an_id_leads_nowhere_else(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no id"):
        FolderIncoming(tmp_path).begin("../ann")


def test_a_part_that_breaks_off_leaves_the_one_before(tmp_path: Path) -> None:
    incoming, arrival_id = FolderIncoming(tmp_path), uuid.uuid4().hex
    incoming.begin(arrival_id)
    incoming.put_part(arrival_id, 1, [b"whole"])

    def breaking_off() -> Iterator[bytes]:
        yield b"ha"
        raise ConnectionResetError

    with pytest.raises(StorageUnavailableError):
        incoming.put_part(arrival_id, 1, breaking_off())
    assert incoming.parts(arrival_id) == (Part(1, 5),)
    assert [file.name for file in (tmp_path / ".incoming" / arrival_id).iterdir()] == ["1"]


KILLED_WHILE_JOINING = """
import os, sys
from pathlib import Path
from pipeline_ops.incoming import folder

copy = folder._copy_all
def copy_and_wait(files, target):
    copy(files[:1], target)
    target.flush()
    print("half", flush=True)
    sys.stdin.read()
folder._copy_all = copy_and_wait
folder.FolderIncoming(Path(sys.argv[1])).join(sys.argv[2], (5, 3))
"""


def test_killed_while_parts_are_put_together_nothing_half_written_counts(tmp_path: Path) -> None:
    incoming, arrival_id = FolderIncoming(tmp_path), uuid.uuid4().hex
    incoming.begin(arrival_id)
    incoming.put_part(arrival_id, 1, [b"first"])
    incoming.put_part(arrival_id, 2, [b"two"])
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_WHILE_JOINING, str(tmp_path), arrival_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"half\n"
        process.kill()
    with pytest.raises(FileNotFoundError):
        content_of(incoming, arrival_id)
    incoming.join(arrival_id, (5, 3))
    assert content_of(incoming, arrival_id) == b"firsttwo"
    incoming.admit(arrival_id, "ann/talk")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["talk"]


@pytest.mark.parametrize("size_bytes", [1, PART_BYTES, 2_000_000_000, 5 << 40])
def test_no_file_has_more_parts_than_s3_takes(size_bytes: int) -> None:
    part_bytes = part_bytes_for(size_bytes)
    assert part_bytes >= PART_BYTES
    assert -(-size_bytes // part_bytes) <= MOST_PARTS


def test_an_address_expires_and_holds_no_secret(incoming: IncomingStorage, begun: str) -> None:
    addresses = incoming.signed_addresses(begun, [1], holds_s=60)
    if incoming.upload_origin is None:
        assert addresses is None
    else:
        assert addresses is not None
        (address,) = addresses
        assert address.startswith(f"{incoming.upload_origin}/")
        assert "X-Amz-Expires=60&" in address
        assert "tester-secret-key" not in address


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("s3://films/media?region=eu-central-1", "https://films.s3.eu-central-1.amazonaws.com"),
        ("s3://my.films/media?region=eu-central-1", "https://s3.eu-central-1.amazonaws.com"),
        ("s3://films/media?endpoint=https://minio.example:9000", "https://minio.example:9000"),
    ],
)
def test_pages_are_told_the_host_to_which_signed_addresses_lead(url: str, origin: str) -> None:
    assert open_incoming(url, KEYS).upload_origin == origin


def test_a_bucket_of_aws_without_a_region_is_told_of() -> None:
    with pytest.raises(SettingsError, match="AWS_REGION"):
        _ = open_incoming("s3://films/media", KEYS).upload_origin
