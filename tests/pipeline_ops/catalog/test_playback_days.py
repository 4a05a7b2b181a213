"""Old playbacks become totals of their day, on both databases; figures are the same before and after."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.experiments import start_experiment, stop_experiment
from pipeline_ops.catalog.playback_tables import PlaybackDayRow, PlaybackRow
from pipeline_ops.catalog.playbacks import Grouping, Playback, playback_figures, record_playbacks
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.housekeeping.old_playbacks import fold_old_playbacks
from tests.pipeline_ops.catalog.making import ANN, NOW, facts
from tests.pipeline_ops.catalog.test_experiments import LIPS

DAY = timedelta(days=1)
GROUPINGS: tuple[Grouping, ...] = ("language", "creator", "video", "model")


@pytest.fixture
def watched(catalog: CatalogDatabase) -> CatalogDatabase:
    """Ann's talk, watched on four days: three of them in an experiment's arms."""
    with catalog.writing() as session:
        put_creator(session, ANN)
        record_end(session, facts("first", done=("pt",), creator_id="ann"))
        media_id = session.get_one(TranslationRow, ("first", "pt")).media_id
    views = [
        Playback(
            view_id=f"{number:032x}",
            media_id=media_id,
            track="original" if number % 5 == 0 else "pt",
            began_at=NOW + (number % 4) * DAY,
            given=number % 2 == 0,
            chosen=number % 2 == 1,
            started=True,
            finished=number % 3 == 0,
            stalls=number % 3,
            stalled_s=0.25,
            watched_s=float(number),
            experiment="lips" if number % 4 else None,
            arm=("a", "b")[number % 2] if number % 4 else None,
            lot=number if number % 4 else None,
        )
        for number in range(40)
    ]
    with catalog.writing() as session:
        record_playbacks(session, views)
    return catalog


def fold(catalog: CatalogDatabase, *, days_later: float, dry_run: bool = False) -> int:
    return fold_old_playbacks(catalog, kept_for=3 * DAY, dry_run=dry_run, now=NOW + days_later * DAY)


def figures(catalog: CatalogDatabase) -> list[object]:
    with catalog.reading() as session:
        return [playback_figures(session, by) for by in GROUPINGS]


def rows(catalog: CatalogDatabase) -> tuple[int, int]:
    with catalog.reading() as session:
        single = session.scalar(select(func.count()).select_from(PlaybackRow)) or 0
        return single, session.scalar(select(func.count()).select_from(PlaybackDayRow)) or 0


def test_figures_are_the_same_when_days_are_folded_one_after_the_other(watched: CatalogDatabase) -> None:
    before = figures(watched)
    assert fold(watched, days_later=5, dry_run=True) == 20
    assert rows(watched) == (40, 0)
    assert fold(watched, days_later=5) == 20
    assert rows(watched)[0] == 20
    assert figures(watched) == before
    assert fold(watched, days_later=30) == 20
    assert fold(watched, days_later=30) == 0
    assert rows(watched)[0] == 0
    assert figures(watched) == before


def test_totals_tell_arms_apart(watched: CatalogDatabase) -> None:
    fold(watched, days_later=30)
    by_arm = (
        select(PlaybackDayRow.arm, func.sum(PlaybackDayRow.views))
        .group_by(PlaybackDayRow.arm)
        .order_by(PlaybackDayRow.arm)
    )
    with watched.reading() as session:
        assert [tuple(row) for row in session.execute(by_arm)] == [("", 10), ("a", 10), ("b", 20)]


def test_views_of_the_experiment_that_runs_stay_and_their_day_is_folded_again_after_it(
    watched: CatalogDatabase,
) -> None:
    before = figures(watched)
    with watched.writing() as session:
        start_experiment(session, LIPS, by="ann")
    assert fold(watched, days_later=30) == 10
    with watched.writing() as session:
        stop_experiment(session, by="ann")
    assert fold(watched, days_later=30) == 30
    assert figures(watched) == before
