"""What a garbage collection removes, and what it must not."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.checkpoints.collect_garbage import collect_garbage
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.storage import ObjectStorage, StoredObject, open_storage
from pipeline_ops.checkpoints.store import CheckpointStore, manifest_key
from pipeline_ops.errors import DamagedArtefactError
from tests.pipeline_ops.checkpoints.making import commit

LATER = timedelta(days=8)
BINARY = "application/octet-stream"


def _later() -> datetime:
    return datetime.now(UTC) + LATER


def _make_old(store: CheckpointStore, *folders: str) -> None:
    """Set the times of everything in a local store back by eight days."""
    then = time.time() - LATER.total_seconds()
    for folder in folders or ("blobs", "checkpoints", "quarantine"):
        for stored in list(store.storage.walk(folder)):
            path = store.storage.local_path(stored.key)
            assert path is not None
            os.utime(path, (then, then))


def test_what_is_not_published_goes_and_what_is_published_stays(
    store: CheckpointStore, tmp_path: Path
) -> None:
    source = commit(store, tmp_path, "source", sound=b"s" * 10)
    published = commit(store, tmp_path, "published", [source.reference], sound=b"p" * 20)
    forgotten = commit(store, tmp_path, "forgotten", [source.reference], sound=b"f" * 30)
    store.publish("video.pt", [published.reference])

    report = collect_garbage(store, dry_run=False, now=_later())

    assert report.removed_references == (forgotten.reference,)
    assert (report.blobs.count, report.blobs.size_bytes) == (1, 30)
    assert (report.kept_checkpoints.count, report.kept_blobs.size_bytes) == (2, 30)
    assert set(store.references()) == {source.reference, published.reference}
    assert store.verify(source.reference) == store.verify(published.reference) == []


def test_a_dry_run_reports_the_same_and_removes_nothing(store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(store, tmp_path, "one")
    now = _later()
    would = collect_garbage(store, now=now)
    assert would.dry_run
    assert store.verify(manifest.reference) == []
    did = collect_garbage(store, now=now, dry_run=False)
    assert not did.dry_run
    assert (would.checkpoints, would.blobs) == (did.checkpoints, did.blobs)
    assert list(store.storage.walk("blobs")) == []


def test_what_is_young_stays_with_all_that_it_was_made_of(
    local_store: CheckpointStore, tmp_path: Path
) -> None:
    source = commit(local_store, tmp_path, "source").reference
    _make_old(local_store)
    young = commit(local_store, tmp_path, "young", [source]).reference
    report = collect_garbage(local_store, dry_run=False)
    assert report.checkpoints.count == report.blobs.count == 0
    assert local_store.verify(source) == local_store.verify(young) == []


def test_what_is_unpublished_goes_after_the_grace_period(store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(store, tmp_path, "one")
    store.publish("video.pt", [manifest.reference])
    assert collect_garbage(store, dry_run=False, now=_later()).checkpoints.count == 0
    store.unpublish("video.pt")
    assert collect_garbage(store, dry_run=False).checkpoints.count == 0
    assert collect_garbage(store, dry_run=False, now=_later()).checkpoints.count == 1


def test_a_publication_that_is_disregarded_keeps_nothing(store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(store, tmp_path, "one")
    store.publish("video.pt", [manifest.reference])
    report = collect_garbage(store, disregarded={"video.pt"}, now=_later())
    assert report.removed_references == (manifest.reference,)
    assert list(store.publication_names()) == ["video.pt"]


def test_what_is_to_be_kept_stays_with_what_it_was_made_of(store: CheckpointStore, tmp_path: Path) -> None:
    source = commit(store, tmp_path, "source").reference
    made = commit(store, tmp_path, "made", [source]).reference
    gone = commit(store, tmp_path, "gone", [source]).reference
    report = collect_garbage(store, keep=[made], dry_run=False, now=_later())
    assert report.removed_references == (gone,)


def test_a_blob_that_another_checkpoint_shares_stays(store: CheckpointStore, tmp_path: Path) -> None:
    kept = commit(store, tmp_path, "kept", sound=b"same")
    commit(store, tmp_path, "forgotten", sound=b"same")
    store.publish("video.pt", [kept.reference])
    report = collect_garbage(store, dry_run=False, now=_later())
    assert (report.checkpoints.count, report.blobs.count) == (1, 0)
    assert store.verify(kept.reference) == []


def test_what_a_run_finds_again_is_young_again(local_store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(local_store, tmp_path, "one")
    _make_old(local_store)
    assert local_store.find(manifest.reference) is not None
    collect_garbage(local_store, dry_run=False)
    assert local_store.verify(manifest.reference) == []


def test_looking_at_a_checkpoint_does_not_keep_it(local_store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(local_store, tmp_path, "one")
    _make_old(local_store)
    assert local_store.inspect(manifest.reference) is not None
    assert local_store.verify(manifest.reference) == []
    assert collect_garbage(local_store, dry_run=False).checkpoints.count == 1


def test_an_old_blob_that_a_new_commit_reuses_is_young_before_its_manifest_is_written(
    local_store: CheckpointStore, tmp_path: Path
) -> None:
    manifest = commit(local_store, tmp_path, "one", sound=b"same")
    local_store.storage.delete(manifest_key(manifest.reference))
    _make_old(local_store)
    storage = local_store.storage
    put_bytes = storage.put_bytes

    def collect_then_put(key: str, data: bytes, media_type: str) -> None:
        assert collect_garbage(local_store, dry_run=False).blobs.count == 0
        put_bytes(key, data, media_type)

    storage.put_bytes = collect_then_put  # type: ignore[method-assign]
    again = commit(local_store, tmp_path, "two", sound=b"same")
    assert local_store.verify(again.reference) == []


class _Interrupting:
    """Hands everything on to a storage, and runs a function before the first delete's last look."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._storage = storage
        self.meanwhile = lambda: None

    def __getattr__(self, name: str) -> object:
        return getattr(self._storage, name)

    def stat(self, key: str) -> StoredObject | None:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return self._storage.stat(key)


def test_a_run_that_reuses_a_checkpoint_during_the_collection_keeps_it(
    local_store: CheckpointStore, tmp_path: Path
) -> None:
    manifest = commit(local_store, tmp_path, "one")
    _make_old(local_store)
    interrupting = _Interrupting(local_store.storage)
    interrupting.meanwhile = lambda: local_store.find(manifest.reference)  # type: ignore[assignment]
    collecting = CheckpointStore(interrupting)  # type: ignore[arg-type]
    report = collect_garbage(collecting, dry_run=False)
    assert report.checkpoints.count == report.blobs.count == 0
    assert local_store.verify(manifest.reference) == []


def test_temporary_files_of_killed_processes_go_after_the_grace_period(
    local_store: CheckpointStore, tmp_path: Path
) -> None:
    left = tmp_path / "store" / ".incoming" / "abcd-1234"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    assert collect_garbage(local_store, dry_run=False).unfinished_uploads.count == 0
    report = collect_garbage(local_store, dry_run=False, now=_later())
    assert (report.unfinished_uploads.count, report.unfinished_uploads.size_bytes) == (1, 4)
    assert not left.exists()


def test_what_was_set_aside_goes_after_the_grace_period(store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(store, tmp_path, "one")
    store.set_aside(manifest.reference, "because")
    assert collect_garbage(store, dry_run=False).quarantined.count == 0
    assert collect_garbage(store, dry_run=False, now=_later()).quarantined.count == 2
    assert list(store.storage.walk("quarantine")) == []


def test_while_a_manifest_cannot_be_read_no_checkpoint_goes(store: CheckpointStore, tmp_path: Path) -> None:
    one, two = commit(store, tmp_path, "one"), commit(store, tmp_path, "two")
    store.storage.put_bytes(manifest_key(two.reference), b"{", BINARY)
    report = collect_garbage(store, dry_run=False, now=_later())
    assert len(report.problems) == 1 and str(two.reference) in report.problems[0]
    assert report.checkpoints.count == report.blobs.count == 0
    assert store.verify(one.reference) == []
    store.set_aside(two.reference, "unreadable")
    assert collect_garbage(store, dry_run=False, now=_later()).checkpoints.count == 1


def test_while_a_publication_cannot_be_read_nothing_goes(store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(store, tmp_path, "one")
    store.storage.put_bytes("publications/video.pt.json", b"{", BINARY)
    with pytest.raises(DamagedArtefactError, match="publication"):
        collect_garbage(store, dry_run=False, now=_later())
    assert store.verify(manifest.reference) == []


def test_ancestors_stay_although_a_checkpoint_between_was_set_aside(
    local_store: CheckpointStore, tmp_path: Path
) -> None:
    source = commit(local_store, tmp_path, "source").reference
    between = commit(local_store, tmp_path, "between", [source]).reference
    end = commit(local_store, tmp_path, "end", [between]).reference
    local_store.publish("video.pt", [end])
    local_store.set_aside(between, "damaged")
    collect_garbage(local_store, dry_run=False, now=_later())
    assert set(local_store.references()) == {source, end}


GRAPHS = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        # The parents of each checkpoint, all of them earlier ones.
        st.tuples(
            *(st.sets(st.integers(0, n - 1), max_size=3) if n else st.just(set()) for n in range(size))
        ),
        # The content of each: few contents, so that blobs are shared.
        st.tuples(*(st.integers(0, 3) for _ in range(size))),
        # Which are published, together and alone, and which are young.
        st.lists(st.sets(st.integers(0, size - 1), min_size=1, max_size=3), max_size=2),
        st.sets(st.integers(0, size - 1), max_size=2),
    )
)


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_exactly_what_can_be_reached_is_kept(
    graph: tuple[tuple[set[int], ...], tuple[int, ...], list[set[int]], set[int]],
) -> None:
    parents, contents, published, young = graph
    with tempfile.TemporaryDirectory() as folder:
        store = CheckpointStore(open_storage(f"{folder}/store"))
        references: list[CheckpointReference] = []
        for n, (above, content) in enumerate(zip(parents, contents, strict=True)):
            ancestors = [references[parent] for parent in sorted(above)]
            sound = f"content {content}".encode()
            references.append(commit(store, Path(folder), str(n), ancestors, sound=sound).reference)
        for number, names in enumerate(published):
            store.publish(f"p{number}", [references[n] for n in names])
        _make_old(store)
        for n in young:
            store.storage.touch(manifest_key(references[n]))

        collect_garbage(store, dry_run=False)

        roots = set().union(young, *published)
        expected = set(roots)
        for n in reversed(range(len(parents))):
            if n in expected:
                expected |= parents[n]
        assert set(store.references()) == {references[n] for n in expected}
        for n in expected:
            assert store.verify(references[n]) == []
        assert len(list(store.storage.walk("blobs"))) == len({contents[n] for n in expected})
