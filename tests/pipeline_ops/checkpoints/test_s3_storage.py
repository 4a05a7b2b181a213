"""What is special about S3: the network, the credentials, uploads in parts."""

from __future__ import annotations

import http.server
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pipeline_ops.checkpoints.collect_garbage import collect_garbage
from pipeline_ops.checkpoints.s3_storage import S3Settings, S3Storage
from pipeline_ops.checkpoints.storage import open_storage
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.errors import SettingsError, StorageUnavailableError
from tests.pipeline_ops.checkpoints.conftest import CREDENTIALS
from tests.pipeline_ops.checkpoints.making import commit, make_reference
from tests.pipeline_ops.checkpoints.s3_server import S3Server

pytestmark = pytest.mark.e2e

BINARY = "application/octet-stream"


def _names_no_credentials(error: BaseException | None) -> bool:
    said = ""
    while error is not None:
        said += f"{error} {error!r}"
        error = error.__cause__
    return not any(CREDENTIALS[name] in said for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))


def test_settings_do_not_show_their_secrets() -> None:
    settings = S3Settings("host", True, "bucket", "", None, "my-key", "my-secret", "my-token")
    assert "my-" not in repr(settings)


def test_a_server_that_stops_is_told_and_may_come_back(tmp_path: Path) -> None:
    server = S3Server()
    server.start()
    try:
        store = CheckpointStore(open_storage(server.url("kept"), CREDENTIALS), scratch_dir=tmp_path / "in")
        commit(store, tmp_path, "one")
        server.stop()
        for use in (
            lambda: store.find(make_reference("one")),
            lambda: commit(store, tmp_path, "two"),
            lambda: list(store.references()),
            lambda: collect_garbage(store, dry_run=False),
        ):
            with pytest.raises(StorageUnavailableError, match=rf"kept.*{server.endpoint}") as caught:
                use()
            assert _names_no_credentials(caught.value)
        server.start()
        manifest = commit(store, tmp_path, "one")
        assert store.find(manifest.reference) == manifest
        assert store.fetch(manifest.reference, "sound").read_bytes() == b"sound of one"
    finally:
        server.stop()


@contextmanager
def _answering(status: int, body: bytes) -> Iterator[str]:
    """Run an HTTP server that always gives one answer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _error_body(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>as it is</Message></Error>".encode()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, _error_body("SlowDown"), StorageUnavailableError),
        (507, _error_body("XMinioStorageFull"), StorageUnavailableError),
        (403, _error_body("InvalidAccessKeyId"), SettingsError),
        (400, b"<html>no XML of S3's", StorageUnavailableError),
    ],
)
def test_what_a_server_says_becomes_an_error_of_the_tree(
    status: int, body: bytes, error: type[Exception]
) -> None:
    with _answering(status, body) as endpoint:
        storage = open_storage(f"s3://bucket/p?endpoint=http://{endpoint}", CREDENTIALS)
        for use in (lambda: storage.get_bytes("a/b"), lambda: storage.put_bytes("a/b", b"1", BINARY)):
            with pytest.raises(error, match=rf"bucket.*{endpoint}") as caught:
                use()
            assert _names_no_credentials(caught.value)


@contextmanager
def _cutting_proxy(target_port: int, cut_after_bytes: int, cuts: int) -> Iterator[int]:
    """Pass connections on, and cut the first `cuts` long answers after so many bytes."""
    left = cuts

    def serve(client: socket.socket) -> None:
        nonlocal left
        with closing(client), closing(socket.create_connection(("127.0.0.1", target_port))) as upstream:
            request = b""
            while b"\r\n\r\n" not in request:
                request += client.recv(1 << 16)
            upstream.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            passed = 0
            while data := upstream.recv(1 << 16):
                client.sendall(data)
                passed += len(data)
                if left and passed > cut_after_bytes:
                    left -= 1
                    return

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _stored_content(server: S3Server, bucket: str) -> bytes:
    content = uuid.uuid4().bytes * (3 << 16)  # 3 MiB
    open_storage(server.url(bucket), CREDENTIALS).put_bytes("a/b", content, BINARY)
    return content


def test_a_download_that_breaks_off_is_taken_up_where_it_stopped(s3_server: S3Server) -> None:
    content = _stored_content(s3_server, "broken-twice")
    with _cutting_proxy(s3_server.port, 1 << 20, cuts=2) as port:
        url = f"s3://broken-twice/store?endpoint=http://127.0.0.1:{port}"
        assert open_storage(url, CREDENTIALS).get_bytes("a/b") == content


def test_a_download_that_always_breaks_off_makes_the_storage_unavailable(s3_server: S3Server) -> None:
    _stored_content(s3_server, "always-broken")
    with _cutting_proxy(s3_server.port, 1 << 16, cuts=100) as port:
        url = f"s3://always-broken/store?endpoint=http://127.0.0.1:{port}"
        with pytest.raises(StorageUnavailableError, match="always-broken"):
            open_storage(url, CREDENTIALS).get_bytes("a/b")


def test_open_multipart_uploads_are_aborted_after_the_grace_period(s3_url: str, tmp_path: Path) -> None:
    storage = open_storage(s3_url)
    assert isinstance(storage, S3Storage)
    store = CheckpointStore(storage, scratch_dir=tmp_path)
    storage.put_bytes("a/b", b"1", BINARY)
    client, bucket = storage._client, storage._bucket
    client._create_multipart_upload(bucket, "store/blobs/ab/cd", {"Content-Type": BINARY})
    client._create_multipart_upload(bucket, "a-stranger/blobs/ab/cd", {"Content-Type": BINARY})

    # moto says of every upload that it was begun in 2010, so none is young here.
    later = datetime.now(UTC) + timedelta(days=8)
    assert collect_garbage(store, now=later).unfinished_uploads.count == 1
    assert [upload.name for upload in storage.unfinished_uploads()] == ["store/blobs/ab/cd"]
    assert collect_garbage(store, dry_run=False, now=later).unfinished_uploads.count == 1
    assert list(storage.unfinished_uploads()) == []
    assert len(client._list_multipart_uploads(bucket).uploads) == 1


def test_two_prefixes_of_one_bucket_do_not_see_each_other(s3_server: S3Server) -> None:
    one = open_storage(s3_server.url("shared", "one"), CREDENTIALS)
    two = open_storage(s3_server.url("shared", "one-more"), CREDENTIALS)
    two.put_bytes("a/b", b"2", BINARY)
    assert one.stat("a/b") is None
    assert list(one.walk("a")) == []


def test_anybody_may_read_at_a_signed_address_and_two_signed_together_are_one(s3_url: str) -> None:
    storage = open_storage(s3_url)
    storage.put_bytes("blobs/a", b"0123456789", "video/mp4")
    now = datetime.now(UTC)
    address = storage.signed_address("blobs/a", now, 60)
    assert address is not None and address == storage.signed_address("blobs/a", now, 60)
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in address
    answer = httpx.get(address, headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")
