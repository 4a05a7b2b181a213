"""What a creator agreed to decides what may begin and what is published; a revocation counts at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from pipeline_ops.catalog.audit import entries
from pipeline_ops.catalog.consents import agreed_uses, consents, give_consent, obstacle, revoke_consent
from pipeline_ops.catalog.creators import Creator, get_creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import translations
from pipeline_ops.catalog.migrate import migrate
from pipeline_ops.catalog.publishing import approve
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.run_facts import RunFacts
from pipeline_ops.catalog.trust_tables import Use
from pipeline_ops.errors import SettingsError
from tests.pipeline_ops.catalog.making import ANN, facts


@pytest.fixture
def catalog(catalog: CatalogDatabase) -> Iterator[CatalogDatabase]:
    with catalog.writing() as session:
        put_creator(session, Creator("ann", "Ann"))
    yield catalog


def agree(catalog: CatalogDatabase, *uses: Use, text_version: str = "2026-11") -> None:
    with catalog.writing() as session:
        for use in uses:
            give_consent(session, "ann", use, by="ann", text_version=text_version)


def run_using(*uses: str, run_id: str = "run-1", held: bool = False) -> RunFacts:
    made = facts(run_id, creator_id="ann", held=held)
    return dataclasses.replace(
        made, translations=tuple(dataclasses.replace(each, uses=uses) for each in made.translations)
    )


def record(catalog: CatalogDatabase, run: RunFacts) -> tuple[str, str | None]:
    with catalog.writing() as session:
        record_end(session, run)
    with catalog.reading() as session:
        [found] = translations(session, run_id=run.order.run_id)
        return found.state, found.note


def test_nobody_agrees_to_anything_until_it_is_recorded(catalog: CatalogDatabase) -> None:
    with catalog.reading() as session:
        assert agreed_uses(session, "ann") == agreed_uses(session, "nobody") == frozenset()
    agree(catalog, "voice")
    with catalog.reading() as session:
        assert agreed_uses(session, "ann") == frozenset(), "who is not to be dubbed lends no voice either"
    agree(catalog, "dub")
    with catalog.reading() as session:
        assert agreed_uses(session, "ann") == {"dub", "voice"}
        assert get_creator(session, "ann").consented_at is not None


def test_a_consent_names_its_text_and_a_new_text_takes_its_place(catalog: CatalogDatabase) -> None:
    agree(catalog, "dub")
    agree(catalog, "dub")
    agree(catalog, "dub", text_version="2027-01")
    with catalog.writing() as session:
        rows = consents(session, "ann")
        assert [(row.text_version, row.revoked_at is None) for row in rows] == [
            ("2026-11", False),
            ("2027-01", True),
        ]
        with pytest.raises(SettingsError, match="version of the text"):
            give_consent(session, "ann", "voice", by="ann", text_version=" ")


def test_a_translation_that_uses_what_was_not_agreed_to_is_held(catalog: CatalogDatabase) -> None:
    agree(catalog, "dub", "voice")
    assert record(catalog, run_using("voice")) == ("published", None)
    state, note = record(catalog, run_using("voice", "lips", run_id="run-2"))
    assert state == "held"
    assert note is not None and "does not agree to lips" in note
    with catalog.writing() as session, pytest.raises(SettingsError, match="does not agree to lips"):
        approve(session, "run-2", "pt", by="rita")


def test_what_is_revoked_is_taken_from_viewers_and_never_comes_back(catalog: CatalogDatabase) -> None:
    agree(catalog, "dub", "voice")
    record(catalog, run_using("voice"))
    with catalog.writing() as session:
        using = revoke_consent(session, "ann", "voice", by="ann", why="I changed my mind.")
        assert [(row.run_id, row.state) for row in using] == [("run-1", "withdrawn")]
    assert record(catalog, run_using(run_id="run-2")) == ("published", None), "without her voice"
    assert record(catalog, run_using("voice", run_id="run-3"))[0] == "held"
    with catalog.reading() as session:
        told = [(row.who, row.what) for row in entries(session)]
    assert ("ann", "consent_revoked") in told
    assert ("ann", "withdrawn") in told


def test_without_agreeing_to_be_dubbed_nothing_of_a_creator_may_begin(catalog: CatalogDatabase) -> None:
    place = {"source": "ingest/1", "media_id": "m", "languages": ("pt",)}
    with catalog.reading() as session:
        reason = obstacle(session, creator_id="ann", **place)  # type: ignore[arg-type]
        assert reason is not None and "dubwright consent give ann dub" in reason
        assert obstacle(session, creator_id=None, **place) is None  # type: ignore[arg-type]
    agree(catalog, "dub")
    with catalog.reading() as session:
        assert obstacle(session, creator_id="ann", **place) is None  # type: ignore[arg-type]


def test_what_must_be_looked_at_is_published_by_a_person_alone(catalog: CatalogDatabase) -> None:
    agree(catalog, "dub")
    made = facts(creator_id="ann")
    doubtful = dataclasses.replace(made.translations[0], held_because="Line 3 adds an insult.")
    state, note = record(catalog, dataclasses.replace(made, translations=(doubtful,)))
    assert state == "held"
    assert note is not None and "Line 3 adds an insult" in note
    with catalog.writing() as session:
        assert approve(session, "run-1", "pt", by="rita").state == "published"


def test_who_had_agreed_before_uses_were_told_apart_has_agreed_to_the_dub_alone(
    new_url: Callable[[], str],
) -> None:
    with CatalogDatabase(new_url()) as earlier:
        with earlier._engine.connect() as connection:
            migrate(connection, "0003")
        with earlier.writing() as session:
            put_creator(session, ANN)
        earlier.migrate()
        with earlier.reading() as session:
            assert agreed_uses(session, "ann") == {"dub"}
            assert [row.use for row in consents(session, "ann")] == ["dub"]
