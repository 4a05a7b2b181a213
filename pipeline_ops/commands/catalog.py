"""`dubwright catalog`: the database that knows whose videos there are and what became of them."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.library import eligibility, failures, progress
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.settings import Settings

app = typer.Typer(help="Prepare the catalog, and sum up what it knows.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)


@app.command()
@plain_errors(complaints)
def migrate() -> None:
    """Make the catalog's tables, or bring them up to date with this release."""
    settings = Settings.from_environment()
    with CatalogDatabase(settings.catalog_url) as catalog:
        if catalog.file is None:
            catalog.migrate()
    with open_catalog(settings) as catalog:
        typer.echo(f"{catalog.location} has the schema {catalog.revision()}.")


@app.command()
@plain_errors(complaints)
def status() -> None:
    """Show how far every creator's videos are, why videos were rejected, and what failed."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        table = Table(
            "creator",
            "language",
            *("published", "undecided", "refused", "rejected", "failed", "in progress", "not started"),
            box=None,
        )
        for row in progress(session):
            numbers = (
                *(row.published, row.undecided, row.refused, row.rejected),
                *(row.failed, row.in_progress, row.not_started),
            )
            table.add_row(row.creator_id or "-", row.language, *map(str, numbers))
        Console(markup=False, highlight=False).print(table)
        found = eligibility(session)
        if found.rate is not None:
            typer.echo(f"{found.rate:.0%} of the videos that were judged could be translated.")
        for reason in found.reasons:
            typer.echo(f"  {reason.videos} into {reason.language}: {reason.reason_code}")
        for failure in failures(session):
            where = failure.video_name or "a video that was handed in"
            typer.echo(f"failed: {failure.run_id} ({where}, {failure.language}): {failure.message}")
