from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import lineage, run, translations
from pipeline_ops.catalog.publishing import approve, publish, refuse, withdraw
from pipeline_ops.catalog.recorder import record_asked, record_end, record_start
from pipeline_ops.catalog.run_facts import RunFacts, RunOrder
from pipeline_ops.catalog.tables import Base, TranslationRow
from pipeline_ops.errors import SettingsError
from pipeline_ops.graph import GRAPH
from tests.pipeline_ops.catalog.making import ANN, NOW, OLD_TRANSLATOR, digest_of, facts, request_for

LATER = timedelta(hours=1)


def record(catalog: CatalogDatabase, *runs: RunFacts) -> None:
    with catalog.writing() as session:
        for each in runs:
            record_end(session, each)


def states(catalog: CatalogDatabase) -> dict[tuple[str, str], str]:
    with catalog.reading() as session:
        return {(each.run_id, each.language): each.state for each in translations(session)}


def everything(catalog: CatalogDatabase) -> dict[str, list[tuple[Any, ...]]]:
    with catalog.reading() as session:
        return {
            table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if not table.name.startswith("audit_")  # which forgets nothing, on purpose
        }


def test_a_finished_run_is_published_with_its_lineage(catalog: CatalogDatabase) -> None:
    record(catalog, facts(done=("pt", "es")))
    assert states(catalog) == {("run-1", "pt"): "published", ("run-1", "es"): "published"}
    with catalog.reading() as session:
        made = lineage(session, "run-1", "pt")
    assert {each.stage for each in made} == {node.name for node in GRAPH}
    assert {each.model_id for each in made if each.stage == "translate"} == {OLD_TRANSLATOR}
    assert {each.weights_digest for each in made if each.model_id} == {digest_of(OLD_TRANSLATOR)}


def test_recording_a_run_again_changes_nothing(catalog: CatalogDatabase) -> None:
    record(catalog, facts(rejected={"en": "same_language"}))
    before = everything(catalog)
    record(catalog, facts(rejected={"en": "same_language"}))
    assert everything(catalog) == before


def test_a_run_that_is_cleared_and_comes_to_something_else_leaves_no_trace_of_the_first(
    catalog: CatalogDatabase,
) -> None:
    second = facts(failed=("es",), translator="another")
    record(catalog, second)
    alone = everything(catalog)
    record(catalog, facts(done=("pt", "es")), second)
    assert everything(catalog) == alone


def test_a_cleared_run_that_finishes_nothing_puts_back_what_was_published_before(
    catalog: CatalogDatabase,
) -> None:
    record(catalog, facts("run-1"), facts("run-2", after=LATER, translator="another"))
    assert states(catalog) == {("run-1", "pt"): "replaced", ("run-2", "pt"): "published"}
    record(catalog, facts("run-2", done=(), failed=("pt",), after=LATER))
    assert states(catalog) == {("run-1", "pt"): "published"}


def test_a_run_that_starts_again_keeps_what_it_published_until_it_ends(catalog: CatalogDatabase) -> None:
    first = facts()
    record(catalog, first)
    with catalog.writing() as session:
        record_start(session, first.order, first.request, first.source, NOW + LATER)
    with catalog.reading() as session:
        found = run(session, "run-1")
    assert found is not None
    assert (found.status, found.report, found.ended_at) == ("running", None, None)
    assert states(catalog) == {("run-1", "pt"): "published"}


def test_a_later_run_takes_the_place_of_an_earlier(catalog: CatalogDatabase) -> None:
    record(catalog, facts("run-1"), facts("run-2", after=LATER))
    assert states(catalog) == {("run-1", "pt"): "replaced", ("run-2", "pt"): "published"}


def test_another_creators_equal_video_is_another_video(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        put_creator(session, ANN)
        put_creator(session, replace(ANN, id="bob"))
    record(catalog, facts("run-1", creator_id="ann"), facts("run-2", creator_id="bob"))
    assert set(states(catalog).values()) == {"published"}


def test_a_held_translation_waits(catalog: CatalogDatabase) -> None:
    record(catalog, facts("run-1"), facts("run-2", after=LATER, held=True))
    assert states(catalog) == {("run-1", "pt"): "published", ("run-2", "pt"): "held"}


def test_where_review_is_wanted_a_translation_waits_for_it(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        put_creator(session, replace(ANN, review_wanted=True))
    record(catalog, facts(creator_id="ann"))
    assert states(catalog) == {("run-1", "pt"): "awaiting_review"}
    with catalog.writing() as session:
        approve(session, "run-1", "pt", by="rita", note="fine")
    with catalog.reading() as session:
        [approved] = translations(session)
    assert (approved.state, approved.decided_by, approved.note) == ("published", "rita", "fine")


def test_a_review_outlasts_the_run_being_recorded_again(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        put_creator(session, replace(ANN, review_wanted=True))
    record(catalog, facts(creator_id="ann"))
    with catalog.writing() as session:
        refuse(session, "run-1", "pt", by="rita")
    record(catalog, facts(creator_id="ann"))
    assert states(catalog) == {("run-1", "pt"): "refused"}


def test_what_is_decided_is_not_decided_again(catalog: CatalogDatabase) -> None:
    record(catalog, facts())
    with pytest.raises(SettingsError, match="is published"), catalog.writing() as session:
        refuse(session, "run-1", "pt", by="rita")
    with pytest.raises(SettingsError, match="no translation into es"), catalog.writing() as session:
        approve(session, "run-1", "es", by="rita")


def test_what_was_asked_for_is_known_until_it_starts(catalog: CatalogDatabase) -> None:
    order = RunOrder("run-1", NOW, origin="backlog", started_by="nightly-1")
    first = facts(rejected={"en": "same_language"})
    with catalog.writing() as session:
        record_asked(session, order, ("pt", "en"))
        record_asked(session, order, ("pt", "en"))
    record(catalog, replace(first, order=RunOrder("run-1", NOW + LATER)))
    with catalog.writing() as session:
        record_asked(session, order, ("pt", "en"))
    with catalog.reading() as session:
        found = run(session, "run-1")
    assert found is not None
    assert (found.origin, found.status, found.requested_at) == ("backlog", "partial", NOW)


def test_equal_wishes_are_one_request(catalog: CatalogDatabase) -> None:
    record(catalog, facts("run-1"), facts("run-2", after=LATER))
    other = replace(facts("run-3", after=2 * LATER), request=request_for("talk", "pt", models={"a": "b"}))
    record(catalog, other)
    assert len(everything(catalog)["requests"]) == 2


STEPS = st.lists(
    st.tuples(st.sampled_from(["record", "publish", "withdraw"]), st.integers(min_value=1, max_value=4)),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_at_most_one_translation_is_published(
    catalog: CatalogDatabase, steps: list[tuple[str, int]]
) -> None:
    video = f"talk {steps}"
    order = f"run {digest_of(video)[:8]}"
    made: set[int] = set()
    for what, number in steps:
        with catalog.writing() as session:
            if what == "record":
                made.add(number)
                record_end(session, facts(f"{order} {number}", video, after=number * LATER))
            elif number in made:
                row = session.get_one(TranslationRow, (f"{order} {number}", "pt"))
                (publish if what == "publish" else withdraw)(session, row)
    with catalog.reading() as session:
        rows = [each for each in translations(session, limit=1000) if each.run_id.startswith(order)]
    published = [each for each in rows if each.state == "published"]
    assert len(published) <= 1
    assert published or all(each.state == "withdrawn" for each in rows)
