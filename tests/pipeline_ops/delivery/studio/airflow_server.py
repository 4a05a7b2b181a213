"""A real HTTP server that answers as Airflow's REST API does: keeps runs, and tells how their tasks stand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

RUNS = re.compile(r"/api/v2/dags/translate_video/dagRuns(?:/([^/]+))?(/taskInstances)?")


@dataclass
class AirflowServer:
    """Keeps what was triggered; a test says how tasks stand, and whether it answers at all.

    Attributes:
        runs: By id, the parameters that each was started with.
        tasks: By run, rows of task instances.
        refusal: A status with which each trigger is refused, None where it is taken.
        is_out: Whether it answers 503 to everything.
    """

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    triggers: list[str] = field(default_factory=list)
    refusal: int | None = None
    is_out: bool = False
    _server: ThreadingHTTPServer | None = None
    _thread: Thread | None = None

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        assert self._server is not None and self._thread is not None
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reset(self) -> None:
        self.runs.clear()
        self.tasks.clear()
        self.triggers.clear()
        self.refusal, self.is_out = None, False

    def trigger(self, body: dict[str, Any]) -> tuple[int, object]:
        run_id = body["dag_run_id"]
        self.triggers.append(run_id)
        if self.refusal is not None:
            return self.refusal, {"detail": "no such parameter: secret-host"}
        if run_id in self.runs:
            return 409, {"detail": "there is such a run"}
        self.runs[run_id] = body["conf"]
        return 200, self._run(run_id)

    def look(self, run_id: str, tasks: bool) -> tuple[int, object]:
        if run_id not in self.runs:
            return 404, {"detail": "not found"}
        if not tasks:
            return 200, self._run(run_id)
        rows = self.tasks.get(run_id, [])
        return 200, {"task_instances": rows, "total_entries": len(rows)}

    def _run(self, run_id: str) -> dict[str, Any]:
        return {
            "dag_run_id": run_id,
            "state": "running",
            "conf": self.runs[run_id],
            "start_date": "2026-11-26T12:00:00+00:00",
            "end_date": None,
        }


def task(task_id: str, state: str | None, map_index: int = -1) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "map_index": map_index,
        "rendered_map_index": None,
        "state": state,
        "try_number": 1,
        "max_tries": 6,
        "pid": None,
        "start_date": "2026-11-26T12:00:00+00:00" if state else None,
        "end_date": "2026-11-26T12:00:07+00:00" if state == "success" else None,
    }


def _handler(airflow: AirflowServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(*((503, {}) if airflow.is_out else airflow.trigger(json.loads(body))))

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            found = RUNS.fullmatch(path)
            if airflow.is_out:
                self._answer(503, {})
            elif path == "/auth/token":
                self._answer(201, {"access_token": "token"})
            elif found:
                self._answer(*airflow.look(unquote(found[1]), bool(found[2])))
            else:
                self._answer(404, {"detail": "not found"})

        def _answer(self, status: int, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
