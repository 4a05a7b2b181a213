"""What viewers are told when something is wrong on our side: that, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.delivery.app import create_app
from pipeline_ops.delivery.guard import HEADERS
from pipeline_ops.settings import DeliverySettings
from tests.pipeline_ops.delivery.making import MadeVideo, make_platform, make_video


@pytest.fixture
def broken(tmp_path: Path, talk: MadeVideo) -> Iterator[tuple[TestClient, MadeVideo]]:
    """A deployment of its own, whose store may be broken."""
    video = make_video(make_platform(tmp_path / "home"), talk.folder, dubs=("es",))
    with TestClient(create_app(video.platform), raise_server_exceptions=False) as client:
        yield client, video


def test_a_lost_description_is_an_outage_that_tells_nothing(broken: tuple[TestClient, MadeVideo]) -> None:
    client, video = broken
    storage = video.platform.store.storage
    for stored in list(storage.walk("checkpoints/package_source")):
        storage.delete(stored.key)
    answer = client.get(f"/v/{video.media_id}/master.m3u8")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "10"
    assert answer.json() == {"detail": "This cannot be had at the moment; try again later."}


def test_a_lost_file_is_not_there(broken: tuple[TestClient, MadeVideo]) -> None:
    client, video = broken
    address = client.get(f"/feed?media={video.media_id}").json()["videos"][0]["first"][0]["address"]
    sha256 = address.rpartition("/")[2].partition(".")[0]
    video.platform.store.storage.delete(blob_key(sha256))
    assert client.get(address).status_code == 404


def test_a_fault_of_ours_tells_nothing_and_has_the_headers_of_every_answer(
    broken: tuple[TestClient, MadeVideo], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, video = broken

    def fail(*_arguments: object) -> None:
        message = "secret: /var/lib"
        raise RuntimeError(message)

    monkeypatch.setattr("pipeline_ops.delivery.published.published_rows", fail)
    answer = client.get(f"/v/{video.media_id}/master.m3u8")
    assert answer.status_code == 500
    assert answer.json() == {"detail": "Something went wrong here."}
    assert HEADERS.items() <= {name.title(): value for name, value in answer.headers.items()}.items()


def test_players_fetch_from_the_bucket_itself_where_that_is_wanted(
    tmp_path: Path, s3_url: str, talk: MadeVideo
) -> None:
    platform = make_platform(tmp_path / "home", s3_url)
    settings = replace(platform.settings, delivery=DeliverySettings(files="bucket"))
    video = make_video(replace(platform, settings=settings), talk.folder, dubs=("es",))
    with TestClient(create_app(video.platform)) as client:
        playlist = client.get(f"/v/{video.media_id}/playlists/es-audio-96k.m3u8").text
        again = client.get(f"/v/{video.media_id}/playlists/es-audio-96k.m3u8").text
        policy = client.get(f"/v/{video.media_id}").headers["content-security-policy"]
    address = playlist.partition('URI="')[2].partition('"')[0]
    assert "X-Amz-Signature=" in address and playlist == again
    origin = address.partition("//")[2].partition("/")[0]
    assert f"connect-src 'self' http://{origin};" in policy


def test_files_of_a_bucket_can_be_served_by_the_service(tmp_path: Path, s3_url: str, talk: MadeVideo) -> None:
    video = make_video(make_platform(tmp_path / "home", s3_url), talk.folder, dubs=("es",))
    with TestClient(create_app(video.platform)) as client:
        first = client.get(f"/feed?media={video.media_id}").json()["videos"][0]["first"][1]
        part = client.get(first["address"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
