"""`dubwright takedown`: delete a translation, or all that there is of a creator, for good."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import select

from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.trust_tables import TakedownRow
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from pipeline_ops.takedown.request import lift as lift_takedown
from pipeline_ops.takedown.request import take_down_creator, take_down_translation
from pipeline_ops.takedown.work import carry_out, tombstone_is_genuine, unfinished

app = typer.Typer(help="Delete for good what somebody wants to be gone.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

Reason = Annotated[str, typer.Option("--why", help="Why, in a sentence; it stays in the audit log.")]
By = Annotated[str | None, typer.Option(help="Who wants it; you, where nobody is named.", show_default=False)]
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")]


@app.command()
@plain_errors(complaints)
def translation(
    media: Annotated[str, typer.Argument(metavar="VIDEO", help="The video's id in the catalog.")],
    language: Annotated[str, typer.Argument(metavar="LANGUAGE")],
    *,
    why: Reason = "",
    by: By = None,
    yes: Sure = False,
) -> None:
    """Delete a video's translation into a language, all its versions, and all that only it was made of."""
    if not yes:
        typer.confirm(f"Delete the translation of {media} into {language} for good?", abort=True)
    platform = Platform.from_environment()
    with open_catalog(platform.settings) as catalog:
        with catalog.writing() as session:
            job = take_down_translation(session, media, language, by=by or getpass.getuser(), reason=why).id
        _finish(job, catalog, platform)


@app.command()
@plain_errors(complaints)
def creator(
    creator_id: Annotated[str, typer.Argument(metavar="CREATOR")],
    *,
    why: Reason = "",
    by: By = None,
    yes: Sure = False,
) -> None:
    """Delete all that there is of a creator: translations, videos taken in, models of voice and lips."""
    if not yes:
        typer.confirm(f"Delete all that there is of {creator_id} for good?", abort=True)
    platform = Platform.from_environment()
    with open_catalog(platform.settings) as catalog:
        with catalog.writing() as session:
            job = take_down_creator(session, creator_id, by=by or getpass.getuser(), reason=why).id
        _finish(job, catalog, platform)


@app.command()
@plain_errors(complaints)
def resume() -> None:
    """Go on with every deletion that was interrupted; housekeeping does so too."""
    platform = Platform.from_environment()
    with open_catalog(platform.settings) as catalog:
        with catalog.reading() as session:
            jobs = unfinished(session)
        for job in jobs:
            _finish(job, catalog, platform)
    typer.echo(f"{len(jobs)} were unfinished.")


@app.command("list")
@plain_errors(complaints)
def list_all() -> None:
    """List all deletions, the latest first, and whether their tombstones are genuine."""
    table = Table(
        Column("takedown", no_wrap=True, min_width=32),
        "what",
        "language",
        "asked",
        "by",
        "step",
        "tombstone",
        box=None,
    )
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        for row in session.scalars(select(TakedownRow).order_by(TakedownRow.asked_at.desc())):
            tombstone = (
                "" if row.step != "done" else "genuine" if tombstone_is_genuine(row) else "NOT GENUINE"
            )
            step = f"{row.step}, lifted" if row.lifted_at else row.step
            what = row.creator_id if row.kind == "creator" else row.media_id
            asked = f"{row.asked_at:%Y-%m-%d %H:%M}"
            table.add_row(row.id, what, row.language or "all", asked, row.asked_by, step, tombstone)
    Console(markup=False, highlight=False).print(table)


@app.command()
@plain_errors(complaints)
def lift(
    takedown: Annotated[str, typer.Argument(metavar="TAKEDOWN")], *, why: Reason = "", by: By = None
) -> None:
    """Allow that what was deleted may be made again; what was erased does not come back."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        lift_takedown(session, takedown, by=by or getpass.getuser(), why=why)
    typer.echo(takedown)


def _finish(job: str, catalog: CatalogDatabase, platform: Platform) -> None:
    carry_out(job, catalog, platform)
    with catalog.reading() as session:
        tombstone = session.get_one(TakedownRow, job).tombstone
    typer.echo(f"{job}: erased {tombstone['checkpoints']} checkpoints and {tombstone['files']} files.")
