from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.playback_tables import PlaybackRow
from pipeline_ops.catalog.playbacks import Playback, PlaybackFigures, playback_figures, record_playbacks
from pipeline_ops.catalog.publishing import withdraw
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.tables import TranslationRow
from tests.pipeline_ops.catalog.making import ANN, NOW, digest_of, facts

VIEW = "5" * 32


@pytest.fixture
def talk(catalog: CatalogDatabase) -> CatalogDatabase:
    """A talk of Ann's, in Portuguese and Spanish."""
    with catalog.writing() as session:
        put_creator(session, ANN)
        record_end(session, facts("first", done=("pt", "es"), creator_id="ann"))
    return catalog


def _media_id(catalog: CatalogDatabase) -> str:
    with catalog.reading() as session:
        return session.get_one(TranslationRow, ("first", "pt")).media_id


def _watched(media_id: str, track: str = "pt", view_id: str = VIEW, watched_s: float = 8.0) -> Playback:
    return Playback(
        view_id=view_id,
        media_id=media_id,
        track=track,
        began_at=NOW,
        given=True,
        chosen=False,
        started=True,
        stalls=1,
        stalled_s=0.5,
        watched_s=watched_s,
    )


def test_totals_that_come_again_or_late_change_nothing(talk: CatalogDatabase) -> None:
    media_id = _media_id(talk)
    latest = _watched(media_id, watched_s=8.0)
    with talk.writing() as session:
        record_playbacks(session, [latest, replace(latest, track="original", given=False, chosen=True)])
    with talk.writing() as session:
        record_playbacks(session, [latest])
    with talk.writing() as session:
        late = replace(latest, watched_s=3.0, started=False, stalls=0, stalled_s=0.0)
        assert record_playbacks(session, [late]) == 1
    with talk.reading() as session:
        row = session.get_one(PlaybackRow, (VIEW, "pt"))
        assert (row.started, row.stalls, row.stalled_s, row.watched_s) == (True, 1, 0.5, 8.0)
        assert (row.run_id, row.language) == ("first", "pt")
        original = session.get_one(PlaybackRow, (VIEW, "original"))
        assert (original.run_id, original.language, original.chosen) == (None, "en", True)


def test_what_nobody_can_get_is_not_counted(talk: CatalogDatabase) -> None:
    media_id = _media_id(talk)
    with talk.writing() as session:
        withdraw(session, session.get_one(TranslationRow, ("first", "es")))
    with talk.writing() as session:
        unknown = [_watched(media_id, "es"), _watched(media_id, "fr"), _watched("f" * 32)]
        assert record_playbacks(session, unknown) == 0


def test_a_view_keeps_the_run_that_it_got_and_later_views_get_the_next(talk: CatalogDatabase) -> None:
    media_id = _media_id(talk)
    with talk.writing() as session:
        record_playbacks(session, [_watched(media_id)])
    with talk.writing() as session:
        record_end(session, facts("second", translator="new", creator_id="ann", after=timedelta(hours=1)))
    with talk.writing() as session:
        record_playbacks(session, [_watched(media_id, watched_s=9.0), _watched(media_id, view_id="6" * 32)])
    with talk.reading() as session:
        by_model = {
            figures.group: (figures.starts, figures.watched_s)
            for figures in playback_figures(session, "model")
        }
    old, new = (f"{model}@{digest_of(model)[:12]}" for model in ("old-translator", "new"))
    assert by_model == {old: (1, 9.0), new: (1, 8.0)}


def test_figures_are_summed_by_language_and_creator(talk: CatalogDatabase) -> None:
    media_id = _media_id(talk)
    views = [_watched(media_id, view_id=f"{number:032x}", watched_s=10.0) for number in range(3)]
    views[0] = replace(views[0], finished=True)
    switched = replace(
        views[0], track="original", given=False, chosen=True, finished=False, watched_s=5.0, stalls=0
    )
    with talk.writing() as session:
        record_playbacks(session, [*views, switched])
    with talk.reading() as session:
        assert playback_figures(session, "creator", creator_id="ann") == (
            PlaybackFigures("ann", "en", False, 0, 1, 1, 0, 0, 0.5, 5.0),
            PlaybackFigures("ann", "pt", True, 3, 0, 3, 1, 3, 1.5, 30.0),
        )
        assert [each.language for each in playback_figures(session, "language")] == ["en", "pt"]
        assert playback_figures(session, "video")[0].group == media_id
        assert playback_figures(session, "language", since=NOW + timedelta(seconds=1)) == ()
        assert playback_figures(session, "language", creator_id="bob") == ()
