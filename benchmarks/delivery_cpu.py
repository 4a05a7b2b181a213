"""What a request costs the delivery service: processor time by kind, without a network and without a crowd.

    python -m benchmarks.delivery_cpu

A video of 11.5 s with two dubs. Requests go through the whole application, one after another, 25 at a time;
of twelve times the best counts, since whatever else runs on the machine only adds.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from pipeline_ops.delivery.app import create_app
from pipeline_ops.delivery.players import fetch_players
from tests.pipeline_ops.delivery.making import make_platform, make_video

AT_A_TIME = 25
WARMING_UP = 20


async def ask(app: Any, address: str, byte_range: str = "") -> str:
    """Send a request, and return the body as text.

    Raises:
        RuntimeError: it was not answered with what it asks for.
    """
    path, _, query = address.partition("?")
    headers = [(b"host", b"localhost"), (b"accept-language", b"es")]
    if byte_range:
        headers.append((b"range", byte_range.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    if messages[0]["status"] not in (200, 206):
        message = f"{messages[0]['status']}: {address}"
        raise RuntimeError(message)
    return b"".join(each.get("body", b"") for each in messages[1:]).decode("latin-1")


async def measure(app: Any, media_id: str, times: int) -> None:
    """Print what each kind of request costs."""
    base = f"/v/{media_id}"
    master = await ask(app, f"{base}/master.m3u8?language=es")
    playlist = re.search(r'"(playlists/es-audio[^"]+)"', master)[1]  # type: ignore[index]
    segment = re.search(r'URI="\.\./([^"]+)"', await ask(app, f"{base}/{playlist}"))[1]  # type: ignore[index]
    kinds = {
        "page": (base, ""),
        "HLS manifest": (f"{base}/master.m3u8?language=es", ""),
        "DASH manifest": (f"{base}/manifest.mpd?language=es", ""),
        "playlist": (f"{base}/{playlist}", ""),
        "segment (10 kB)": (f"{base}/{segment}", "bytes=0-9999"),
    }
    print("| request | CPU, ms |\n|---|---|")
    for kind, (address, byte_range) in kinds.items():
        for _ in range(WARMING_UP):
            await ask(app, address, byte_range)
        costs_s = []
        for _ in range(times):
            began_s = time.process_time()
            for _ in range(AT_A_TIME):
                await ask(app, address, byte_range)
            costs_s.append((time.process_time() - began_s) / AT_A_TIME)
        print(f"| {kind} | {1000 * min(costs_s):.2f} |")


async def serve(app: Any, media_id: str, times: int) -> None:
    """Measure while the application lives."""
    async with app.router.lifespan_context(app):
        await measure(app, media_id, times)


def main() -> None:
    """Make a video, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=12)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        platform = make_platform(Path(folder, "home"))
        fetch_players(platform.weights)
        video = make_video(platform, Path(folder, "made"))
        asyncio.run(serve(create_app(platform), video.media_id, asked.times))


if __name__ == "__main__":
    main()
