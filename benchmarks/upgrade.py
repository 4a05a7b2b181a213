"""Prints what an upgrade of the translator was planned to recompute and to cost, and what it did.

    python -m benchmarks.upgrade CLIP... [--with-lips] [--home var/benchmarks/upgrade]

Every clip is translated into Portuguese on an empty store and catalog, in one process; then the translator is
swapped for one that ends its sentences otherwise, so that everything after it has to be made again.
"""

from __future__ import annotations

import argparse
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline_ops.accept import accept
from pipeline_ops.attach import attach_consents
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.execute import execute
from pipeline_ops.platform import Platform
from pipeline_ops.report import build_report
from pipeline_ops.request import Request
from pipeline_ops.run_lifecycle import begin_run, end_run
from pipeline_ops.runner import ingest
from pipeline_ops.settings import Settings
from pipeline_ops.upgrades.plan import plan_upgrade
from pipeline_ops.upgrades.report import figures, in_words, report_of
from pipeline_ops.upgrades.starting import Terms, start_upgrade
from pipeline_ops.upgrades.waves import begin_wave, get_upgrade, judge_wave, publish_wave
from pipeline_ops.upgrades.wish import UpgradeWish
from tests.pipeline_ops.other_translator import write_catalog

LANGUAGE = "pt"
NEW_TRANSLATOR = "unstopped-en-pt"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--with-lips", action="store_true")
    parser.add_argument("--home", type=Path, default=Path("var/benchmarks/upgrade"))
    arguments = parser.parse_args()
    platform = empty_platform(arguments.home.absolute())
    parameters = {} if arguments.with_lips else {"render_lips": {"enabled": False}}
    for clip in arguments.clips:
        request = attach_consents(
            Request(ingest(clip, platform), (LANGUAGE,), "embedded", stage_parameters=parameters), platform
        )
        run(platform, RunOrder(f"old-{clip.stem}", datetime.now(UTC)), request)
    for line in upgrade(platform):
        print(line)
    return 0


def empty_platform(home: Path) -> Platform:
    """Return a deployment that knows nothing but its models."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    write_catalog(home / "models.yaml")
    os.environ["DUBWRIGHT_CATALOG"] = str(home / "models.yaml")
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(home)}))


def run(platform: Platform, order: RunOrder, request: Request) -> None:
    """Run a request in this process, and record it."""
    began_at = datetime.now(UTC)
    begin_run(order, request, platform)
    report = build_report(request, execute(request, platform), platform)
    end_run(order, request, report, platform, started_at=began_at)
    print(f"{order.run_id}: {report.status}")


def upgrade(platform: Platform) -> list[str]:
    """Swap the translator in all that is published; return the figures as lines of a table."""
    wish = UpgradeWish("translation", NEW_TRANSLATOR)
    with open_catalog(platform.settings) as catalog:
        with catalog.reading() as session:
            plan = plan_upgrade(session, platform, wish)
        with catalog.writing() as session:
            upgrade_id = start_upgrade(session, plan, Terms(canary_share=1.0))
        with catalog.writing() as session:
            begun = begin_wave(session, upgrade_id, datetime.now(UTC))
        for each in begun:
            params: dict[str, Any] = each.conf
            run(
                platform,
                RunOrder(each.run_id, datetime.now(UTC), "upgrade", held=True),
                accept(params, platform),
            )
        with catalog.writing() as session:
            judged = judge_wave(session, upgrade_id, datetime.now(UTC))
            publish_wave(session, upgrade_id, datetime.now(UTC))
        with catalog.reading() as session:
            lines = [
                "| of | planned | made | unforeseen | CPU s planned | real |",
                "|---|---|---|---|---|---|",
            ]
            lines += [
                f"| {each.replaces} | {len(each.planned)} | {len(each.made)} | {len(each.unforeseen)}"
                f" | {each.estimated_cpu_s:.1f} | {each.cpu_s:.1f} |"
                for each in figures(session, upgrade_id)
            ]
            return (
                lines
                + list(judged.lines)
                + in_words(get_upgrade(session, upgrade_id), report_of(session, upgrade_id))
            )


if __name__ == "__main__":
    raise SystemExit(main())
