"""`dubwright ratings`: let people rate clips, and read what they say."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline_ops.catalog import rating_campaigns
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.comparison.metrics import METRICS
from pipeline_ops.errors import SettingsError
from pipeline_ops.export import write_atomically
from pipeline_ops.rating_app.definition import read_campaign
from pipeline_ops.settings import Settings

app = typer.Typer(help="Let people rate clips, and read what they say.", no_args_is_help=True)
campaign = typer.Typer(help="Campaigns of ratings.", no_args_is_help=True)
app.add_typer(campaign, name="campaign")
complaints = Console(stderr=True, highlight=False)

MEDIA = Path("ratings", "media")
"""Where clips lie, below the deployment's home."""

CampaignId = Annotated[str, typer.Argument(metavar="ID", help="As the campaign's file says.")]


@app.command()
@plain_errors(complaints)
def serve(
    *,
    host: Annotated[str, typer.Option(help="On which address to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="On which port.")] = 8321,
    proxies: Annotated[
        str, typer.Option(help="Addresses of proxies that are believed who asks and whether by https.")
    ] = "127.0.0.1",
) -> None:
    """Serve the rating pages until interrupted; put a proxy with https before them."""
    import uvicorn

    from pipeline_ops.rating_app.app import create_rating_app

    settings = Settings.from_environment()
    with open_catalog(settings) as catalog:
        uvicorn.run(
            create_rating_app(catalog, settings.home / MEDIA),
            host=host,
            port=port,
            forwarded_allow_ips=proxies,
            access_log=False,  # addresses of raters hold their tokens
            server_header=False,
        )


@campaign.command()
@plain_errors(complaints)
def create(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The campaign, as YAML (docs/ratings.md).")],
    *,
    address: Annotated[
        str, typer.Option(help="Where the pages are served, as raters write it.")
    ] = "http://127.0.0.1:8321",
) -> None:
    """Open a campaign and print each rater's address as CSV: it is shown this once."""
    from pipeline_ops.rating_app.preparing import open_campaign

    settings = Settings.from_environment()
    definition = read_campaign(file)
    with open_catalog(settings) as catalog:
        tokens = open_campaign(catalog, definition, settings.home / MEDIA, datetime.now(UTC))
    stream = StringIO()
    writer = csv.writer(stream)
    writer.writerow(("rater", "address"))
    writer.writerows((name, f"{address.rstrip('/')}/join/{token}") for name, token in tokens.items())
    typer.echo(stream.getvalue(), nl=False)


@campaign.command("list")
@plain_errors(complaints)
def list_campaigns() -> None:
    """Print all campaigns and how far they are."""
    console = Console(markup=False, highlight=False)
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        for each in rating_campaigns.campaigns(session):
            state = "closed" if each.closed else "open"
            console.print(
                f"{each.id}: {each.title}, {each.kind}, {state}, {each.answered} of {each.tasks} pages"
                f" answered by {each.raters} raters",
                soft_wrap=True,
            )


@campaign.command()
@plain_errors(complaints)
def close(campaign_id: CampaignId) -> None:
    """Let nobody answer any more."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        rating_campaigns.close_campaign(session, campaign_id)
    typer.echo(f"{campaign_id} is closed.")


@campaign.command()
@plain_errors(complaints)
def export(
    campaign_id: CampaignId,
    *,
    out: Annotated[
        Path | None, typer.Option(help="The file to write.", show_default="standard output")
    ] = None,
) -> None:
    """Write all answers as CSV."""
    from pipeline_ops.ratings.rating_csv import write_answers

    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        text = write_answers(rating_campaigns.campaign_answers(session, campaign_id).answers)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(out, text.encode())


@campaign.command("import")
@plain_errors(complaints)
def import_answers(
    campaign_id: CampaignId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns of an export.")],
    *,
    title: Annotated[str | None, typer.Option(help="For people.", show_default="the id")] = None,
) -> None:
    """Make a closed campaign of answers that were given elsewhere."""
    from pipeline_ops.ratings.rating_csv import read_answers

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read: {error}"
        raise SettingsError(message) from error
    answers = read_answers(text, str(file))
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        rating_campaigns.import_answers(
            session, campaign_id, title or campaign_id, answers, datetime.now(UTC)
        )
    typer.echo(f"{len(answers)} answers are campaign {campaign_id}.")


@campaign.command()
@plain_errors(complaints)
def report(
    campaign_id: CampaignId,
    *,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path(),
) -> None:
    """Write what people say so far: one HTML file that needs nothing else, and the same as JSON."""
    from pipeline_ops.ratings.report import make_report
    from pipeline_ops.ratings.report_page import report_html, report_json

    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        answers = rating_campaigns.campaign_answers(session, campaign_id)
    more_is_better = {metric.name for metric in METRICS if metric.direction == "higher"}
    made = make_report(answers, more_is_better=more_is_better)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (
        (f"{campaign_id}.html", report_html(made)),
        (f"{campaign_id}.json", report_json(made)),
    ):
        write_atomically(out / name, content.encode())
        typer.echo(str(out / name))
