"""The client against a real server of HTTP that answers as Airflow does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from pipeline_ops.airflow_control import client as module
from pipeline_ops.airflow_control.client import AirflowClient, AirflowRefusedError, AirflowUnavailableError

RUN = {"dag_run_id": "run-1", "state": "queued", "conf": {}, "start_date": None, "end_date": None}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIGGER_PAUSES_S", (0.0, 0.0))


@contextmanager
def airflow(answers: list[int], known: bool) -> Iterator[AirflowClient]:
    """A server that answers each trigger with the next status, and may know the run already."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = answers.pop(0)
            self._answer(status, RUN if status == 200 else {"detail": "database is locked"})

        def do_GET(self) -> None:
            if self.path.startswith("/auth/token"):
                self._answer(201, {"access_token": "token"})
            elif known:
                self._answer(200, RUN)
            else:
                self._answer(404, {"detail": "not found"})

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        with AirflowClient(f"http://127.0.0.1:{server.server_port}") as client:
            yield client
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_run_is_asked_for_again_where_the_server_could_not() -> None:
    with airflow([500, 500, 200], known=False) as client:
        assert client.trigger("translate_video", "run-1", {}).run_id == "run-1"


def test_a_run_that_had_begun_before_the_server_failed_is_not_asked_for_again() -> None:
    answers = [500, 409]
    with airflow(answers, known=True) as client:
        assert client.trigger("translate_video", "run-1", {}).run_id == "run-1"
    assert answers == [409]


def test_a_server_that_goes_on_failing_is_told() -> None:
    with airflow([500, 500, 500], known=False) as client, pytest.raises(AirflowUnavailableError, match="500"):
        client.trigger("translate_video", "run-1", {})


def test_a_run_that_is_there_is_refused() -> None:
    with airflow([409], known=True) as client, pytest.raises(AirflowRefusedError):
        client.trigger("translate_video", "run-1", {})
