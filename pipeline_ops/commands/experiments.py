"""`dubwright experiments`: who meets which arm, and what came of it so far."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline_ops.artefacts import to_json
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.experiments import (
    exposures_and_events,
    get_experiment,
    list_experiments,
    start_experiment,
    stop_experiment,
)
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.experiments.analysis import MISMATCH, ExperimentReport, analyse
from pipeline_ops.experiments.definition import (
    ExperimentDefinition,
    read_definition,
    read_events,
    read_exposures,
)
from pipeline_ops.experiments.outcomes import Exposure, OutcomeEvent, join_outcomes
from pipeline_ops.settings import Settings

app = typer.Typer(help="Experiments on viewers: which version of a dub they get.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

Definition = Annotated[
    Path, typer.Argument(metavar="FILE", help="The experiment, as YAML (docs/experiments.md).")
]


@app.command()
@plain_errors(complaints)
def assign(
    definition: Definition,
    units: Annotated[list[str], typer.Argument(metavar="UNIT...", help="Viewers or requests.")],
) -> None:
    """Print the arm of each unit; it is always the same one."""
    experiment = read_definition(definition)
    for unit in units:
        typer.echo(f"{unit}\t{experiment.arm_of(unit)}")


@app.command()
@plain_errors(complaints)
def start(definition: Definition) -> None:
    """Begin an experiment: viewers get the version of their arm from now on."""
    experiment = read_definition(definition)
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        start_experiment(session, experiment, by=getpass.getuser())
    typer.echo(f"{experiment.name} runs. Look at any time: dubwright experiments report {experiment.name}")


@app.command()
@plain_errors(complaints)
def stop() -> None:
    """End the experiment that runs: all viewers get what is published."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        name = stop_experiment(session, by=getpass.getuser()).name
    typer.echo(f"{name} has ended.")


@app.command("list")
@plain_errors(complaints)
def list_all() -> None:
    """List experiments, those that ended too."""
    table = Table("experiment", "began", "by", "ended", "by", box=None)
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        for row in list_experiments(session):
            ended = f"{row.ended_at:%Y-%m-%d %H:%M}" if row.ended_at else "runs"
            began = f"{row.started_at:%Y-%m-%d %H:%M}"
            table.add_row(row.name, began, row.started_by, ended, row.ended_by or "")
    Console(markup=False, highlight=False).print(table)


@app.command()
@plain_errors(complaints)
def report(
    name: Annotated[str, typer.Argument(metavar="EXPERIMENT")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
) -> None:
    """Print what viewers of each arm did, against the first one; may be asked as often as one likes."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        experiment = ExperimentDefinition.model_validate(get_experiment(session, name).definition)
        exposed, happened = exposures_and_events(session, name)
    _print_all(experiment, exposed, happened, datetime.now(UTC), as_json=as_json)


@app.command("analyse")
@plain_errors(complaints)
def analyse_events(
    definition: Definition,
    exposures: Annotated[Path, typer.Option(help="CSV with the columns unit, arm, at.")],
    events: Annotated[Path, typer.Option(help="CSV with the columns unit, name, value, at.")],
    *,
    until: Annotated[
        datetime | None, typer.Option(help="Until when events are known.", show_default="now")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
) -> None:
    """Print each arm against the first one; may be asked at any time and as often as one likes."""
    experiment = read_definition(definition)
    known_until = (until or datetime.now(UTC)).astimezone(UTC)
    _print_all(experiment, read_exposures(exposures), read_events(events), known_until, as_json=as_json)


def _print_all(
    experiment: ExperimentDefinition,
    exposed: Sequence[Exposure],
    happened: Sequence[OutcomeEvent],
    known_until: datetime,
    *,
    as_json: bool,
) -> None:
    reports = [
        analyse(join_outcomes(exposed, happened, metric, known_until), experiment.arms, metric)
        for metric in experiment.outcome_metrics()
    ]
    if as_json:
        typer.echo(to_json(list[dict[str, object]], [_plain(report) for report in reports]).decode())
        return
    for report in reports:
        _print(report)


def _plain(found: ExperimentReport) -> dict[str, object]:
    """Return the report as JSON has it: no infinite and no undefined numbers."""
    from dataclasses import asdict
    from math import isfinite

    def clean(value: object) -> object:
        if isinstance(value, dict):
            return {key: clean(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [clean(each) for each in value]
        return None if isinstance(value, float) and not isfinite(value) else value

    plain = clean(asdict(found))
    assert isinstance(plain, dict)  # noqa: S101  for the type checker
    return plain


def _print(report: ExperimentReport) -> None:
    console = Console(markup=False, highlight=False)
    waiting = f", {report.waiting} units whose time is not over" if report.waiting else ""
    crossed = f", {report.crossed} units that met several arms and count for none" if report.crossed else ""
    console.print(f"{report.metric}{waiting}{crossed}", soft_wrap=True)
    if report.ratio.mismatch:
        console.print(
            f"  The arms did not get their shares (p = {report.ratio.p_value:.2g}, below {MISMATCH}): units"
            " are lost or sent wrongly, so nothing can be concluded. Find out why first.",
            soft_wrap=True,
        )
    arms = Table("arm", "units", "expected", "mean", "between", box=None)
    for arm in report.arms:
        limits = "" if arm.low is None or arm.high is None else f"{arm.low:.4g} and {arm.high:.4g}"
        arms.add_row(
            arm.arm, str(arm.units), f"{report.ratio.expected[arm.arm]:.0f}", f"{arm.mean:.4g}", limits
        )
    console.print(arms)
    for each in report.differences:
        verdict = each.verdict.replace("_", " ")
        console.print(
            f"  {each.arm} against {each.control}: {each.difference:+.4g}, between {each.low:+.4g} and"
            f" {each.high:+.4g}: {verdict}",
            soft_wrap=True,
        )
