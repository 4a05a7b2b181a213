"""How the delivery service holds under many viewers: 200 of them, for a minute, on this machine.

    python -m benchmarks.delivery_load --viewers 200 --seconds 60

A server process (`dubwright delivery serve`) has a video of 11.5 s with two dubs. Another process plays
viewers who watch it again and again, as in a feed of short videos: the page, the manifest, the playlists,
then picture and sound, 3.84 s at a time, at the pace of playing, and at its end how it went. Each viewer has
a connection of its own and one of four languages. A latency ends with the last byte received.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import psutil

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.playbacks import playback_figures
from pipeline_ops.delivery.players import fetch_players
from tests.pipeline_ops.delivery.making import MadeVideo, make_platform, make_video

LANGUAGES = ("es", "pt-BR", "en", "de")
SEGMENTS_AT_ONCE = 2


@dataclass
class Tally:
    """What viewers met: latencies by kind of request, in seconds, and what went wrong."""

    latencies_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    received_bytes: int = 0
    problems: list[str] = field(default_factory=list)


class Connection:
    """One viewer's connection: requests one after another, HTTP/1.1."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, language: str) -> None:
        self._reader, self._writer, self._language = reader, writer, language

    async def ask(self, path: str, headers: str = "", method: str = "GET", body: str = "") -> tuple[int, str]:
        """Send a request, and return the status and the body as text."""
        length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        request = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Language: {self._language}\r\n"
            f"{length}{headers}\r\n{body}"
        )
        self._writer.write(request.encode())
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head.split(" ", 2)[1])
        found = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        content = await self._reader.readexactly(int(found[1])) if found else b""
        return status, content.decode("latin-1")


class Viewer:
    """Somebody who watches."""

    def __init__(self, connection: Connection, media_id: str, tally: Tally) -> None:
        self._connection, self._media, self._tally = connection, media_id, tally

    async def watch(self, until_s: float) -> None:
        """Watch until a time of the clock."""
        while time.monotonic() < until_s:
            page = await self._timed("page", f"/v/{self._media}")
            data = json.loads(re.search(r'id="video-data">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
            master_path = f"/v/{self._media}/master.m3u8?language={data['track']}"
            master = await self._timed("manifest", master_path)
            default = re.search(r'DEFAULT=YES.*URI="([^"]+)"', master)[1]  # type: ignore[index]
            picture = re.search(r"^playlists/.*$", master, re.MULTILINE)[0]  # type: ignore[index]
            parts = [await self._parts(urljoin(master_path, each)) for each in (picture, default)]
            await self._play(data, parts, until_s)

    async def _play(
        self, data: dict[str, str], parts: list[list[tuple[str, str, float]]], until_s: float
    ) -> None:
        began = time.monotonic()
        position_s = 0.0
        for together in zip(*parts, strict=True):
            for address, byte_range, _ in together:
                await self._timed("segment", address, f"Range: bytes={byte_range}\r\n")
            position_s += together[0][2]
            await asyncio.sleep(max(0.0, began + position_s - time.monotonic()))
            if time.monotonic() >= until_s:
                break
        await self._tell(data, position_s)

    async def _parts(self, playlist: str) -> list[tuple[str, str, float]]:
        """Return address, bytes and length of what is fetched at once."""
        text = await self._timed("playlist", playlist)
        found = re.findall(r"#EXTINF:([\d.]+),\n#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)", text)
        parts = []
        for at in range(0, len(found), SEGMENTS_AT_ONCE):
            some = found[at : at + SEGMENTS_AT_ONCE]
            first, last = int(some[0][2]), int(some[-1][2]) + int(some[-1][1]) - 1
            parts.append(
                (urljoin(playlist, some[0][3]), f"{first}-{last}", sum(float(each[0]) for each in some))
            )
        return parts

    async def _tell(self, data: dict[str, str], watched_s: float) -> None:
        track = {"track": data["track"], "given": True, "started": True, "watched_s": watched_s}
        body = json.dumps({"view": data["view"], "tracks": [track]})
        await self._timed("totals", f"/v/{self._media}/playbacks", method="POST", body=body)

    async def _timed(self, kind: str, path: str, headers: str = "", **request: str) -> str:
        began = time.perf_counter()
        status, text = await self._connection.ask(path, headers, **request)
        self._tally.latencies_s[kind].append(time.perf_counter() - began)
        self._tally.received_bytes += len(text)
        if status not in (200, 204, 206):
            self._tally.problems.append(f"{status} {path[:60]}")
        return text


async def play_viewers(port: int, media_id: str, viewers: int, seconds: float) -> Tally:
    """Let viewers come over the first seconds and watch to the end; return what they met."""
    tally = Tally()
    until_s = time.monotonic() + seconds
    chance = random.Random(1)  # noqa: S311  no secret

    async def one(number: int) -> None:
        await asyncio.sleep(chance.uniform(0, min(10.0, seconds / 4)))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            connection = Connection(reader, writer, LANGUAGES[number % len(LANGUAGES)])
            await Viewer(connection, media_id, tally).watch(until_s)
        except (OSError, asyncio.IncompleteReadError, TypeError) as error:
            tally.problems.append(f"{type(error).__name__}: {error}")
        finally:
            writer.close()

    await asyncio.gather(*(one(number) for number in range(viewers)))
    return tally


def cpu_seconds(process: psutil.Process) -> float:
    """Return what a process and its children have used."""
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def watch_memory(process: psutil.Process, viewers: subprocess.Popen[bytes]) -> list[float]:
    """Return the memory of a process and its children, in MB, once a second until the viewers are gone."""
    seen = []
    while viewers.poll() is None:
        family = [process, *process.children(recursive=True)]
        seen.append(sum(each.memory_info().rss for each in family) / 1e6)
        time.sleep(1)
    return seen


def start_server(video: MadeVideo, workers: int) -> tuple[subprocess.Popen[bytes], int]:
    """Start the service in a process of its own, and return it with its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Path(video.platform.settings.home, "settings.yaml")
    settings.write_text("delivery: {events_per_minute: 100000}", encoding="utf-8")  # they share one address
    environment = {
        **os.environ,
        "DUBWRIGHT_HOME": str(video.platform.settings.home),
        "DUBWRIGHT_SETTINGS": str(settings),
    }
    serve = "from pipeline_ops.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        serve,
        "delivery",
        "serve",
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]
    server = subprocess.Popen(command, env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return server, port
    message = "the server did not start"
    raise RuntimeError(message)


def main() -> None:
    """Print latencies and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--play", nargs=2, metavar=("PORT", "MEDIA"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.play:
        port, media_id = asked.play
        tally = asyncio.run(play_viewers(int(port), media_id, asked.viewers, asked.seconds))
        sys.stdout.write(json.dumps([tally.latencies_s, tally.received_bytes, tally.problems]))
        return
    with tempfile.TemporaryDirectory() as folder:
        platform = make_platform(Path(folder, "home"))
        fetch_players(platform.weights)
        video = make_video(platform, Path(folder, "made"))
        server, port = start_server(video, asked.workers)
        try:
            report(asked, video, server, port)
        finally:
            server.terminate()
            server.wait()


def report(asked: argparse.Namespace, video: MadeVideo, server: subprocess.Popen[bytes], port: int) -> None:
    """Let viewers watch, and print what they met and what the server took."""
    process = psutil.Process(server.pid)
    command = [sys.executable, "-m", "benchmarks.delivery_load", "--play", str(port), video.media_id]
    command += ["--viewers", str(asked.viewers), "--seconds", str(asked.seconds)]
    cpu_before_s = cpu_seconds(process)
    with tempfile.TemporaryFile() as output:
        viewers = subprocess.Popen(command, stdout=output)
        memory_mb = watch_memory(process, viewers)
        output.seek(0)
        latencies_s, received_bytes, problems = json.load(output)
    cpu_s = cpu_seconds(process) - cpu_before_s
    print(f"{asked.viewers} viewers, {asked.seconds:.0f} s, {asked.workers} worker(s)")
    print("| request | number | median, ms | 95 %, ms | 99 %, ms |\n|---|---|---|---|---|")
    for kind, values in latencies_s.items():
        median, high, highest = np.percentile(np.array(values) * 1000, [50, 95, 99])
        print(f"| {kind} | {len(values)} | {median:.1f} | {high:.1f} | {highest:.1f} |")
    at_quarters = [memory_mb[len(memory_mb) * quarter // 4 - 1] for quarter in (1, 2, 3, 4)]
    print(f"problems: {len(problems)} {problems[:3]}")
    requests = sum(map(len, latencies_s.values()))
    print(
        f"received: {received_bytes / 1e6:.0f} MB; CPU of the server: {cpu_s:.1f} s,"
        f" {1000 * cpu_s / requests:.2f} ms a request"
    )
    print("memory of the server at each quarter, MB:", *(round(each) for each in at_quarters))
    with open_catalog(video.platform.settings) as catalog, catalog.reading() as session:
        for row in playback_figures(session, "language"):
            minutes = row.watched_s / 60
            print(f"counted: {row.language}, {row.impressions} impressions, {minutes:.1f} min watched")


if __name__ == "__main__":
    main()
