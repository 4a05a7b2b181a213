"""`dubwright upgrade`: let another model answer in translations that are published, or take that back."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline_ops.airflow_control.client import AirflowClient
from pipeline_ops.airflow_control.local import current_address
from pipeline_ops.artefacts import to_json
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from pipeline_ops.upgrades import waves
from pipeline_ops.upgrades.naming import UPGRADE_BACKFILL, wave_run_id
from pipeline_ops.upgrades.plan import UpgradePlan, plan_upgrade
from pipeline_ops.upgrades.report import UpgradeReport, figures, in_words, list_upgrades, report_of
from pipeline_ops.upgrades.starting import Terms, start_upgrade
from pipeline_ops.upgrades.wish import UpgradeWish, read_wish

app = typer.Typer(help="Upgrade a model in what is published, and roll back.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

CapabilityName = Annotated[str, typer.Option(help="What the model does: translation, speech_synthesis, ...")]
NewModel = Annotated[str, typer.Option("--to", help="The model that is to answer.")]
OldModel = Annotated[
    str | None, typer.Option("--from", help="Replace this model only.", show_default="whatever answered")
]
CreatorId = Annotated[str | None, typer.Option(help="Whose translations.", show_default="everybody's")]
Languages = Annotated[str | None, typer.Option(help="Into which: pt,es.", show_default="all")]
UpgradeId = Annotated[str, typer.Argument(metavar="ID", help="As `dubwright upgrade start` printed it.")]


@app.command()
@plain_errors(complaints)
def plan(
    capability: CapabilityName,
    to: NewModel,
    *,
    old: OldModel = None,
    creator: CreatorId = None,
    languages: Languages = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Print which published translations an upgrade would make again, from where on, and at what cost."""
    platform = Platform.from_environment()
    wish = read_wish(
        platform.catalog, capability=capability, to=to, old=old, creator=creator, languages=languages
    )
    planned = make_plan(platform, wish)
    if as_json:
        typer.echo(to_json(UpgradePlan, planned).decode())
    else:
        print_plan(planned)


@app.command()
@plain_errors(complaints)
def start(
    capability: CapabilityName,
    to: NewModel,
    *,
    old: OldModel = None,
    creator: CreatorId = None,
    languages: Languages = None,
    canary: Annotated[float, typer.Option(help="The share of runs that is tried first.")] = 0.05,
    per_wave: Annotated[int, typer.Option(help="At most how many runs at a time.")] = 50,
    at_most: Annotated[int | None, typer.Option(help="At most how many runs.", show_default="all")] = None,
    approval: Annotated[bool, typer.Option("--approval", help="A person decides after the canary.")] = False,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(help="By how much a metric may get worse: meaning_flagged=0.1. Repeatable."),
    ] = None,
) -> None:
    """Start an upgrade in Airflow, the canary first, and print its id."""
    terms = Terms(canary, per_wave, at_most, approval, _tolerances(tolerance))
    platform = Platform.from_environment()
    wish = read_wish(
        platform.catalog, capability=capability, to=to, old=old, creator=creator, languages=languages
    )
    planned = make_plan(platform, wish)
    with AirflowClient.from_environment(current_address(platform.settings)) as client:
        client.heartbeats()  # nothing is written where nobody would work on it
        with open_catalog(platform.settings) as catalog, catalog.writing() as session:
            upgrade_id = start_upgrade(session, planned, terms)
        _trigger(client, upgrade_id, wave_run_id(upgrade_id, waves.CANARY))
    typer.echo(upgrade_id)
    complaints.print(f"Look how it goes: dubwright upgrade status {upgrade_id}", soft_wrap=True)


@app.command()
@plain_errors(complaints)
def status(
    upgrade_id: Annotated[str | None, typer.Argument(metavar="[ID]", show_default="all upgrades")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Print what upgrades have come to: decisions, and planned against real stages and CPU seconds."""
    console = Console(markup=False, highlight=False)
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        if upgrade_id is None:
            for row in list_upgrades(session):
                why = f" ({row.reason})" if row.reason else ""
                console.print(
                    f"{row.id}: {row.state}{why}, {row.capability} by {row.model_id}", soft_wrap=True
                )
            return
        upgrade, report = waves.get_upgrade(session, upgrade_id), report_of(session, upgrade_id)
        if as_json:
            typer.echo(to_json(UpgradeReport, report).decode())
            return
        for line in in_words(upgrade, report):
            console.print(line, soft_wrap=True)
        for run in figures(session, upgrade_id):
            unforeseen = f", unforeseen: {' '.join(run.unforeseen)}" if run.unforeseen else ""
            console.print(
                f"{run.run_id} for {run.replaces}, wave {run.wave}: {len(run.made)} of {len(run.planned)}"
                f" stages made, {run.cpu_s:.1f} of {run.estimated_cpu_s:.1f} s of CPU{unforeseen}",
                soft_wrap=True,
            )
        for item in waves.decisions(session, upgrade_id):
            why = f". {item.reason}" if item.reason else ""
            console.print(f"{item.run_id} into {item.language}: {item.state}{why}", soft_wrap=True)


@app.command()
@plain_errors(complaints)
def pause(upgrade_id: UpgradeId) -> None:
    """Let the wave that is under way come to its end, and start no other."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        waves.pause(session, upgrade_id)
    typer.echo(f"{upgrade_id} pauses after this wave. Go on with: dubwright upgrade resume {upgrade_id}")


@app.command()
@plain_errors(complaints)
def resume(upgrade_id: UpgradeId) -> None:
    """Go on with an upgrade that was paused, or of which a run of upgrade_backfill failed."""
    settings = Settings.from_environment()
    with AirflowClient.from_environment(current_address(settings)) as client:
        client.heartbeats()
        with open_catalog(settings) as catalog, catalog.writing() as session:
            wave = waves.resume(session, upgrade_id)
        run_id = f"{wave_run_id(upgrade_id, wave or waves.CANARY)}-again-{secrets.token_hex(3)}"
        _trigger(client, upgrade_id, run_id)
    typer.echo(f"{upgrade_id} goes on with wave {wave}.")


@app.command("roll-back")
@plain_errors(complaints)
def roll_back(upgrade_id: UpgradeId) -> None:
    """Put the earlier versions back before viewers, and end the upgrade; nothing is recomputed."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        back = waves.roll_back(session, upgrade_id, datetime.now(UTC))
        for translation in back:
            typer.echo(f"{translation.media_id} {translation.language}: {translation.run_id}")
    typer.echo(f"{len(back)} translations are as they were before {upgrade_id}.")


def _trigger(client: AirflowClient, upgrade_id: str, run_id: str) -> None:
    client.trigger(UPGRADE_BACKFILL, run_id, {"upgrade": upgrade_id})


def _tolerances(choices: list[str] | None) -> dict[str, float]:
    """Read `metric=number` pairs.

    Raises:
        typer.BadParameter: one looks otherwise.
    """
    tolerances = {}
    for choice in choices or []:
        name, _, number = choice.partition("=")
        try:
            tolerances[name] = float(number)
        except ValueError as error:
            message = f"{choice!r} should look like meaning_flagged=0.1"
            raise typer.BadParameter(message) from error
    return tolerances


def make_plan(platform: Platform, wish: UpgradeWish) -> UpgradePlan:
    """Plan an upgrade of what the deployment's catalog holds."""
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        return plan_upgrade(session, platform, wish)


def print_plan(planned: UpgradePlan) -> None:
    """Print a plan: translations, stages, sums."""
    console = Console(markup=False, highlight=False)
    for left_out in planned.left_out:
        complaints.print(
            f"Stays as it is: {left_out.replaces} into {', '.join(left_out.languages)}. {left_out.reason}",
            markup=False,
            soft_wrap=True,
        )
    if not planned.runs:
        console.print("Nothing is to be made again.")
        return
    for run in planned.runs:
        whose = f" of {run.creator_id}" if run.creator_id else ""
        places = " ".join(stage.place for stage in run.stages) or "nothing"
        console.print(
            f"{run.replaces}{whose} into {', '.join(run.languages)}: {run.cpu_s:.1f} s of CPU, {places}",
            soft_wrap=True,
        )
    stages = Table("stage", "times", "CPU s", box=None)
    for stage, (times, cpu_s) in planned.by_stage().items():
        stages.add_row(stage, str(times), f"{cpu_s:.1f}")
    console.print(stages)
    console.print(
        f"{planned.translations} translations by {len(planned.runs)} runs, {planned.cpu_s:.1f} s of CPU."
    )
    if unknown := planned.without_record():
        console.print(f"No cost is recorded of {', '.join(unknown)}: the sum leaves them out.")
