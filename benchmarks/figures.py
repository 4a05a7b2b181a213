"""Times the figures that Prometheus reads, with 10,000 translations of one week in the catalog.

    python -m benchmarks.figures [--videos 5900] [--out var/benchmarks/figures]

Fills a catalog of its own, as `benchmarks.library_page` does; all runs fall into the longest window.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.deployment import tell
from benchmarks.library_page import BEGAN, fill
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.monitoring.measure import read_catalog
from pipeline_ops.settings import Settings

READ = 10


def main() -> None:
    """Fill, read, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=5900)
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/figures"))
    arguments = parser.parse_args()
    home: Path = arguments.out.absolute()
    shutil.rmtree(home, ignore_errors=True)
    os.environ["DUBWRIGHT_HOME"] = str(home)
    with open_catalog(Settings.from_environment()) as catalog:
        with catalog.writing() as session:
            translations = fill(session, arguments.videos)
        times_s = [read(catalog, arguments.videos) for _ in range(READ)]
    median_s = statistics.median(times_s)
    tell(
        f"{translations} translations of {arguments.videos} videos: median {median_s:.2f} s,"
        f" at most {max(times_s):.2f} s"
    )


def read(catalog: CatalogDatabase, videos: int) -> float:
    """Return how long all figures take, in seconds, just after the last run ended."""
    began_s = time.perf_counter()
    with catalog.reading() as session:
        list(read_catalog(session, BEGAN + timedelta(minutes=videos + 60)))
    return time.perf_counter() - began_s


if __name__ == "__main__":
    main()
