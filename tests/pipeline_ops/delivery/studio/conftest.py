from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from pipeline_ops.airflow_control import client as airflow_client
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.run_facts import RunFacts
from pipeline_ops.catalog.tokens import SCOPES, create_token
from pipeline_ops.catalog.uploads import note_uploads
from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference, Cost, Manifest
from pipeline_ops.delivery.studio.studio import Studio
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.media_bucket import MediaFile
from pipeline_ops.platform import Platform
from tests.pipeline_ops.catalog.making import ANN, NOW, upload_of
from tests.pipeline_ops.checkpoints.s3_server import S3Server
from tests.pipeline_ops.delivery.studio import serving
from tests.pipeline_ops.delivery.studio.airflow_server import AirflowServer
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip

S3_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tester-access-key",
    "AWS_SECRET_ACCESS_KEY": "tester-secret-key",
    "AWS_REGION": "us-east-1",
}
FORGOTTEN = (
    "DUBWRIGHT_STORE_URL",
    "DUBWRIGHT_CATALOG_URL",
    "DUBWRIGHT_SETTINGS",
    "DUBWRIGHT_SCRATCH_DIR",
    "DUBWRIGHT_MEDIA_DIR",
    "DUBWRIGHT_MEDIA_URL",
    "DUBWRIGHT_DELIVERY_KEYS",
    "DUBWRIGHT_AIRFLOW_USERNAME",
)


@dataclass
class StudioServer:
    """A studio that is served, with its catalog; Ann and Bob are its creators."""

    address: str
    platform: Platform
    catalog: CatalogDatabase
    airflow: AirflowServer
    inside: Studio

    def token(self, creator_id: str, *scopes: str) -> str:
        with self.catalog.writing() as session:
            return create_token(session, creator_id, name="test", scopes=scopes or SCOPES)[1]

    def client(self, creator_id: str, *scopes: str) -> httpx.Client:
        """A program of a creator's."""
        headers = {"Authorization": f"Bearer {self.token(creator_id, *scopes)}"}
        return httpx.Client(base_url=f"{self.address}/api", headers=headers, timeout=20)

    def video(self, name: str | None = None, creator_id: str = "ann") -> str:
        """Note an upload of a creator's, and return its id."""
        address = f"{creator_id}/{name or uuid.uuid4().hex}"
        with self.catalog.writing() as session:
            note_uploads(session, creator_id, [MediaFile(address, 1000, NOW)], datetime.now(UTC))
        return upload_of(address)

    def record(self, facts: RunFacts) -> None:
        with self.catalog.writing() as session:
            record_end(session, facts)


def store_dub(studio: StudioServer, run: RunFacts, content: bytes, folder: Path) -> None:
    """Put a file into the store as the finished video of each of a run's translations."""
    file = folder / "video.mp4"
    file.write_bytes(content)
    for translation in run.translations:
        manifest = Manifest(
            reference=CheckpointReference.parse(translation.checkpoint),
            stage_version=1,
            parameters={},
            model=None,
            inputs={},
            artefacts=(Artefact("video", "video.mp4", "video/mp4", sha256_of_file(file), len(content)),),
            outcome="completed",
            cost=Cost(wall_s=1, cpu_s=1, peak_memory_mb=1, bytes_read=1, bytes_written=1),
            created_at=NOW.isoformat(),
        )
        studio.platform.store.commit(manifest, {"video": file})


def settled(home: Path, patch: pytest.MonkeyPatch, airflow: AirflowServer) -> Platform:
    """A deployment in a folder, with its two creators."""
    for name in FORGOTTEN:
        patch.delenv(name, raising=False)
    patch.setenv("DUBWRIGHT_HOME", str(home))
    patch.setenv("DUBWRIGHT_AIRFLOW_URL", airflow.address)
    patch.setattr(airflow_client, "TRIGGER_PAUSES_S", (0.0, 0.0))
    platform = Platform.from_environment()
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, ANN)
        put_creator(session, Creator("bob", "Bob", consented_at=NOW))
        put_creator(session, Creator("cat", "Cat"))
    return platform


@pytest.fixture(scope="session")
def airflow_server() -> Iterator[AirflowServer]:
    server = AirflowServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def airflow(airflow_server: AirflowServer) -> AirflowServer:
    airflow_server.reset()
    return airflow_server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, airflow_server: AirflowServer) -> Iterator[StudioServer]:
    """A studio on a folder, shared by the tests of a file."""
    with pytest.MonkeyPatch.context() as patch:
        platform = settled(tmp_path_factory.mktemp("home"), patch, airflow_server)
        with serving.serving(platform) as (address, inside), open_catalog(platform.settings) as catalog:
            yield StudioServer(address, platform, catalog, airflow_server, inside)


@pytest.fixture
def studio(served: StudioServer, airflow: AirflowServer) -> StudioServer:
    return served


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of picture and sound."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return make_clip(path, *PICTURE, *SOUND, *H264_AAC).read_bytes()


@pytest.fixture
def s3_studio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_server: S3Server, airflow: AirflowServer
) -> Iterator[StudioServer]:
    """A studio on a bucket of a real S3 server."""
    for name, value in S3_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settled(tmp_path, monkeypatch, airflow)
    monkeypatch.setenv("DUBWRIGHT_MEDIA_URL", s3_server.url(f"uploads-{uuid.uuid4().hex[:12]}", "media"))
    platform = Platform.from_environment()
    with serving.serving(platform) as (address, inside), open_catalog(platform.settings) as catalog:
        yield StudioServer(address, platform, catalog, airflow, inside)


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.e2e)])
def any_studio(request: pytest.FixtureRequest) -> StudioServer:
    name = "studio" if request.param == "folder" else "s3_studio"
    found: StudioServer = request.getfixturevalue(name)
    return found
