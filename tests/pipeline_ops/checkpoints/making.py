"""Checkpoints and stores for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference, Cost, InputRecord, Manifest
from pipeline_ops.checkpoints.store import CheckpointStore


def make_reference(label: str, stage: str = "mix") -> CheckpointReference:
    return CheckpointReference(stage, hashlib.sha256(label.encode()).hexdigest())


def make_manifest(
    reference: CheckpointReference,
    files: dict[str, Path],
    parents: Iterable[CheckpointReference] = (),
) -> Manifest:
    artefacts = [
        Artefact(
            name=name,
            file_name=f"{name}.bin",
            media_type="application/octet-stream",
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            size_bytes=path.stat().st_size,
        )
        for name, path in files.items()
    ]
    inputs = {f"input_{n}": InputRecord(str(parent), "sound", "0" * 64) for n, parent in enumerate(parents)}
    return Manifest(
        reference=reference,
        stage_version=1,
        parameters={"speed": 1.0, "languages": ["pt"]},
        model=None,
        inputs=inputs,
        artefacts=tuple(artefacts),
        outcome="completed",
        cost=Cost(1.0, 0.5, 100.0, 10, 20),
        created_at="2026-01-01T00:00:00+00:00",
    )


def write_files(folder: Path, **contents: bytes) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, content in contents.items():
        files[name] = folder / f"{name}-{hashlib.sha256(content).hexdigest()[:8]}.bin"
        files[name].write_bytes(content)
    return files


def commit(
    store: CheckpointStore,
    folder: Path,
    label: str,
    parents: Iterable[CheckpointReference] = (),
    **contents: bytes,
) -> Manifest:
    """Commit a checkpoint whose key is made of `label`."""
    files = write_files(folder, **(contents or {"sound": f"sound of {label}".encode()}))
    return store.commit(make_manifest(make_reference(label), files, parents), files)
