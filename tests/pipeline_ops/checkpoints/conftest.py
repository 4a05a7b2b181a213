from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_ops.checkpoints.storage import ObjectStorage, open_storage
from pipeline_ops.checkpoints.store import CheckpointStore
from tests.pipeline_ops.checkpoints.s3_server import S3Server

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tester-access-key",
    "AWS_SECRET_ACCESS_KEY": "tester-secret-key",
    "AWS_REGION": "us-east-1",
}

BOTH = [pytest.param("local"), pytest.param("s3", marks=pytest.mark.e2e)]


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def s3_url(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket that does not exist yet, with the credentials in the environment."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return s3_server.url(f"test-{uuid.uuid4().hex[:12]}")


@pytest.fixture(params=BOTH)
def storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the storage of a contract test lies: once a folder, once a bucket."""
    if request.param == "local":
        return str(tmp_path / "store")
    url: str = request.getfixturevalue("s3_url")
    return url


@pytest.fixture
def storage(storage_url: str) -> ObjectStorage:
    return open_storage(storage_url)


@pytest.fixture
def store(storage: ObjectStorage, tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(storage, scratch_dir=tmp_path / "downloads")


@pytest.fixture
def local_store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(open_storage(str(tmp_path / "store")))
