from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference
from pipeline_ops.errors import DamagedArtefactError
from pipeline_ops.platform import Platform
from pipeline_ops.runner import ingest
from pipeline_ops.settings import Settings


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)}))


@pytest.fixture
def stored(platform: Platform, tmp_path: Path) -> tuple[CheckpointReference, Artefact]:
    video = tmp_path / "talk.mp4"
    video.write_bytes(b"a video")
    reference = ingest(video, platform)
    manifest = platform.store.find(reference)
    assert manifest is not None
    return reference, manifest.artefacts[0]


@pytest.fixture
def files(platform: Platform, tmp_path: Path) -> Any:
    from dubwright_inspection.artefact_files import ArtefactFiles

    return ArtefactFiles(platform.store, tmp_path / "cache")


def test_an_artefact_is_handed_out_as_a_file(
    files: Any, stored: tuple[CheckpointReference, Artefact]
) -> None:
    assert files.path(*stored).read_bytes() == b"a video"


def test_a_file_that_changed_since_is_verified_again(
    files: Any, stored: tuple[CheckpointReference, Artefact]
) -> None:
    path = files.path(*stored)
    path.chmod(0o644)
    path.write_bytes(b"A video")
    os.utime(path, ns=(1, 1))
    with pytest.raises(DamagedArtefactError, match="sha256"):
        files.path(*stored)


def test_a_short_artefact_does_not_wait_for_a_long_one(
    platform: Platform,
    tmp_path: Path,
    stored: tuple[CheckpointReference, Artefact],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dubwright_inspection.artefact_files import ArtefactFiles

    (tmp_path / "long.mp4").write_bytes(b"a long video")
    long_reference = ingest(tmp_path / "long.mp4", platform)
    long_manifest = platform.store.find(long_reference)
    assert long_manifest is not None
    began, may_end = threading.Event(), threading.Event()
    fetch = platform.store.fetch

    def slow(reference: CheckpointReference, *arguments: Any) -> Path:
        if reference == long_reference:
            began.set()
            assert may_end.wait(10)
        return fetch(reference, *arguments)

    monkeypatch.setattr(platform.store, "fetch", slow)
    files = ArtefactFiles(platform.store, tmp_path / "cache")
    waiting = threading.Thread(target=files.path, args=(long_reference, long_manifest.artefacts[0]))
    waiting.start()
    try:
        assert began.wait(10)
        assert files.path(*stored).read_bytes() == b"a video"
    finally:
        may_end.set()
        waiting.join()
