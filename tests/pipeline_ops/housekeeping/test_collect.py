"""Which runs are let go of, on a real store and a real catalog that say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import translations
from pipeline_ops.catalog.publishing import publish
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.retention import Retention
from pipeline_ops.catalog.run_facts import RunFacts
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.storage import open_storage
from pipeline_ops.checkpoints.store import CheckpointStore, manifest_key
from pipeline_ops.housekeeping.collect import CollectionReport, retire_and_collect
from pipeline_ops.run_record import publication_name
from tests.pipeline_ops.catalog.making import NOW, facts
from tests.pipeline_ops.checkpoints.making import commit, make_manifest, write_files

DAY = timedelta(days=1)
RETENTION = Retention(rejected=10 * DAY, failed=10 * DAY, replaced=30 * DAY)
LONG_AFTER = datetime.now(UTC) + 1000 * DAY


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(open_storage(str(tmp_path / "store")))


@pytest.fixture
def catalog(tmp_path: Path) -> CatalogDatabase:
    database = CatalogDatabase(f"sqlite:///{tmp_path}/catalog.db")
    database.migrate()
    return database


class Deployment:
    """Records runs in both places, as a run's end does."""

    def __init__(self, store: CheckpointStore, catalog: CatalogDatabase, folder: Path) -> None:
        self.store, self.catalog, self._folder = store, catalog, folder
        self.source = commit(store, folder, "source").reference

    def end_run(self, run: RunFacts) -> CheckpointReference:
        """Store a run's report, or its finished video, made of the one source; return its checkpoint."""
        texts = [each.checkpoint for each in run.translations] or [run.report]
        reference = CheckpointReference.parse(texts[0])
        files = write_files(self._folder, video=str(reference).encode())
        self.store.commit(make_manifest(reference, files, [self.source]), files)
        self.store.publish(publication_name(run.order.run_id), [reference])
        with self.catalog.writing() as session:
            record_end(session, run)
        return reference

    def collect(self, *, dry_run: bool = False) -> CollectionReport:
        return retire_and_collect(
            self.store, self.catalog, RETENTION, grace_period=7 * DAY, dry_run=dry_run, now=LONG_AFTER
        )

    def is_there(self, reference: CheckpointReference) -> bool:
        return self.store.inspect(reference) is not None


@pytest.fixture
def deployment(store: CheckpointStore, catalog: CatalogDatabase, tmp_path: Path) -> Deployment:
    return Deployment(store, catalog, tmp_path / "files")


def rejected(run_id: str) -> RunFacts:
    return facts(run_id, run_id, done=(), rejected={"pt": "no_speech"})


def test_what_is_published_stays_and_what_was_rejected_or_replaced_long_ago_goes(
    deployment: Deployment,
) -> None:
    old = deployment.end_run(facts("old"))
    new = deployment.end_run(facts("new", translator="new-translator", after=DAY))
    gone = deployment.end_run(rejected("rejected"))
    report = deployment.collect()
    assert set(report.retired_runs) == {"old", "rejected"}
    assert not deployment.is_there(old) and not deployment.is_there(gone)
    assert deployment.is_there(new) and deployment.is_there(deployment.source)
    assert list(deployment.store.publication_names()) == [publication_name("new")]
    assert deployment.store.verify(new) == []


def test_a_second_time_finds_nothing_to_let_go_of(deployment: Deployment) -> None:
    deployment.end_run(rejected("rejected"))
    assert deployment.collect().retired_runs == ("rejected",)
    report = deployment.collect()
    assert (report.retired_runs, report.garbage.checkpoints.count) == ((), 0)


def test_a_dry_run_says_the_same_and_changes_nothing(deployment: Deployment) -> None:
    old = deployment.end_run(facts("old"))
    deployment.end_run(facts("new", translator="new-translator", after=DAY))
    would = deployment.collect(dry_run=True)
    assert deployment.is_there(old)
    with deployment.catalog.reading() as session:
        assert {each.state for each in translations(session)} == {"published", "replaced"}
    did = deployment.collect()
    assert would.retired_runs == did.retired_runs == ("old",)
    assert would.garbage.removed_references == did.garbage.removed_references == (old,)


def test_what_the_catalog_publishes_stays_though_the_store_has_no_record_of_it(
    deployment: Deployment,
) -> None:
    shown = deployment.end_run(facts("shown"))
    deployment.store.unpublish(publication_name("shown"))
    deployment.collect()
    assert deployment.is_there(shown) and deployment.is_there(deployment.source)


def test_a_publication_of_a_run_that_the_catalog_does_not_know_stays(deployment: Deployment) -> None:
    deployment.store.publish("by-hand", [deployment.source])
    assert deployment.collect().retired_runs == ()
    assert deployment.is_there(deployment.source)


def test_a_collection_that_was_killed_after_the_catalog_gave_up_is_taken_up_again(
    deployment: Deployment,
) -> None:
    old = deployment.end_run(facts("old"))
    deployment.end_run(facts("new", translator="new-translator", after=DAY))
    deployment.collect()
    deployment.end_run(facts("other", "other"))
    files = write_files(Path(deployment.store.storage.location).parent, video=str(old).encode())
    deployment.store.commit(make_manifest(old, files), files)
    deployment.store.publish(publication_name("old"), [old])  # as if it had not come to this
    assert deployment.collect().retired_runs == ("old",)
    assert not deployment.is_there(old)


def test_an_unreadable_manifest_is_set_aside_and_the_rest_collected(deployment: Deployment) -> None:
    gone = deployment.end_run(rejected("rejected"))
    broken = commit(deployment.store, Path(deployment.store.storage.location).parent, "broken").reference
    deployment.store.storage.put_bytes(manifest_key(broken), b"{", "application/json")
    report = deployment.collect()
    assert len(report.set_aside) == 1 and str(broken) in report.set_aside[0]
    assert not deployment.is_there(gone)


def test_a_translation_that_was_put_back_while_it_was_looked_at_stays(deployment: Deployment) -> None:
    old = deployment.end_run(facts("old"))
    deployment.end_run(facts("new", translator="new-translator", after=DAY))
    with deployment.catalog.writing() as session:
        publish(session, session.get_one(TranslationRow, ("old", "pt")), NOW + 2 * DAY)
    assert deployment.collect().retired_runs == ("new",)
    assert deployment.is_there(old)
