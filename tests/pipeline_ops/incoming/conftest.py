from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline_ops.checkpoints.s3_server import S3Server

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tester-access-key",
    "AWS_SECRET_ACCESS_KEY": "tester-secret-key",
    "AWS_REGION": "us-east-1",
}


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.e2e)])
def media_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where uploads lie: once a folder, once a bucket that does not exist yet."""
    if request.param == "folder":
        return str(tmp_path / "media")
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server: S3Server = request.getfixturevalue("s3_server")
    return server.url(f"uploads-{uuid.uuid4().hex[:12]}", "media")
