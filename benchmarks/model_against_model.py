"""Does an evaluation find what was made worse, and nothing else? A profile against three that are not it.

    python -m benchmarks.model_against_model --media ../shared/media --out DIR [--clips N] [--only NAME]

Compares the embedded profile, on talking clips into Portuguese, with itself, with a worse translator, with a
worse synthesizer that fits no voices, and with both; each report lies in a folder of DIR. Lips stay as they
are on both sides. What a comparison shares with an earlier one is found.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

import yaml

from benchmarks.deployment import tell
from benchmarks.worse_models import write_catalog
from pipeline_ops.model_evaluation.evaluation_set import Clip, EvaluationSet
from pipeline_ops.model_evaluation.report_page import headline
from pipeline_ops.model_evaluation.running import run_both
from pipeline_ops.model_evaluation.versions import Version
from pipeline_ops.model_evaluation.writing import write_evaluation_report
from pipeline_ops.platform import Platform

CLIPS = (
    Clip("desk", "opendubbing_english.mp4", "desk", {"speaker": "desk", "glasses": "no"}),
    Clip("portrait", "retalking_1.mp4", "portrait", {"speaker": "portrait", "glasses": "no"}),
    Clip("press", "retalking_4.mp4", "press", {"speaker": "press", "glasses": "no"}),
    Clip("glasses", "retalking_5.mp4", "glasses", {"speaker": "glasses", "glasses": "yes"}),
    Clip("hearing", "sadtalker_WDA_AOC.mp4", "hearing", {"speaker": "hearing"}),
    Clip("news", "syncnet_example.avi", "news", {"speaker": "news", "glasses": "no"}),
)

SETTINGS = {
    "stages": {
        "fit_voice": {"tries": 4},
        "package": {"preset": "ultrafast"},
        "package_source": {"preset": "ultrafast", "quality_target": None, "short_sides_px": [144]},
        "render_lips": {"enabled": False},
    }
}
"""What the comparison is not about is cheap, on both sides."""

GOOD = Version("embedded", "embedded")
NO_FIT = {"fit_voice": {"tries": 0}}
WORSE = {
    "itself": GOOD,
    "translator": Version("embedded", "rambling translator", {"translation": "rambling-en-pt"}),
    "voice": Version("embedded", "worn voice", {"speech_synthesis": "worn-kokoro"}, NO_FIT),
    "both": Version(
        "embedded",
        "rambling translator, worn voice",
        {"translation": "rambling-en-pt", "speech_synthesis": "worn-kokoro"},
        NO_FIT,
    ),
}


def main() -> None:
    """Run the comparisons."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=len(CLIPS))
    parser.add_argument("--only", choices=list(WORSE), action="append")
    arguments = parser.parse_args()
    home = arguments.out / "home"
    home.mkdir(parents=True, exist_ok=True)
    settings, catalog = home / "settings.yaml", home / "catalog.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS), encoding="utf-8")
    write_catalog(catalog)
    os.environ.update(
        {
            "DUBWRIGHT_HOME": str(home.absolute()),
            "DUBWRIGHT_SETTINGS": str(settings),
            "DUBWRIGHT_CATALOG": str(catalog.absolute()),
        }
    )
    platform = Platform.from_environment()
    clips = EvaluationSet("talking clips", CLIPS[: arguments.clips])
    for name in arguments.only or WORSE:
        versions = (GOOD, WORSE[name])
        evaluated = run_both(
            clips,
            arguments.media / "video",
            versions,
            ("pt",),
            platform,
            agreed=("voice",),
            on_clip=lambda clip, side: tell(f"{datetime.now(UTC):%H:%M:%S} {clip.name}, {side.upper()}"),
            on_stage=lambda outcome, _: tell(f"  {outcome}") if outcome.verdict or outcome.error else None,
        )
        report = write_evaluation_report(
            clips,
            versions,
            ("pt",),
            evaluated,
            platform,
            made_at=datetime.now(UTC),
            out=arguments.out / name,
        )
        tell(f"\n{name}: {headline(report)}")
        for sentence in report.comparison.in_words():
            tell(f"  {sentence}")
        for side, costs in (("A", report.costs_a), ("B", report.costs_b)):
            tell(
                f"  {side}: {costs.cpu_s:.0f} s of CPU, {costs.spent_cpu_s:.0f} of them now;"
                f" {costs.made} stages made, {costs.reused} found"
            )


if __name__ == "__main__":
    main()
