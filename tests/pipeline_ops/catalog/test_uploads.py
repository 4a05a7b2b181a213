from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import run
from pipeline_ops.catalog.lost_runs import give_up, open_runs
from pipeline_ops.catalog.uploads import Caps, Start, check_upload, choose_uploads, note_uploads
from pipeline_ops.errors import SettingsError
from pipeline_ops.media_bucket import MediaFile
from tests.pipeline_ops.catalog.making import ANN, NOW

AMPLE = Caps(per_creator=100, in_all=100)
TONIGHT = NOW + timedelta(days=1)
HOUR = timedelta(hours=1)


def upload(catalog: CatalogDatabase, creator: str, *names: str, at: datetime = NOW) -> int:
    """Note files of a creator, each an hour later than the one before; return how many were new."""
    files = [MediaFile(f"{creator}/{name}", 1, at + number * HOUR) for number, name in enumerate(names)]
    with catalog.writing() as session:
        return note_uploads(session, creator, files, NOW)


def choose(
    catalog: CatalogDatabase, night: str = "night-1", caps: Caps = AMPLE, until: datetime = TONIGHT
) -> tuple[Start, ...]:
    with catalog.writing() as session:
        return choose_uploads(session, night, caps, until=until, now=NOW)


def addresses(starts: tuple[Start, ...]) -> list[str]:
    return [start.address for start in starts]


@pytest.fixture
def creators(catalog: CatalogDatabase) -> CatalogDatabase:
    with catalog.writing() as session:
        put_creator(session, ANN)
        put_creator(session, replace(ANN, id="bob", languages=("pt",)))
        put_creator(session, replace(ANN, id="eve", consented_at=None))
        put_creator(session, replace(ANN, id="joe", enrolled=False))
    return catalog


def test_new_uploads_of_served_creators_are_chosen_into_their_languages(creators: CatalogDatabase) -> None:
    for creator in ("ann", "bob", "eve", "joe"):
        upload(creators, creator, "talk.mp4")
    chosen = {start.address: start.languages for start in choose(creators)}
    assert chosen == {"ann/talk.mp4": ("es", "pt"), "bob/talk.mp4": ("pt",)}


def test_an_upload_is_noted_once(creators: CatalogDatabase) -> None:
    assert upload(creators, "ann", "a.mp4", "b.mp4") == 2
    assert upload(creators, "ann", "a.mp4", "b.mp4", "c.mp4") == 1


def test_the_same_backlog_run_chooses_the_same_again(creators: CatalogDatabase) -> None:
    upload(creators, "ann", "a.mp4", "b.mp4")
    upload(creators, "bob", "c.mp4")
    first = choose(creators, caps=Caps(1, 2))
    assert set(choose(creators, caps=Caps(1, 2))) == set(first)


def test_what_is_over_a_cap_waits_and_nothing_is_lost_or_chosen_twice(creators: CatalogDatabase) -> None:
    upload(creators, "ann", "1.mp4", "2.mp4", "3.mp4")
    upload(creators, "bob", "4.mp4")
    nights = [addresses(choose(creators, f"night-{night}", Caps(2, 2))) for night in range(4)]
    assert nights == [["ann/1.mp4", "bob/4.mp4"], ["ann/2.mp4", "ann/3.mp4"], [], []]


def test_an_upload_of_after_the_interval_waits_for_its_own(creators: CatalogDatabase) -> None:
    upload(creators, "ann", "early.mp4", at=NOW)
    upload(creators, "ann", "late.mp4", at=TONIGHT)
    assert addresses(choose(creators)) == ["ann/early.mp4"]
    assert addresses(choose(creators, "night-2", until=TONIGHT + HOUR)) == ["ann/late.mp4"]


def test_a_file_that_was_replaced_in_the_bucket_is_chosen_as_it_is_now(creators: CatalogDatabase) -> None:
    upload(creators, "bob", "talk.mp4", at=NOW)
    upload(creators, "bob", "talk.mp4", at=NOW + HOUR)
    [start] = choose(creators)
    upload(creators, "bob", "talk.mp4", at=NOW + 2 * HOUR)
    [again] = choose(creators, "night-2")
    assert again.run_id != start.run_id
    assert choose(creators, "night-3") == ()


def test_a_language_that_is_added_later_is_made_up_for_alone(creators: CatalogDatabase) -> None:
    upload(creators, "bob", "talk.mp4")
    choose(creators)
    with creators.writing() as session:
        put_creator(session, replace(ANN, id="bob", languages=("pt", "it")))
    assert [start.languages for start in choose(creators, "night-2")] == [("it",)]


def test_a_run_that_was_lost_is_chosen_again_under_its_own_id(creators: CatalogDatabase) -> None:
    upload(creators, "bob", "talk.mp4")
    [start] = choose(creators)
    with creators.writing() as session:
        assert give_up(session, start.run_id, "lost", "It was never triggered.", NOW)
        assert not give_up(session, start.run_id, "lost", "It was never triggered.", NOW)
        assert open_runs(session) == ()
    assert choose(creators, "night-2") == (start,)
    with creators.reading() as session:
        found = run(session, start.run_id)
    assert found is not None
    assert (found.status, found.message) == ("requested", None)


def test_an_upload_of_somebody_else_is_refused(creators: CatalogDatabase) -> None:
    upload(creators, "ann", "talk.mp4")
    [start] = choose(creators)
    with creators.reading() as session:
        check_upload(session, start.upload_id, "ann")
        for key, creator in ((start.upload_id, "bob"), ("0" * 32, "ann")):
            with pytest.raises(SettingsError, match="no upload"):
                check_upload(session, key, creator)
