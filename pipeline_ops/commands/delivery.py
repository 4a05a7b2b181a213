"""`dubwright delivery`: what viewers reach, and what they did there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.weights import WeightsStore
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.playbacks import playback_figures
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.delivery.players import fetch_players
from pipeline_ops.delivery.server import run_server
from pipeline_ops.settings import Settings

app = typer.Typer(help="Serve viewers, and sum up what they watched.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

PORT = 8090

MINUTE_S = 60


class By(StrEnum):
    """What figures are told apart by, besides the language."""

    LANGUAGE = "language"
    CREATOR = "creator"
    VIDEO = "video"
    MODEL = "model"


@app.command()
@plain_errors(complaints)
def prepare() -> None:
    """Fetch the watch page's players, by digest; what is here already is left alone."""
    for fetched in fetch_players(WeightsStore.from_environment()):
        typer.echo(f"{fetched.name} of {fetched.model_id} from {fetched.source}")


@app.command()
@plain_errors(complaints)
def serve(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port.")] = PORT,
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
    trusted_proxies: Annotated[
        str, typer.Option(help="Addresses of proxies whose word on a viewer's address and scheme counts.")
    ] = "127.0.0.1",
) -> None:
    """Serve watch pages and streams until stopped."""
    run_server(host=host, port=port, workers=workers, trusted_proxies=trusted_proxies)


@app.command("allow-origin")
@plain_errors(complaints)
def allow(
    origin: Annotated[
        str, typer.Argument(metavar="ORIGIN", help="Where watch pages are, such as https://watch.example.")
    ],
) -> None:
    """Let watch pages read from the store's bucket (CORS; `files: bucket`); its other rules stay."""
    from pipeline_ops.checkpoints.bucket_cors import READING_RANGES, allow_origin

    added = allow_origin(Settings.from_environment().store_url, "DUBWRIGHT_STORE_URL", origin, READING_RANGES)
    typer.echo(f"Pages of {origin} may read from the bucket{' now' if added else ' already'}.")


@app.command()
@plain_errors(complaints)
def figures(
    by: Annotated[By, typer.Option(help="What figures are told apart by.")] = By.LANGUAGE,
    days: Annotated[float, typer.Option(min=0, help="Views of the last so many days.")] = 30,
    stage: Annotated[
        str, typer.Option(help="With `--by model`: the stage whose model counts.")
    ] = "translate",
    creator: Annotated[str | None, typer.Option(help="Of one creator's videos only.")] = None,
) -> None:
    """Print impressions, starts, stalls and watch time, by language and by what `--by` names."""
    since = datetime.now(UTC) - timedelta(days=days)
    table = Table(
        *([] if by is By.LANGUAGE else [by.value]),
        *(
            "language",
            "track",
            "shown",
            "chosen",
            "starts",
            "ended",
            "stalls",
            "stalled s",
            "watched min",
        ),
        box=None,
    )
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        for row in playback_figures(session, by.value, since=since, stage=stage, creator_id=creator):
            table.add_row(
                *([] if by is By.LANGUAGE else [row.group or "-"]),
                row.language or "-",
                "dub" if row.is_dub else "original",
                *map(str, (row.impressions, row.chosen, row.starts, row.finishes, row.stalls)),
                f"{row.stalled_s:.1f}",
                f"{row.watched_s / MINUTE_S:.1f}",
            )
    Console(markup=False, highlight=False).print(table)
