from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import costs, minutes_translated, runs, translations
from pipeline_ops.catalog.library import Progress, Reason, eligibility, failures, progress
from pipeline_ops.catalog.publishing import refuse
from pipeline_ops.catalog.recorder import record_asked, record_end
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.catalog.tables import UploadRow
from pipeline_ops.graph import GRAPH
from tests.pipeline_ops.catalog.making import ANN, CPU_S, NOW, facts, upload_of

LATER = timedelta(hours=1)


@pytest.fixture
def ann(catalog: CatalogDatabase) -> CatalogDatabase:
    with catalog.writing() as session:
        put_creator(session, ANN)
        for name in ("a.mp4", "b.mp4", "c.mp4"):
            session.add(
                UploadRow(
                    id=upload_of(name),
                    creator_id="ann",
                    address=f"ann/{name}",
                    size_bytes=1,
                    uploaded_at=NOW,
                    found_at=NOW,
                )
            )
    return catalog


def test_progress_tells_where_every_video_stands(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        of_a = {"creator_id": "ann", "upload_id": upload_of("a.mp4")}
        record_end(session, facts("run-a", "a", done=("pt",), rejected={"es": "too_long"}, **of_a))
        record_asked(session, RunOrder("run-b", NOW, creator_id="ann", upload_id=upload_of("b.mp4")), ("pt",))
        record_end(session, facts("run-x", "x", done=(), failed=("pt",)))
    with ann.reading() as session:
        assert progress(session) == (
            Progress(None, "pt", failed=1),
            Progress("ann", "es", rejected=1, not_started=2),
            Progress("ann", "pt", published=1, in_progress=1, not_started=1),
        )
        assert [each.videos for each in progress(session, "ann")] == [3, 3]


def test_a_video_counts_as_it_stands_last(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        record_end(session, facts("run-1", done=(), failed=("pt",)))
        record_end(session, facts("run-2", done=("pt",), after=LATER))
    with ann.reading() as session:
        assert progress(session)[0] == Progress(None, "pt", published=1)
        assert failures(session) == ()


def test_what_a_reviewer_refused_is_not_called_rejected(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        put_creator(session, replace(ANN, review_wanted=True))
        record_end(session, facts(creator_id="ann"))
    with ann.reading() as session:
        assert progress(session, "ann")[1] == Progress("ann", "pt", undecided=1, not_started=3)
    with ann.writing() as session:
        refuse(session, "run-1", "pt", by="rita")
    with ann.reading() as session:
        assert progress(session, "ann")[1] == Progress("ann", "pt", refused=1, not_started=3)


def test_what_an_upgrade_tries_does_not_change_where_a_video_stands(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        record_end(session, facts("run-1"))
        record_end(session, facts("run-2", done=(), failed=("pt",), after=LATER, held=True))
    with ann.reading() as session:
        assert progress(session)[0] == Progress(None, "pt", published=1)


def test_eligibility_is_told_by_reason(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        record_end(session, facts("run-1", "a", rejected={"en": "same_language"}))
        record_end(session, facts("run-2", "b", done=(), rejected={"pt": "no_speech"}))
        record_end(session, facts("run-3", "c", done=(), rejected={"pt": "no_speech"}, after=LATER))
    with ann.reading() as session:
        found = eligibility(session)
        assert found.reasons == (Reason("pt", "no_speech", 2), Reason("en", "same_language", 1))
        assert found.rate == 0.25
        assert eligibility(session, since=NOW + LATER).reasons == (Reason("pt", "no_speech", 1),)
        assert eligibility(session, creator_id="ann").rate is None


def test_failures_name_the_run_the_file_and_the_reason(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        run = facts("run-1", done=(), failed=("pt",), creator_id="ann", upload_id=upload_of("a.mp4"))
        record_end(session, run)
    with ann.reading() as session:
        [failure] = failures(session)
    assert (failure.run_id, failure.video_name, failure.message) == (
        "run-1",
        "ann/a.mp4",
        "Stage align failed.",
    )


def test_costs_count_what_was_made_and_not_what_was_reused(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        record_end(session, facts("run-1"))
        record_end(session, facts("run-2", reused=frozenset({"probe"}), after=LATER))
    with ann.reading() as session:
        by_stage = {each.stage: each for each in costs(session)}
        assert set(by_stage) == {node.name for node in GRAPH}
        assert (by_stage["probe"].made, by_stage["probe"].reused, by_stage["probe"].cpu_s) == (1, 1, CPU_S)
        assert by_stage["mix"].cpu_s == 2 * CPU_S
        assert minutes_translated(session) == 2.0


def test_lists_are_paged_the_latest_first(ann: CatalogDatabase) -> None:
    with ann.writing() as session:
        for number in range(5):
            record_end(session, facts(f"run-{number}", f"video {number}", after=number * LATER))
    with ann.reading() as session:
        assert [each.run_id for each in runs(session, limit=2)] == ["run-4", "run-3"]
        assert [each.run_id for each in translations(session, limit=2, offset=2)] == ["run-2", "run-1"]
        assert translations(session, language="es") == ()
