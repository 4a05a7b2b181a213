from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.figures import (
    OutcomeCount,
    last_published_at,
    mean_quality,
    oldest_waiting_upload,
    outcome_counts,
    translation_counts,
)
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.uploads import Caps, choose_uploads, note_uploads
from pipeline_ops.media_bucket import MediaFile
from tests.pipeline_ops.catalog.making import ANN, NOW, facts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def some_runs(catalog: CatalogDatabase) -> CatalogDatabase:
    """Two versions of a talk, a rejected video and an old failure."""
    with catalog.writing() as session:
        record_end(session, facts("old", metrics={"meaning_flagged": 0.2}))
        record_end(
            session,
            facts(
                "new", translator="new", after=HOUR, metrics={"meaning_flagged": 0.4, "lip_correlation": 0.5}
            ),
        )
        record_end(session, facts("quiet", "quiet", done=(), rejected={"pt": "no_speech"}))
        record_end(session, facts("fell", "fell", done=(), failed=("es",), after=-2 * DAY))
    return catalog


def test_outcomes_are_counted_by_language_status_and_reason(some_runs: CatalogDatabase) -> None:
    with some_runs.reading() as session:
        assert outcome_counts(session, NOW - DAY) == (
            OutcomeCount("pt", "done", "", 2),
            OutcomeCount("pt", "rejected", "no_speech", 1),
        )
        assert OutcomeCount("es", "failed", "", 1) in outcome_counts(session, NOW - 3 * DAY)


def test_translations_are_counted_by_state(some_runs: CatalogDatabase) -> None:
    with some_runs.reading() as session:
        assert translation_counts(session) == {("pt", "published"): 1, ("pt", "replaced"): 1}


def test_quality_is_the_mean_of_each_measure(some_runs: CatalogDatabase) -> None:
    with some_runs.reading() as session:
        found = mean_quality(session, NOW - DAY)
    assert found == {
        ("pt", "lip_correlation"): 0.5,
        ("pt", "meaning_flagged"): pytest.approx(0.3),
    }


def test_the_last_publication_is_the_latest_one(some_runs: CatalogDatabase) -> None:
    with some_runs.reading() as session:
        assert last_published_at(session) == NOW + HOUR + timedelta(minutes=1)


def test_the_oldest_upload_that_waits_is_of_a_creator_who_is_served(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        put_creator(session, ANN)
        put_creator(session, replace(ANN, id="joe", enrolled=False))
        note_uploads(session, "joe", [MediaFile("joe/a.mp4", 1, NOW - DAY)], NOW)
        assert oldest_waiting_upload(session) is None
        files = [MediaFile("ann/a.mp4", 1, NOW), MediaFile("ann/b.mp4", 1, NOW + HOUR)]
        note_uploads(session, "ann", files, NOW)
        assert oldest_waiting_upload(session) == NOW
        choose_uploads(session, "night", Caps(1, 1), until=NOW + DAY, now=NOW)
        assert oldest_waiting_upload(session) == NOW + HOUR


def test_an_empty_catalog_has_no_figures(catalog: CatalogDatabase) -> None:
    with catalog.reading() as session:
        assert outcome_counts(session, NOW) == ()
        assert translation_counts(session) == mean_quality(session, NOW) == {}
        assert last_published_at(session) is oldest_waiting_upload(session) is None
