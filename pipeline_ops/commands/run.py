"""`dubwright run`: translate one video in this process, without Airflow."""

from __future__ import annotations

import dataclasses
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline_ops.attach import attach
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.commands.exit_codes import DONE, FAULT, REJECTED
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.commands.wishes import (
    NOBODY_AGREED,
    ConsentStatement,
    GlossaryFile,
    SourceSubtitles,
    TargetSubtitles,
    Wishes,
)
from pipeline_ops.errors import DubwrightError
from pipeline_ops.execute import execute
from pipeline_ops.export import export
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report, StageOutcome, build_report
from pipeline_ops.request import Request, parse_languages
from pipeline_ops.run_lifecycle import begin_run, end_run
from pipeline_ops.runner import StageRun, ingest

console = Console(stderr=True, highlight=False)


def run(
    video: Annotated[Path, typer.Argument(help="The video to translate.", show_default=False)],
    to: Annotated[str, typer.Option(help="Target languages, separated by commas: pt,es.")],
    out: Annotated[Path, typer.Option(help="The folder for the results.")],
    profile: Annotated[str | None, typer.Option(help="Which models to use; see `dubwright models`.")] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Ask for a model by name: --model translation=bergamot-tiny-en-pt. Repeatable."),
    ] = None,
    *,
    creator: Annotated[
        str | None, typer.Option(help="Whose video it is: an id of `dubwright creators list`.")
    ] = None,
    glossary: GlossaryFile = None,
    source_subtitles: SourceSubtitles = None,
    target_subtitles: TargetSubtitles = None,
    consent: ConsentStatement = None,
) -> None:
    """Translate VIDEO in this process and write DIR/<language>/video.mp4 and DIR/report.json.

    Exit codes: 0 done, 3 rejected with a reason, 1 something went wrong, 2 wrong usage.
    """
    if creator is None and consent is None:
        console.print(NOBODY_AGREED, soft_wrap=True)
    with plain_errors(console):
        report, videos = translate_here(
            video,
            to,
            out,
            profile=profile,
            models=parse_models(model),
            creator=creator,
            wishes=Wishes(glossary, source_subtitles, tuple(target_subtitles or ()), consent),
        )
    print_summary(report)
    for path in videos:
        sys.stdout.write(f"{path}\n")
    raise typer.Exit(exit_code(report))


def translate_here(
    video: Path,
    to: str,
    out: Path,
    *,
    profile: str | None,
    models: dict[str, str],
    creator: str | None,
    wishes: Wishes | None = None,
) -> tuple[Report, tuple[Path, ...]]:
    """Ingest, run, record and export one video; return the report and the finished videos."""
    platform = Platform.from_environment()
    languages = parse_languages(to)
    check_source_file(video)
    request = Request(ingest(video, platform), languages, profile or platform.settings.profile, models)
    platform.profile_of(request)  # a misspelt profile or model is told before any work
    params = {**(wishes or Wishes()).params(platform, languages), "creator": creator}
    attachments = attach(params, request.source, platform)
    request = dataclasses.replace(request, attachments=attachments)
    began_at = datetime.now(UTC)
    order = RunOrder(f"here-{began_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", began_at, creator_id=creator)
    begin_run(order, request, platform)
    outcomes = execute(request, platform, on_start=_on_start, on_end=_on_end)
    report = build_report(request, outcomes, platform)
    end_run(order, request, report, platform, started_at=began_at)
    return report, export(report, out, platform)


def check_source_file(video: Path) -> None:
    """Refuse what is no file before anything is made of it.

    Raises:
        DubwrightError: there is no such file.
    """
    if not video.is_file():
        message = f"There is no file {video}."
        raise DubwrightError(message)


def parse_models(choices: list[str] | None) -> dict[str, str]:
    """Read `capability=model` pairs.

    Raises:
        typer.BadParameter: one has no equals sign.
    """
    models = {}
    for choice in choices or []:
        capability, equals, model_id = choice.partition("=")
        if not equals:
            message = f"{choice!r} should look like translation=bergamot-tiny-en-pt"
            raise typer.BadParameter(message)
        models[capability] = model_id
    return models


def exit_code(report: Report) -> int:
    """Return the exit code that a report ends with: partial success is success."""
    return {"done": DONE, "partial": DONE, "rejected": REJECTED, "failed": FAULT}[report.status]


def print_summary(report: Report) -> None:
    """Print what each language came to and what each stage used."""
    table = Table("stage", "language", "", "wall s", "CPU s", "peak MB", box=None, header_style="bold")
    for stage in report.stages:
        cost = stage.cost
        figures = (
            [f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{cost.peak_memory_mb:.0f}"] if cost else [""] * 3
        )
        state = (
            "failed" if stage.error else "rejected" if stage.verdict else "reused" if stage.reused else "made"
        )
        table.add_row(stage.stage, stage.language or "", state, *figures)
    console.print(table)
    for language in report.languages:
        if language.verdict is not None:
            console.print(
                f"[yellow]{language.language} rejected[/yellow]: "
                f"{language.verdict.message} ({language.verdict.reason_code})"
            )
        elif language.error is not None:
            console.print(f"[red]{language.language} failed[/red]: {language.error}")
        else:
            flags = f", flagged: {', '.join(language.flags)}" if language.flags else ""
            console.print(f"[green]{language.language} done[/green]: {len(language.lines)} lines{flags}")


def _on_start(stage: str, language: str | None) -> None:
    console.print(f"  {stage}{f' ({language})' if language else ''} ...", style="dim")


def _on_end(outcome: StageOutcome, run: StageRun | None) -> None:
    if run is not None and not run.reused:
        console.print(f"  {outcome.stage} took {run.manifest.cost.wall_s:.1f} s", style="dim")
