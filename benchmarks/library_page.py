"""Times the library page of Airflow's UI with 10,000 translations in the catalog.

    python -m benchmarks.library_page [--videos 5900] [--out var/benchmarks/library]

Fills a catalog of its own (SQLite, or DUBWRIGHT_CATALOG_URL where that is set: an empty database), starts a
local Airflow, and asks its API server for the page.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert
from sqlalchemy.orm import Session

from benchmarks.deployment import tell
from pipeline_ops.airflow_control.local import current_address
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.tables import (
    MediumRow,
    OutcomeRow,
    RunRow,
    StageRow,
    TranslationRow,
    UploadRow,
)
from pipeline_ops.graph import FINAL_STAGE, nodes_of
from pipeline_ops.settings import Settings

LANGUAGES = ("pt", "es")
CREATORS = 40
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
REASONS = ("no_speech", "unsupported_source_language", "garbage_transcript", "translation_too_long")
ENDS = (("done", 0.86), ("rejected", 0.1), ("failed", 0.02), ("waiting", 0.02))
"""How videos end, and how often."""

BATCH = 2000
ASKED = 20
KEY = "0" * 64


def main() -> None:
    """Fill, start, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=5900)
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/library"))
    arguments = parser.parse_args()
    home: Path = arguments.out.absolute()
    shutil.rmtree(home, ignore_errors=True)
    os.environ["DUBWRIGHT_HOME"] = str(home)
    settings = Settings.from_environment()
    with open_catalog(settings) as catalog, catalog.writing() as session:
        translations = fill(session, arguments.videos)
    subprocess.run(["dubwright", "airflow", "up"], check=True, stdout=subprocess.DEVNULL)
    try:
        address = f"{current_address(settings)}/dubwright/library"
        for name, query in (("all creators", ""), ("one creator", "?creator=creator-7")):
            first_s, *others_s = (ask(address + query) for _ in range(ASKED))
            tell(
                f"{name}: {translations} translations of {arguments.videos} videos: first {first_s:.2f} s,"
                f" then median {statistics.median(others_s):.2f} s, at most {max(others_s):.2f} s"
            )
    finally:
        subprocess.run(["dubwright", "airflow", "down"], check=True, stdout=subprocess.DEVNULL)


def ask(address: str) -> float:
    """Return how long a page takes, in seconds, read to its end."""
    began_s = time.perf_counter()
    httpx.get(address, timeout=60).raise_for_status()
    return time.perf_counter() - began_s


def fill(session: Session, videos: int) -> int:
    """Write videos of many creators with what became of them; return how many translations there are."""
    for number in range(CREATORS):
        creator = Creator(f"creator-{number}", f"Creator {number}", True, LANGUAGES, BEGAN)
        put_creator(session, creator)
    dice = random.Random(7)  # noqa: S311  the same library every time
    made = [video(number, dice) for number in range(videos)]
    for table in (MediumRow, UploadRow, RunRow, OutcomeRow, StageRow, TranslationRow):
        rows = (row for each in made for row in each.get(table, ()))
        for batch in batches(rows, BATCH):
            session.execute(insert(table), batch)
    return sum(len(each[TranslationRow]) for each in made)


def video(number: int, dice: random.Random) -> dict[Any, list[dict[str, Any]]]:
    """Return the rows of one video: its upload, its run, and how both languages ended."""
    creator_id, media_id, run_id = f"creator-{number % CREATORS}", f"media-{number}", f"run-{number}"
    moment = BEGAN + timedelta(minutes=number)
    ends = {language: dice.choices(*zip(*ENDS, strict=True))[0] for language in LANGUAGES}
    done = [language for language, end in ends.items() if end == "done"]
    return {
        MediumRow: [
            {
                "id": media_id,
                "source": f"ingest/{KEY}",
                "creator_id": creator_id,
                "sha256": KEY,
                "size_bytes": 10_000_000,
                "duration_s": 90.0,
                "source_language": "en",
                "first_seen_at": moment,
            }
        ],
        UploadRow: [
            {
                "id": f"upload-{number}",
                "creator_id": creator_id,
                "address": f"media/{creator_id}/talk-{number}.mp4",
                "size_bytes": 10_000_000,
                "uploaded_at": moment,
                "found_at": moment,
                "media_id": media_id,
            }
        ],
        RunRow: [
            {
                "id": run_id,
                "origin": "backlog",
                "status": "running" if "waiting" in ends.values() else "done",
                "held": False,
                "creator_id": creator_id,
                "upload_id": f"upload-{number}",
                "media_id": media_id,
                "requested_at": moment,
                "started_at": moment,
                "ended_at": moment + timedelta(minutes=3),
            }
        ],
        OutcomeRow: [
            {
                "run_id": run_id,
                "language": language,
                "status": end,
                "reason_code": dice.choice(REASONS) if end == "rejected" else None,
                "message": "Stage synthesize failed." if end == "failed" else None,
                "lines": 12 if end == "done" else None,
                "metrics": {"speed_deviation": 0.1},
            }
            for language, end in ends.items()
        ],
        StageRow: stages(run_id, done),
        TranslationRow: [
            {
                "run_id": run_id,
                "language": language,
                "media_id": media_id,
                "creator_id": creator_id,
                "checkpoint": f"{FINAL_STAGE}/{KEY}",
                "sha256": KEY,
                "state": "published" if number % 20 else "awaiting_review",
                "made_at": moment,
                "published_at": moment if number % 20 else None,
            }
            for language in done
        ],
    }


def stages(run_id: str, languages: Iterable[str]) -> list[dict[str, Any]]:
    """Return a row a stage, as runs leave them: they make most of the catalog's size."""
    places = [(node.name, "") for node in nodes_of("video")]
    places += [(node.name, language) for language in languages for node in nodes_of("language")]
    return [
        {
            "run_id": run_id,
            "stage": stage,
            "language": language,
            "checkpoint": f"{stage}/{KEY}",
            "reused": False,
            "stage_version": 1,
            "wall_s": 2.0,
            "cpu_s": 2.0,
            "peak_memory_mb": 300.0,
            "bytes_written": 1_000_000,
        }
        for stage, language in places
    ]


def batches(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Cut rows into lists."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


if __name__ == "__main__":
    main()
