"""The plugin's pages on a real API server."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline_ops.airflow_control.environment import Places, local_environment
from pipeline_ops.airflow_control.local import service_command
from pipeline_ops.airflow_control.processes import start, stop
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.runner import ingest
from tests.e2e.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(200)]

START_LIMIT_S = 60.0
PASSWORD = "only-for-tests"


@pytest.fixture(scope="module")
def upload(environment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> CheckpointReference:
    """A page with a script, uploaded as a video."""
    file = tmp_path_factory.mktemp("upload") / "talk.mp4"
    file.write_text("<html><script>alert(1)</script></html>")
    return ingest(file, environment.platform)


def _get(deployment: Deployment, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{deployment.address}/dubwright{path}", headers=headers)


def test_a_checkpoints_page_shows_how_it_was_made(
    deployment: Deployment, upload: CheckpointReference
) -> None:
    page = _get(deployment, f"/checkpoints/{upload}")
    assert page.status_code == httpx.codes.OK
    assert str(upload) in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_an_upload_is_offered_as_a_download_and_never_shown(
    deployment: Deployment, upload: CheckpointReference
) -> None:
    answer = _get(deployment, f"/checkpoints/{upload}/artefacts/source")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_range_of_an_artefact_is_sent(deployment: Deployment, upload: CheckpointReference) -> None:
    answer = _get(deployment, f"/checkpoints/{upload}/artefacts/source", Range="bytes=1-4")
    assert (answer.status_code, answer.content) == (httpx.codes.PARTIAL_CONTENT, b"html")


@pytest.mark.parametrize(
    "path",
    [
        "/checkpoints/probe/" + "0" * 64,
        "/checkpoints/probe/nonsense",
        "/checkpoints/..%2f..%2fsecret/" + "0" * 64,
        "/checkpoints/%2e%2e/%2e%2e",
        "/static/..%2f..%2f..%2f..%2fpyproject.toml",
    ],
)
def test_what_is_not_there_is_not_found(deployment: Deployment, path: str) -> None:
    assert _get(deployment, path).status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("name", ["nothing", "..%2fmanifest.json", "%2e%2e"])
def test_an_artefact_that_is_not_there_is_not_found(
    deployment: Deployment, upload: CheckpointReference, name: str
) -> None:
    answer = _get(deployment, f"/checkpoints/{upload}/artefacts/{name}")
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert "<html><script>" not in answer.text


@pytest.fixture(scope="module")
def server_with_logins(environment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second API server on the same database, which asks who one is."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = environment.platform.settings
    passwords = tmp_path_factory.mktemp("passwords") / "passwords.json"
    passwords.write_text(json.dumps(dict.fromkeys(("ana", "vi"), PASSWORD)))
    variables = {
        **local_environment(settings, Places.of(settings), port),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "ana:op,vi:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
    log = tmp_path_factory.mktemp("server") / "log"
    record = start("api-server", service_command("api-server"), variables, log, Path.cwd())
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not _answers(address):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield address
    finally:
        stop([record], patience_s=5.0)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v2/monitor/health").is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    "path", ["/checkpoints/{upload}", "/checkpoints/{upload}/artefacts/source", "/runs/any", "/library"]
)
def test_nobody_sees_anything_without_a_login(
    server_with_logins: str, upload: CheckpointReference, path: str
) -> None:
    address = f"{server_with_logins}/dubwright{path.format(upload=upload)}"
    answer = httpx.get(address)
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert "script" not in answer.text
    browser = httpx.get(address, headers={"Accept": "text/html"})
    assert browser.is_redirect
    assert "/auth/login" in browser.headers["location"]


def _log_in(server: str, name: str) -> httpx.Client:
    """Return a browser's session: the login lies in a cookie."""
    answer = httpx.post(f"{server}/auth/token", json={"username": name, "password": PASSWORD})
    return httpx.Client(base_url=f"{server}/dubwright", cookies={"_token": answer.json()["access_token"]})


@pytest.mark.parametrize("path", ["/edits", "/decisions"])
def test_who_may_only_look_changes_nothing(server_with_logins: str, path: str) -> None:
    fields = {"run_id": "any", "language": "pt", "choice": "approve"}
    same_origin = {"Sec-Fetch-Site": "same-origin"}
    with _log_in(server_with_logins, "vi") as viewer, _log_in(server_with_logins, "ana") as operator:
        assert viewer.get("/library").status_code == httpx.codes.OK
        assert viewer.post(path, data=fields, headers=same_origin).status_code == httpx.codes.FORBIDDEN
        # who may change something is told that there is no such run
        assert operator.post(path, data=fields, headers=same_origin).status_code == httpx.codes.NOT_FOUND
        # but not where another site's page sends it, or nobody says who did
        assert operator.post(path, data=fields).status_code == httpx.codes.FORBIDDEN
        foreign = {"Origin": "https://evil.example"}
        assert operator.post(path, data=fields, headers=foreign).status_code == httpx.codes.FORBIDDEN


def test_a_page_says_when_the_storage_is_gone(deployment: Deployment, upload: CheckpointReference) -> None:
    deployment.storage.cut()
    try:
        answer = httpx.get(f"{deployment.address}/dubwright/checkpoints/{upload}", timeout=60)
    finally:
        deployment.storage.mend()
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "Traceback" not in answer.text
