"""`dubwright consent`: what creators agreed to, recorded and revocable."""

from __future__ import annotations

import getpass
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table

from pipeline_ops.catalog.consents import USES, consents, give_consent, revoke_consent
from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.trust_tables import Use
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.errors import SettingsError
from pipeline_ops.settings import Settings

app = typer.Typer(help="Record what creators agree to, and what not any more.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

CreatorId = Annotated[str, typer.Argument(metavar="CREATOR")]
Uses = Annotated[
    list[str],
    typer.Argument(
        metavar="USE...",
        help="dub (being dubbed at all), voice (in a voice like theirs), lips (with changed lips).",
    ),
]
By = Annotated[str | None, typer.Option(help="Who says so; you, where nobody is named.", show_default=False)]


@app.command()
@plain_errors(complaints)
def give(
    creator_id: CreatorId,
    uses: Uses,
    *,
    text: Annotated[str, typer.Option(help="Which version of the text they agreed to.")],
    by: By = None,
) -> None:
    """Record that a creator agreed."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        for use in _checked(uses):
            give_consent(session, creator_id, use, by=by or getpass.getuser(), text_version=text)
    typer.echo(f"{creator_id} agrees to {', '.join(uses)}.")


@app.command()
@plain_errors(complaints)
def revoke(
    creator_id: CreatorId,
    uses: Uses,
    *,
    why: Annotated[str, typer.Option(help="Why, in a sentence.")] = "",
    by: By = None,
) -> None:
    """Record that a creator agrees no more: runs stop at their next stage, published ones are withdrawn."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        using = {
            (row.media_id, row.language)
            for use in _checked(uses)
            for row in revoke_consent(session, creator_id, use, by=by or getpass.getuser(), why=why)
        }
    typer.echo(f"{creator_id} does not agree to {', '.join(uses)} any more.")
    if using:
        typer.echo(f"{len(using)} translations were made with it and are no longer shown. To erase them:")
        for media_id, language in sorted(using):
            typer.echo(f"  dubwright takedown translation {media_id} {language}")
        typer.echo(f"Or all that there is of them: dubwright takedown creator {creator_id}")


@app.command()
@plain_errors(complaints)
def show(creator_id: CreatorId) -> None:
    """Show all that a creator ever agreed to."""
    table = Table("use", "text", "given", "by", "revoked", "by", box=None)
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        get_creator(session, creator_id)
        for row in consents(session, creator_id):
            revoked = f"{row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else ""
            given = f"{row.given_at:%Y-%m-%d %H:%M}"
            table.add_row(row.use, row.text_version, given, row.given_by, revoked, row.revoked_by or "")
    Console(markup=False, highlight=False).print(table)


def _checked(uses: list[str]) -> list[Use]:
    if unknown := sorted(set(uses) - set(USES)):
        message = f"One can agree to {', '.join(USES)}, not to {unknown[0]!r}."
        raise SettingsError(message)
    return cast("list[Use]", uses)
