"""A deployment with one video in three languages, and the service that shows it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from models.weights import WeightsStore
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.delivery.app import create_app
from pipeline_ops.delivery.players import fetch_players
from pipeline_ops.delivery.server import HOW
from pipeline_ops.platform import Platform
from tests.pipeline_ops.checkpoints.conftest import s3_server, s3_url
from tests.pipeline_ops.delivery.making import MadeVideo, make_platform, make_video

__all__ = ["s3_server", "s3_url"]


@pytest.fixture(scope="package")
def talk(tmp_path_factory: pytest.TempPathFactory) -> MadeVideo:
    """An English talk with a Spanish dub, and a Portuguese one with changed lips; not to be changed."""
    fetch_players(WeightsStore.from_environment())
    home = tmp_path_factory.mktemp("delivery")
    return make_video(make_platform(home), home / "made", lips_changed=("pt",))


@pytest.fixture(scope="package")
def app(talk: MadeVideo) -> FastAPI:
    return create_app(talk.platform)


@pytest.fixture(scope="package")
def running_app(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://viewers.test", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(running_app: TestClient) -> Iterator[TestClient]:
    """A browser that knows nothing yet."""
    running_app.cookies.clear()
    yield running_app
    running_app.cookies.clear()


@pytest.fixture
def catalog(talk: MadeVideo) -> Iterator[CatalogDatabase]:
    with open_catalog(talk.platform.settings) as catalog:
        yield catalog


@contextmanager
def serving(platform: Platform) -> Iterator[str]:
    """A real server of the service, on this machine: its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(platform), **HOW))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture(scope="package")
def server_address(talk: MadeVideo) -> Iterator[str]:
    with serving(talk.platform) as address:
        yield address


@pytest.fixture
def untroubled_server_address(talk: MadeVideo) -> Iterator[str]:
    """A server of one's own: what other tests sent does not count towards its limits."""
    with serving(talk.platform) as address:
        yield address
