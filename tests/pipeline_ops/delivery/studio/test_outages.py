"""What a creator is told where something does not answer: that, and nothing of its inside."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.platform import Platform
from tests.pipeline_ops.catalog.making import facts
from tests.pipeline_ops.delivery.studio import serving
from tests.pipeline_ops.delivery.studio.airflow_server import AirflowServer
from tests.pipeline_ops.delivery.studio.conftest import S3_CREDENTIALS, StudioServer, settled


@pytest.fixture
def cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, airflow: AirflowServer
) -> Iterator[StudioServer]:
    """A studio whose bucket is at an address where nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in S3_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settled(tmp_path, monkeypatch, airflow)
    monkeypatch.setenv("DUBWRIGHT_MEDIA_URL", f"s3://uploads/media?endpoint=http://127.0.0.1:{port}")
    platform = Platform.from_environment()
    with serving.serving(platform) as (address, inside), open_catalog(platform.settings) as catalog:
        yield StudioServer(address, platform, catalog, airflow, inside)


def test_a_bucket_that_does_not_answer_is_told_as_such_and_pages_send_parts_nowhere_else(
    cut_off: StudioServer,
) -> None:
    with cut_off.client("ann") as client:
        answer = client.post("uploads", json={"file_name": "talk.mp4", "size_bytes": 10})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "127.0.0.1" not in answer.text and "tester" not in answer.text
    policy = httpx.get(f"{cut_off.address}/login").headers["Content-Security-Policy"]
    origin = cut_off.inside.uploads.incoming.upload_origin
    assert f"connect-src 'self' {origin};" in policy


def test_a_checkpoint_that_is_gone_is_not_there_for_its_creator_either(studio: StudioServer) -> None:
    video = studio.video()
    studio.record(facts(f"run-{video}", video=video, creator_id="ann", upload_id=video))
    with studio.client("ann") as client:
        answer = client.get(f"videos/{video}/translations/run-{video}/pt/video")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_fault_of_ours_is_told_without_its_inside(
    studio: StudioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        message = "secret-file"
        raise RuntimeError(message)

    monkeypatch.setattr(studio.inside.uploads.__class__, "list", fail)
    with studio.client("ann") as client:
        answer = client.get("uploads")
    assert answer.status_code == 500
    assert not re.search("secret-file|Traceback|RuntimeError", answer.text)
