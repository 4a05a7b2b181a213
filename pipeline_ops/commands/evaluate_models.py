"""`dubwright evaluate-models`: run two versions over an evaluation set, and say which is better."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.model_evaluation.evaluation_set import Clip, read_evaluation_set
from pipeline_ops.model_evaluation.running import Side, run_both
from pipeline_ops.model_evaluation.versions import read_version
from pipeline_ops.platform import Platform
from pipeline_ops.report import StageOutcome
from pipeline_ops.request import parse_languages
from pipeline_ops.runner import StageRun
from pipeline_ops.safety.consent import parse_uses

console = Console(stderr=True, highlight=False)


@plain_errors(console)
def evaluate_models(
    *,
    clips: Annotated[
        Path,
        typer.Option("--set", help="A folder of clips, or a YAML or CSV file that lists them.", exists=True),
    ],
    a: Annotated[
        str, typer.Option(help="The version to compare with: a profile, or a YAML file with `profile` in it.")
    ],
    b: Annotated[str, typer.Option(help="The version to judge, written likewise.")],
    to: Annotated[str, typer.Option(help="Target languages, separated by commas: pt,es.")],
    out: Annotated[Path, typer.Option(help="The folder for the report.")],
    consent: Annotated[
        str | None,
        typer.Option(
            help="You state that the people in the clips agreed: `voice`, `lips` or `voice,lips`. Otherwise"
            " stock voices speak and lips stay, on both sides."
        ),
    ] = None,
) -> None:
    """Run two versions over a set of clips in this process and write DIR/report.html.

    What both share is made once, and what stands in the store is found. docs/comparing-models.md says how the
    verdicts are made.
    """
    from pipeline_ops.model_evaluation.report_page import headline
    from pipeline_ops.model_evaluation.writing import DATA, PAGE, write_evaluation_report

    platform = Platform.from_environment()
    evaluation_set = read_evaluation_set(clips)
    versions = (read_version(a), read_version(b))
    languages = parse_languages(to)
    evaluated = run_both(
        evaluation_set,
        clips if clips.is_dir() else clips.parent,
        versions,
        languages,
        platform,
        agreed=parse_uses(consent or ""),
        on_clip=_on_clip,
        on_stage=_on_stage,
    )
    report = write_evaluation_report(
        evaluation_set, versions, languages, evaluated, platform, made_at=datetime.now(UTC), out=out
    )
    console.print(headline(report), style="bold", markup=False)
    for sentence in report.comparison.in_words():
        console.print(sentence, markup=False, soft_wrap=True)
    for name in (PAGE, DATA):
        sys.stdout.write(f"{out / name}\n")


def _on_clip(clip: Clip, side: Side) -> None:
    console.print(f"{clip.name}, {side.upper()}", markup=False)


def _on_stage(outcome: StageOutcome, run: StageRun | None) -> None:
    place = outcome.stage + (f" ({outcome.language})" if outcome.language else "")
    if outcome.verdict is not None:
        console.print(f"  {place} rejected: {outcome.verdict.message}", style="yellow", markup=False)
    elif outcome.error is not None:
        console.print(f"  {place} failed: {outcome.error}", style="red", markup=False)
    elif run is not None and not run.reused:
        console.print(f"  {place} took {run.manifest.cost.wall_s:.1f} s", style="dim", markup=False)
