"""`dubwright creators`: whose uploads are translated by themselves, into which languages, on which terms."""

from __future__ import annotations

import dataclasses
import getpass
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from pipeline_ops.catalog.consents import deleted_creator, give_consent, revoke_consent
from pipeline_ops.catalog.creators import Creator, get_creator, list_creators, put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.commands.wishes import read_glossary_file
from pipeline_ops.errors import SettingsError
from pipeline_ops.request import parse_languages
from pipeline_ops.settings import Settings

SAID_HERE = "stated with dubwright creators"
"""The version of the text that a creator agreed to, where only a flag says that they did."""

app = typer.Typer(help="Enrol creators, and say on which terms.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

CreatorId = Annotated[str, typer.Argument(metavar="ID", help="Also the name of their folder in the bucket.")]
Name = Annotated[str | None, typer.Option(help="The name, for people.", show_default=False)]
Languages = Annotated[str | None, typer.Option("--to", help="Target languages: pt,es.", show_default=False)]
Enrolled = Annotated[
    bool | None, typer.Option("--enrol/--leave", help="Whether new uploads are translated by themselves.")
]
Consent = Annotated[
    bool | None,
    typer.Option("--consent/--no-consent", help="Whether they agreed to be dubbed (`dubwright consent`)."),
]
Review = Annotated[
    bool | None, typer.Option("--review/--no-review", help="Whether a translation waits for a reviewer.")
]
Glossary = Annotated[
    Path | None,
    typer.Option(
        help='A JSON file: {"pt": {"word of the source": "how to say it"}, "*": {"Name": null}}.',
        show_default=False,
    ),
]


@app.command()
@plain_errors(complaints)
def add(
    creator_id: CreatorId,
    *,
    to: Languages = None,
    name: Name = None,
    enrol: Enrolled = None,
    consent: Consent = None,
    review: Review = None,
    glossary: Glossary = None,
) -> None:
    """Add a creator; exit with 1 where there is one of that id."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        if creator_id in {creator.id for creator in list_creators(session)}:
            message = f"There is a creator {creator_id}. Change it with: dubwright creators change"
            raise SettingsError(message)
        if (reason := deleted_creator(session, creator_id)) is not None:
            raise SettingsError(reason)
        new = Creator(creator_id, creator_id)
        put_creator(
            session,
            _changed(new, to=to, name=name, enrol=enrol, review=review, glossary=glossary),
        )
        _agree(session, new, consent)
    typer.echo(creator_id)


@app.command()
@plain_errors(complaints)
def change(
    creator_id: CreatorId,
    *,
    to: Languages = None,
    name: Name = None,
    enrol: Enrolled = None,
    consent: Consent = None,
    review: Review = None,
    glossary: Glossary = None,
) -> None:
    """Change what is named, and leave the rest as it is."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
        known = get_creator(session, creator_id)
        put_creator(
            session,
            _changed(known, to=to, name=name, enrol=enrol, review=review, glossary=glossary),
        )
        _agree(session, known, consent)
    typer.echo(creator_id)


@app.command("list")
@plain_errors(complaints)
def list_all() -> None:
    """List creators, one a line."""
    table = Table("creator", "name", "enrolled", "languages", "agreed", "review", box=None)
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        for creator in list_creators(session):
            table.add_row(
                creator.id,
                creator.name,
                _yes(creator.enrolled),
                ",".join(creator.languages),
                f"{creator.consented_at:%Y-%m-%d}" if creator.consented_at else "no",
                _yes(creator.review_wanted),
            )
    Console(markup=False, highlight=False).print(table)


@app.command()
@plain_errors(complaints)
def show(creator_id: CreatorId) -> None:
    """Print all that is known of a creator, as JSON."""
    with open_catalog(Settings.from_environment()) as catalog, catalog.reading() as session:
        creator = get_creator(session, creator_id)
    typer.echo(json.dumps(dataclasses.asdict(creator), indent=2, ensure_ascii=False, default=str))


def _changed(
    creator: Creator,
    *,
    to: str | None,
    name: str | None,
    enrol: bool | None,
    review: bool | None,
    glossary: Path | None,
) -> Creator:
    changes: dict[str, Any] = {"name": name, "enrolled": enrol, "review_wanted": review}
    if to is not None:
        changes["languages"] = parse_languages(to)
    if glossary is not None:
        changes["glossary"] = read_glossary_file(glossary)
    named = {field: value for field, value in changes.items() if value is not None}
    return dataclasses.replace(creator, **named)


def _agree(session: Session, creator: Creator, consent: bool | None) -> None:
    """Record what was said of the creator's consent to be dubbed, where that is something new."""
    if consent is None or consent == (creator.consented_at is not None):
        return
    if consent:
        give_consent(session, creator.id, "dub", by=getpass.getuser(), text_version=SAID_HERE)
    else:
        revoke_consent(session, creator.id, "dub", by=getpass.getuser())


def _yes(value: bool) -> str:
    return "yes" if value else "no"
