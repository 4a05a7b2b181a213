"""`dubwright upgrade`: let another model answer in translations that are published, or take that back."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline_ops.artefacts import to_json
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.platform import Platform
from pipeline_ops.upgrades.plan import UpgradePlan, plan_upgrade
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
    runs = Table("run", "creator", "into", "recomputes", "CPU s", box=None)
    for run in planned.runs:
        places = " ".join(stage.place for stage in run.stages) or "nothing"
        runs.add_row(run.replaces, run.creator_id or "", ",".join(run.languages), places, f"{run.cpu_s:.1f}")
    console.print(runs, soft_wrap=True)
    stages = Table("stage", "times", "CPU s", box=None)
    for stage, (times, cpu_s) in planned.by_stage().items():
        stages.add_row(stage, str(times), f"{cpu_s:.1f}")
    console.print(stages)
    console.print(
        f"{planned.translations} translations by {len(planned.runs)} runs, {planned.cpu_s:.1f} s of CPU."
    )
    if unknown := planned.without_record():
        console.print(f"No cost is recorded of {', '.join(unknown)}: the sum leaves them out.")
