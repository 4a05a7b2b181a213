"""How fast the studio answers and takes files: `python -m benchmarks.studio`.

A creator with 500 videos, each asked for in two languages; pages and API by turns; then a file in parts, to a
folder. The studio runs in a process of its own.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.tokens import create_token
from pipeline_ops.catalog.uploads import note_uploads
from pipeline_ops.media_bucket import MediaFile
from pipeline_ops.settings import Settings
from tests.pipeline_ops.catalog.making import NOW, facts, upload_of

VIDEOS = 500
ASKED = 60
FILE_BYTES = 200_000_000


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        os.environ["DUBWRIGHT_HOME"] = home
        token = _fill()
        free.close()
        command = [sys.executable, "-c", "from pipeline_ops.cli import main; main()", "studio", "serve"]
        with subprocess.Popen([*command, "--port", str(port)]) as server:
            try:
                _measure(f"http://127.0.0.1:{port}/studio", token)
                _print_memory(server.pid)
            finally:
                server.terminate()


def _fill() -> str:
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        put_creator(session, Creator("ann", "Ann", consented_at=NOW))
        for number in range(VIDEOS):
            address = f"ann/{number:04}"
            moment = NOW + timedelta(minutes=number)
            note_uploads(session, "ann", [MediaFile(address, 1000, NOW)], moment)
            run = facts(
                f"run-{number}",
                video=address,
                done=("pt",),
                rejected={"es": "unsupported_language_pair"},
                creator_id="ann",
                upload_id=upload_of(address),
            )
            record_end(session, run)
        return create_token(session, "ann", name="benchmark", now=datetime.now(UTC))[1]


def _measure(address: str, token: str) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        _wait(client, address)
        video = client.get(f"{address}/api/videos").json()[0]["id"]
        for name, path in {
            "page of 50 videos": "/",
            "page of a video": f"/videos/{video}",
            "50 videos, JSON": "/api/videos",
            "a video, JSON": f"/api/videos/{video}",
        }.items():
            times_ms = sorted(_time_ms(client, address + path) for _ in range(ASKED))
            print(
                f"{name}: median {statistics.median(times_ms):.0f} ms, 95th percentile "
                f"{times_ms[int(0.95 * ASKED)]:.0f} ms"
            )
        _send(client, address)


def _time_ms(client: httpx.Client, address: str) -> float:
    begun_s = time.perf_counter()
    client.get(address).raise_for_status()
    return 1000 * (time.perf_counter() - begun_s)


def _send(client: httpx.Client, address: str) -> None:
    api = f"{address}/api/uploads"
    upload = client.post(api, json={"file_name": "large.mp4", "size_bytes": FILE_BYTES}).json()
    content = os.urandom(upload["part_bytes"])
    begun_s = time.perf_counter()
    for number in range(1, upload["part_count"] + 1):
        size_bytes = min(upload["part_bytes"], FILE_BYTES - (number - 1) * upload["part_bytes"])
        client.put(f"{api}/{upload['id']}/parts/{number}", content=content[:size_bytes]).raise_for_status()
    took_s = time.perf_counter() - begun_s
    print(
        f"{FILE_BYTES / 1e6:.0f} MB in {upload['part_count']} parts to a folder: {took_s:.1f} s, "
        f"{FILE_BYTES / 1e6 / took_s:.0f} MB/s, one part at a time"
    )


def _wait(client: httpx.Client, address: str) -> None:
    deadline_s = time.monotonic() + 60
    while True:
        try:
            client.get(f"{address}/login").raise_for_status()
            return
        except httpx.TransportError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.2)


def _print_memory(pid: int) -> None:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    peak_kb = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(f"largest memory of the studio: {int(peak_kb) / 1000:.0f} MB")


if __name__ == "__main__":
    main()
