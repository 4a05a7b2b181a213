"""`dubwright tokens`: what lets creators, and programs of theirs, into the studio."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.tokens import (
    DEFAULT_LIFE,
    SCOPES,
    CreatorToken,
    create_token,
    list_tokens,
    revoke_token,
)
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.settings import Settings

app = typer.Typer(help="Make, list and revoke the tokens with which creators log in.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

PIPE_COLUMNS = 200


@app.command()
@plain_errors(complaints)
def create(
    creator_id: Annotated[str, typer.Argument(metavar="CREATOR", help="For whom it acts.")],
    *,
    name: Annotated[str, typer.Option(help="What it is for, for people.")] = "",
    scopes: Annotated[
        str, typer.Option("--may", help="What it may do: one or more of upload,read,decide.")
    ] = ",".join(SCOPES),
    days: Annotated[float, typer.Option(help="For how long it is good.")] = DEFAULT_LIFE.days,
) -> None:
    """Make a token, and print it: it is shown this once and kept nowhere."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        token, text = create_token(session, creator_id, name=name, scopes=wanted, life=timedelta(days=days))
    complaints.print(
        f"Token {token.id} of {creator_id}, good until {token.expires_at:%Y-%m-%d %H:%M} UTC. Keep what is"
        " printed now: it is not shown again."
    )
    typer.echo(text)


@app.command("list")
@plain_errors(complaints)
def list_all(
    creator_id: Annotated[
        str | None, typer.Option("--creator", help="Only this creator's.", show_default=False)
    ] = None,
) -> None:
    """List tokens, one a line, without what is secret of them."""
    table = Table("token", "creator", "name", "may", "made", "good until", "last used", "", box=None)
    now = datetime.now(UTC)
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        for token in list_tokens(session, creator_id):
            table.add_row(
                token.id,
                token.creator_id,
                token.name,
                ",".join(token.scopes),
                f"{token.created_at:%Y-%m-%d}",
                f"{token.expires_at:%Y-%m-%d}",
                f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never",
                _standing(token, now),
            )
    Console(markup=False, highlight=False, width=PIPE_COLUMNS, soft_wrap=True).print(table)


@app.command()
@plain_errors(complaints)
def revoke(
    token_id: Annotated[
        str, typer.Argument(metavar="TOKEN", help="Its id, as `dubwright tokens list` shows.")
    ],
) -> None:
    """Make a token open nothing any more, sessions that were begun with it included."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        token = revoke_token(session, token_id)
    typer.echo(f"Token {token.id} of {token.creator_id} is revoked.")


def _standing(token: CreatorToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    return "good" if token.is_valid(now) else "over"
