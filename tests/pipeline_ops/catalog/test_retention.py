from __future__ import annotations

from datetime import datetime, timedelta

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import translations
from pipeline_ops.catalog.publishing import refuse, withdraw
from pipeline_ops.catalog.recorder import record_end, record_start
from pipeline_ops.catalog.retention import Retention, expire, needed_checkpoints, runs_past_retention
from pipeline_ops.catalog.run_facts import RunFacts, RunOrder
from pipeline_ops.catalog.tables import TranslationRow
from tests.pipeline_ops.catalog.making import NOW, facts, request_for

DAY = timedelta(days=1)
RETENTION = Retention(rejected=10 * DAY, failed=20 * DAY, replaced=30 * DAY)


def record(catalog: CatalogDatabase, *runs: RunFacts) -> None:
    with catalog.writing() as session:
        for each in runs:
            record_end(session, each)


def past(catalog: CatalogDatabase, after: timedelta) -> tuple[str, ...]:
    with catalog.reading() as session:
        return runs_past_retention(session, RETENTION, NOW + after)


def expire_at(catalog: CatalogDatabase, run_id: str, after: timedelta) -> bool:
    with catalog.writing() as session:
        return expire(session, run_id, RETENTION, NOW + after)


def states(catalog: CatalogDatabase) -> dict[str, str]:
    with catalog.reading() as session:
        return {each.run_id: each.state for each in translations(session)}


def decide(catalog: CatalogDatabase, run_id: str, at: datetime) -> None:
    with catalog.writing() as session:
        session.get_one(TranslationRow, (run_id, "pt")).decided_at = at


def test_rejected_and_failed_runs_are_kept_for_as_long_as_the_settings_say(catalog: CatalogDatabase) -> None:
    record(
        catalog,
        facts("rejected", "a", done=(), rejected={"pt": "no_speech"}),
        facts("failed", "b", done=(), failed=("pt",)),
    )
    assert past(catalog, 9 * DAY) == ()
    assert past(catalog, 11 * DAY) == ("rejected",)
    assert past(catalog, 21 * DAY) == ("failed", "rejected")


def test_what_is_published_is_kept_for_ever_with_all_of_its_run(catalog: CatalogDatabase) -> None:
    record(catalog, facts(rejected={"en": "same_language"}, failed=("es",)))
    assert past(catalog, 10_000 * DAY) == ()
    assert not expire_at(catalog, "run-1", 10_000 * DAY)


def test_what_waits_for_a_decision_is_kept_for_ever(catalog: CatalogDatabase) -> None:
    record(catalog, facts(held=True))
    assert past(catalog, 10_000 * DAY) == ()
    with catalog.writing() as session:
        refuse(session, "run-1", "pt", by="ann")
    decide(catalog, "run-1", NOW + 50 * DAY)
    assert past(catalog, 79 * DAY) == ()
    assert past(catalog, 81 * DAY) == ("run-1",)


def test_a_replaced_run_is_kept_from_when_its_successor_was_shown(catalog: CatalogDatabase) -> None:
    record(catalog, facts("old"), facts("new", translator="new-translator", after=100 * DAY))
    assert past(catalog, 129 * DAY) == ()
    assert past(catalog, 131 * DAY) == ("old",)


def test_a_run_is_kept_while_one_of_its_languages_is(catalog: CatalogDatabase) -> None:
    record(
        catalog,
        facts("old", done=("pt", "es")),
        facts("new", done=("pt",), translator="new-translator", after=DAY),
    )
    assert past(catalog, 1000 * DAY) == ()


def test_a_run_that_goes_on_is_kept(catalog: CatalogDatabase) -> None:
    done = facts("run-1", "a", done=(), failed=("pt",))
    record(catalog, done)
    with catalog.writing() as session:
        record_start(session, RunOrder("run-1", NOW), request_for("a", "pt"), done.source, NOW)
    assert past(catalog, 1000 * DAY) == ()


def test_an_expired_translation_is_never_put_back(catalog: CatalogDatabase) -> None:
    record(catalog, facts("old"), facts("new", translator="new-translator", after=DAY))
    assert expire_at(catalog, "old", 40 * DAY)
    assert states(catalog) == {"old": "expired", "new": "published"}
    with catalog.writing() as session:
        assert withdraw(session, session.get_one(TranslationRow, ("new", "pt"))) is None
    assert states(catalog) == {"old": "expired", "new": "withdrawn"}


def test_a_translation_that_was_put_back_meanwhile_is_not_given_up(catalog: CatalogDatabase) -> None:
    record(catalog, facts("old"), facts("new", translator="new-translator", after=DAY))
    assert past(catalog, 40 * DAY) == ("old",)
    with catalog.writing() as session:
        withdraw(session, session.get_one(TranslationRow, ("new", "pt")), NOW + 40 * DAY)
    assert not expire_at(catalog, "old", 40 * DAY)
    assert states(catalog) == {"old": "published", "new": "withdrawn"}


def test_a_withdrawn_run_counts_from_when_the_earlier_one_was_put_back(catalog: CatalogDatabase) -> None:
    record(catalog, facts("old"), facts("new", translator="new-translator", after=DAY))
    with catalog.writing() as session:
        withdraw(session, session.get_one(TranslationRow, ("new", "pt")), NOW + 100 * DAY)
    assert past(catalog, 129 * DAY) == ()
    assert past(catalog, 131 * DAY) == ("new",)


def test_finished_videos_that_viewers_get_or_somebody_decides_about_are_needed(
    catalog: CatalogDatabase,
) -> None:
    old, new = facts("old"), facts("new", translator="new-translator", after=DAY)
    held = facts("held", "walk", held=True)
    record(catalog, old, new, held)
    with catalog.reading() as session:
        needed = {str(reference) for reference in needed_checkpoints(session)}
    assert needed == {new.translations[0].checkpoint, held.translations[0].checkpoint}
