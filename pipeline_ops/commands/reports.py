"""`dubwright reports`: what viewers say is wrong, and what is made of it."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.reports import PAGE, decide_report, reports
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.settings import Settings

app = typer.Typer(help="Read and decide viewers' reports.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)


@app.command("list")
@plain_errors(complaints)
def list_all(
    *,
    decided: Annotated[bool, typer.Option("--all", help="Those that were decided too.")] = False,
    creator: Annotated[str | None, typer.Option(help="Only of this creator.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = PAGE,
) -> None:
    """List open reports, the oldest first."""
    table = Table(
        Column("report", no_wrap=True, min_width=32),
        "state",
        "run",
        "language",
        "at s",
        "reason",
        "text",
        box=None,
    )
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        for row in reports(session, state=None if decided else "open", creator_id=creator, limit=limit):
            at_s = "" if row.at_s is None else f"{row.at_s:.1f}"
            table.add_row(row.id, row.state, row.run_id, row.language, at_s, row.reason, row.text)
    Console(markup=False, highlight=False).print(table)


@app.command()
@plain_errors(complaints)
def decide(
    report: Annotated[str, typer.Argument(metavar="REPORT")],
    *,
    uphold: Annotated[bool, typer.Option("--uphold/--dismiss", help="Whether the reporter is right.")],
    note: Annotated[str, typer.Option(help="Why, in a sentence.")] = "",
    by: Annotated[str | None, typer.Option(help="Who decides; you otherwise.", show_default=False)] = None,
) -> None:
    """Uphold or dismiss a report, once."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        row = decide_report(session, report, upheld=uphold, by=by or getpass.getuser(), note=note)
        typer.echo(f"{row.id} {row.state}")
