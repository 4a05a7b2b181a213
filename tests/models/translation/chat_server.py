"""A real HTTP server that speaks chat completions as a script tells it, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[[dict[str, Any]], "Answer"]


@dataclass(frozen=True)
class Answer:
    """What the server sends: a status and a body, perhaps late, perhaps byte by byte."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    pause_between_bytes_s: float = 0.0


def says(text: str, finish_reason: str = "stop") -> Answer:
    """Return a well-formed completion."""
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
    return Answer(json.dumps({"choices": [choice]}).encode())


def says_lines(*lines: dict[str, Any]) -> Answer:
    """Return a completion with a batch's lines."""
    return says(json.dumps({"lines": lines}))


@dataclass
class ChatServer:
    """A running server and what it was asked."""

    address: str
    questions: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def chat_server(script: Script) -> Iterator[ChatServer]:
    """Serve on a free port until the block ends."""
    server: ChatServer

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.questions.append({"path": self.path, **question})
            server.headers.append(dict(self.headers))
            answer = script(question)
            time.sleep(answer.pause_s)
            try:
                self.send_response(answer.status)
                for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                step = 1 if answer.pause_between_bytes_s else max(1, len(answer.body))
                for start in range(0, len(answer.body), step):
                    self.wfile.write(answer.body[start : start + step])
                    time.sleep(answer.pause_between_bytes_s)
            except (BrokenPipeError, ConnectionResetError):
                return  # the client had no more patience

        def log_message(self, *_: Any) -> None:
            return

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server = ChatServer(f"http://127.0.0.1:{listener.server_address[1]}/v1")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
