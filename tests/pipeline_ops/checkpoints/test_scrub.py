from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.scrub import has_its_turn, scrub
from pipeline_ops.checkpoints.store import CheckpointStore
from tests.pipeline_ops.checkpoints.making import commit, make_reference

TODAY = date(2026, 11, 26)
MANY = [make_reference(f"number {number}") for number in range(500)]


@pytest.mark.parametrize(("share", "days"), [(1, 1), (0.5, 2), (0.3, 4), (0.04, 25)])
def test_the_days_of_one_round_read_every_checkpoint_once(share: float, days: int) -> None:
    turns = [
        reference
        for day in range(days)
        for reference in MANY
        if has_its_turn(reference, share, TODAY + timedelta(days=day))
    ]
    assert sorted(turns) == sorted(MANY)


def test_a_day_reads_about_its_share_and_the_same_each_time_it_is_asked() -> None:
    [first, again] = [[each for each in MANY if has_its_turn(each, 0.1, TODAY)] for _ in range(2)]
    assert first == again
    assert 25 < len(first) < 75


def test_whole_checkpoints_are_verified_and_stay(store: CheckpointStore, tmp_path: Path) -> None:
    references = [commit(store, tmp_path, label).reference for label in ("one", "two")]
    report = scrub(store, references, set_aside=True)
    assert (report.verified, report.damaged) == (2, ())
    assert set(store.references()) == set(references)


def test_a_damaged_checkpoint_is_named_and_set_aside(store: CheckpointStore, tmp_path: Path) -> None:
    whole = commit(store, tmp_path, "whole").reference
    manifest = commit(store, tmp_path, "damaged")
    artefact = manifest.artefact("sound")
    store.storage.put_bytes(blob_key(artefact.sha256), b"x" * artefact.size_bytes, artefact.media_type)
    report = scrub(store, [whole, manifest.reference], set_aside=True)
    [damaged] = report.damaged
    assert damaged.reference == manifest.reference
    assert str(manifest.reference) in damaged.problems[0]
    assert list(store.references()) == [whole]
    assert store.find(manifest.reference) is None


def test_a_dry_run_names_damage_and_changes_nothing(local_store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(local_store, tmp_path, "damaged")
    local_store.storage.delete(blob_key(manifest.artefact("sound").sha256))
    assert len(scrub(local_store, [manifest.reference], set_aside=False).damaged) == 1
    assert list(local_store.references()) == [manifest.reference]


def test_a_checkpoint_that_should_be_there_and_is_not_is_damaged(local_store: CheckpointStore) -> None:
    missing = make_reference("missing")
    [damaged] = scrub(local_store, [missing], set_aside=True).damaged
    assert damaged.problems == (f"Checkpoint {missing} has no manifest",)
