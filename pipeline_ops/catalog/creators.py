"""Whose videos are translated by themselves, into which languages, and on which terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.keys import CREATOR_ID
from pipeline_ops.catalog.tables import CreatorRow
from pipeline_ops.catalog.upsert import upsert
from pipeline_ops.errors import SettingsError
from pipeline_ops.glossary import parse_glossary
from pipeline_ops.request import parse_languages


@dataclass(frozen=True, slots=True)
class Creator:
    """Somebody whose videos are translated.

    Attributes:
        id: Also the name of their folder in the media bucket.
        name: For people.
        enrolled: Whether new uploads are translated without being asked for.
        languages: Into which ones, normalised.
        consented_at: When they agreed to be dubbed; None where they have not, or not any more.
        glossary: Language (`*` for all) -> word of the source -> how it is to be said; the word itself
            where it stays as written.
        review_wanted: Whether a translation waits for a reviewer before it is published.
    """

    id: str
    name: str
    enrolled: bool = False
    languages: tuple[str, ...] = ()
    consented_at: datetime | None = None
    glossary: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    review_wanted: bool = False

    @property
    def is_served(self) -> bool:
        """Whether the backlog takes their uploads: enrolled, agreed, and into some language."""
        return self.enrolled and self.consented_at is not None and bool(self.languages)


def put_creator(session: Session, creator: Creator, now: datetime | None = None) -> None:
    """Write a creator, new or known.

    Raises:
        SettingsError: the id cannot name a folder, or the languages or the glossary make no sense.
    """
    if not re.fullmatch(CREATOR_ID, creator.id):
        message = f"{creator.id[:80]!r} cannot name a creator: use small letters, digits, `-` and `_`."
        raise SettingsError(message)
    languages = parse_languages(creator.languages) if creator.languages else ()
    glossary = parse_glossary(creator.glossary)
    moment = now or datetime.now(UTC)
    values = {
        "id": creator.id,
        "name": creator.name,
        "enrolled": creator.enrolled,
        "languages": list(languages),
        "consented_at": creator.consented_at,
        "glossary": glossary,
        "review_wanted": creator.review_wanted,
        "created_at": moment,
        "updated_at": moment,
    }
    upsert(session, CreatorRow, values, keep=("created_at",))


def get_creator(session: Session, creator_id: str) -> Creator:
    """Return a creator.

    Raises:
        SettingsError: there is none of that id.
    """
    row = session.get(CreatorRow, creator_id)
    if row is None:
        message = f"The catalog knows no creator {creator_id[:80]!r}. Add one: dubwright creators add ID"
        raise SettingsError(message)
    return _creator(row)


def list_creators(session: Session) -> tuple[Creator, ...]:
    """Return all creators, in order of id."""
    return tuple(_creator(row) for row in session.scalars(select(CreatorRow).order_by(CreatorRow.id)))


def _creator(row: CreatorRow) -> Creator:
    return Creator(
        id=row.id,
        name=row.name,
        enrolled=row.enrolled,
        languages=tuple(row.languages),
        consented_at=row.consented_at,
        glossary=row.glossary,
        review_wanted=row.review_wanted,
    )
