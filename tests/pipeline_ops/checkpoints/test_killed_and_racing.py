"""Processes that are killed in mid-commit, or commit one key at once, on a folder and on S3."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline_ops.checkpoints.collect_garbage import collect_garbage
from pipeline_ops.checkpoints.store import CheckpointStore
from tests.pipeline_ops.checkpoints.making import commit, make_reference

REPOSITORY = Path(__file__).parents[3]
MODULE = "tests.pipeline_ops.checkpoints.committing"


@contextmanager
def _committing(
    url: str, label: str, folder: Path, content: str, stop: str
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE, url, label, str(folder), content, stop],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def _begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


@pytest.mark.parametrize("stop", ["second_part", "second_blob", "manifest"])
def test_a_commit_that_is_killed_leaves_no_checkpoint_and_no_half_artefact(
    store: CheckpointStore, storage_url: str, tmp_path: Path, stop: str
) -> None:
    with _committing(storage_url, "one", tmp_path / "other", "sound", stop) as process:
        _begin(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.kill()
        process.wait()

    assert store.find(make_reference("one")) is None
    assert list(store.references()) == []
    for blob in store.storage.walk("blobs"):
        assert _digest_of_name_and_content_agree(store, blob.key)
    unfinished = list(store.storage.unfinished_uploads())
    assert len(unfinished) == (1 if stop == "second_part" else 0)

    later = datetime.now(UTC) + timedelta(days=8)
    report = collect_garbage(store, dry_run=False, now=later)
    assert report.unfinished_uploads.count == len(unfinished)
    assert report.blobs.count == {"second_part": 0, "second_blob": 1, "manifest": 2}[stop]
    assert list(store.storage.unfinished_uploads()) == []

    manifest = commit(store, tmp_path, "one")
    assert store.find(manifest.reference) == manifest
    assert store.verify(manifest.reference) == []


def test_two_processes_that_commit_one_key_at_once_do_no_harm(
    store: CheckpointStore, storage_url: str, tmp_path: Path
) -> None:
    with (
        _committing(storage_url, "one", tmp_path / "left", "of the left", "nowhere") as left,
        _committing(storage_url, "one", tmp_path / "right", "of the right", "nowhere") as right,
    ):
        _begin(left)
        _begin(right)
        assert left.wait(60) == 0
        assert right.wait(60) == 0

    reference = make_reference("one")
    assert list(store.references()) == [reference]
    assert store.verify(reference) == []
    sound, text = store.read_bytes(reference, "sound"), store.read_bytes(reference, "text")
    assert text == b"text of " + sound


def _digest_of_name_and_content_agree(store: CheckpointStore, key: str) -> bool:
    import hashlib

    return key.endswith(hashlib.sha256(store.storage.get_bytes(key)).hexdigest())
