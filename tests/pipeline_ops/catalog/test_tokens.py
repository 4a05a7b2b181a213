from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.studio_tables import CreatorTokenRow
from pipeline_ops.catalog.tokens import (
    PREFIX,
    create_token,
    find_token,
    get_valid_token,
    list_tokens,
    note_use,
    revoke_token,
    use_is_to_be_noted,
)
from pipeline_ops.errors import SettingsError
from tests.pipeline_ops.catalog.making import ANN, NOW

DAY = timedelta(days=1)


@pytest.fixture
def ann(catalog: CatalogDatabase) -> CatalogDatabase:
    with catalog.writing() as session:
        put_creator(session, ANN)
    return catalog


def test_a_token_is_found_by_its_text_and_by_nothing_that_is_kept(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        token, text = create_token(session, "ann", name="phone", scopes=["read"], life=DAY, now=NOW)
    with ann.reading() as session:
        assert find_token(session, text, NOW) == token
        kept = session.scalars(select(CreatorTokenRow)).one()
        for stored in (kept.digest, kept.id, PREFIX + kept.digest):
            assert find_token(session, stored, NOW) is None
        assert text.removeprefix(PREFIX) not in repr(vars(kept))


def test_a_token_opens_nothing_once_it_is_over(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        token, text = create_token(session, "ann", name="phone", life=DAY, now=NOW)
    with ann.reading() as session:
        assert find_token(session, text, NOW + DAY - timedelta(seconds=1)) is not None
        assert find_token(session, text, NOW + DAY) is None
        assert get_valid_token(session, token.id, NOW + DAY) is None


def test_a_revoked_token_opens_nothing_and_the_other_one_still_does(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        first, lost = create_token(session, "ann", name="lost", now=NOW)
        _, kept = create_token(session, "ann", name="kept", now=NOW)
        revoke_token(session, first.id, NOW)
        revoke_token(session, first.id, NOW + DAY)
    with ann.reading() as session:
        assert find_token(session, lost, NOW) is None
        assert find_token(session, kept, NOW) is not None
        assert {token.name: token.revoked_at for token in list_tokens(session, "ann")} == {
            "lost": NOW,
            "kept": None,
        }
        assert list_tokens(session, "bob") == ()


def test_the_last_use_is_written_once_a_minute(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        token, text = create_token(session, "ann", name="phone", now=NOW)
        assert use_is_to_be_noted(token, NOW)
        note_use(session, token, NOW)
    with ann.reading() as session:
        used = find_token(session, text, NOW)
    assert used is not None and used.last_used_at == NOW
    assert not use_is_to_be_noted(used, NOW + timedelta(seconds=59))
    assert use_is_to_be_noted(used, NOW + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("creator", "scopes", "life"),
    [
        ("nobody", ["read"], DAY),
        ("ann", [], DAY),
        ("ann", ["read", "rule"], DAY),
        ("ann", ["read"], timedelta()),
        ("ann", ["read"], timedelta(days=3660)),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(
    ann: CatalogDatabase, creator: str, scopes: list[str], life: timedelta
) -> None:
    with ann.writing() as session, pytest.raises(SettingsError):
        create_token(session, creator, name="", scopes=scopes, life=life, now=NOW)


def test_one_cannot_revoke_what_is_not_there(ann: CatalogDatabase) -> None:
    with ann.writing() as session, pytest.raises(SettingsError, match="no token"):
        revoke_token(session, "0" * 16)
