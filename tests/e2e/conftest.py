"""One Airflow for all end-to-end tests: starting it is what takes longest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_ops.airflow_control import local
from pipeline_ops.airflow_control.client import AirflowClient
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from tests.e2e.breakable_connection import BreakableConnection
from tests.e2e.deployment import WITHOUT_LIPS, Deployment
from tests.pipeline_ops.checkpoints.s3_server import S3Server
from tests.pipeline_ops.other_translator import write_catalog

REPOSITORY = Path(__file__).parents[2]
MEDIA = REPOSITORY.parent / "shared" / "media"

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tester-access-key",
    "AWS_SECRET_ACCESS_KEY": "tester-secret-key",
    "AWS_REGION": "us-east-1",
}

CHEAP = """
stages:
  fit_voice: {tries: 0}
  package_source: {short_sides_px: [144], preset: ultrafast, quality_target: null}
  package: {preset: ultrafast}
"""
"""Voices are fitted and ladders made in other tests; here that would be half a minute of every run."""


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, s3_server: S3Server) -> Iterator[Deployment | None]:
    """The environment variables of the deployment, in force as long as it runs."""
    home = tmp_path_factory.mktemp("deployment")
    storage = BreakableConnection(s3_server.port)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        patch.setenv("DUBWRIGHT_HOME", str(home))
        patch.setenv("DUBWRIGHT_MEDIA_DIR", str(home / "media"))
        patch.setenv("DUBWRIGHT_STORE_URL", f"s3://e2e/store?endpoint=http://127.0.0.1:{storage.port}")
        patch.setenv("DUBWRIGHT_CATALOG", str(home / "models.yaml"))
        write_catalog(home / "models.yaml")
        patch.setenv("DUBWRIGHT_SETTINGS", str(home / "settings.yaml"))
        (home / "settings.yaml").write_text(CHEAP, encoding="utf-8")
        # So that Airflow's processes find the translators that the tests bring.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
        settings = Settings.from_environment()
        settings.media_dir.mkdir()
        try:
            address = local.up(settings, print).running.address
            with AirflowClient(address) as client:
                yield Deployment(address, client, Platform.from_environment(settings), storage)
        finally:
            storage.ensure_mended()
            local.down(settings, print)


@pytest.fixture
def deployment(environment: Deployment) -> Deployment:
    """The running deployment, its storage within reach."""
    environment.storage.ensure_mended()
    return environment


@pytest.fixture(scope="session")
def talk() -> Path:
    """Five seconds of a person who speaks English."""
    return _clip("video/retalking_5.mp4")


@pytest.fixture(scope="session")
def translated(environment: Deployment, talk: Path) -> str:
    """A run of which one language is done and the other rejected, for all who look at such a run."""
    run_id = environment.send(talk, "pt,en", **WITHOUT_LIPS)
    environment.wait(run_id)
    return run_id


@pytest.fixture(scope="session")
def silent_video() -> Path:
    """A face that says nothing."""
    return _clip("bad/silence_with_face.mp4")


@pytest.fixture(scope="session")
def no_video() -> Path:
    """A text file that is called a video."""
    return _clip("bad/text.mp4")


def _clip(name: str) -> Path:
    path = MEDIA / name
    if not path.is_file():
        pytest.skip(f"the test clip {name} is not beside the repository (../shared/media)")
    return path
