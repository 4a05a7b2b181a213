"""The studio as it is served: mounted below /studio, by uvicorn, in this process or one of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from pipeline_ops.delivery.studio.app import create_studio_app
from pipeline_ops.delivery.studio.studio import Studio
from pipeline_ops.platform import Platform


def app(platform: Platform | None = None) -> FastAPI:
    outer = FastAPI(openapi_url=None)
    outer.mount("/studio", create_studio_app(platform))
    return outer


@contextmanager
def serving(platform: Platform, *, is_mounted: bool = True) -> Iterator[tuple[str, Studio]]:
    """Serve from a thread, and give the studio's address and the studio itself."""
    inner = create_studio_app(platform)
    outer = FastAPI(openapi_url=None)
    outer.mount("/studio", inner)
    inside: Studio = inner.state.studio
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(outer if is_mounted else inner, log_level="error", lifespan="off")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            deadline = time.monotonic() + 20
            while not server.started:
                assert time.monotonic() < deadline and thread.is_alive()
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}{'/studio' if is_mounted else ''}", inside
        finally:
            server.should_exit = True
            thread.join()
            inside.close()
