"""`dubwright audit`: who decided what, and whether the log of it is whole."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from pipeline_ops.catalog.audit import end_of_log, entries, problems
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.commands.exit_codes import FAULT
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.settings import Settings

app = typer.Typer(help="Read the audit log, and verify it.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)


@app.command()
@plain_errors(complaints)
def show(
    subject: Annotated[
        str | None, typer.Option(help="Only what begins so: 'creator ann'.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(help="How many rows, the last ones.", min=1)] = 50,
) -> None:
    """Print the last rows, one a line, as JSON."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        for row in entries(session, subject=subject, limit=limit):
            content = {
                "sequence": row.sequence,
                "at": row.at.isoformat(timespec="seconds"),
                **{name: getattr(row, name) for name in ("who", "what", "subject", "why", "details")},
            }
            typer.echo(json.dumps(content, ensure_ascii=False))


@app.command()
@plain_errors(complaints)
def verify(
    end: Annotated[
        str | None,
        typer.Option(help="An end that was noted before: the log must still hold it.", show_default=False),
    ] = None,
) -> None:
    """Read the whole log; exit with 1 where a row was changed, deleted or cut off.

    Prints where the log ends. Note that elsewhere: with it, a log that was put back to an earlier day shows.
    """
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        found = list(problems(session, expected_end=end))
        for problem in found:
            complaints.print(problem, soft_wrap=True)
        typer.echo(end_of_log(session))
    if found:
        raise typer.Exit(FAULT)
