"""A checkpoint's record as a page for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dubwright_inspection.pages import render

from pipeline_ops.checkpoints.manifest import NOTHING, Artefact, Manifest
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.graph import INGEST, NODES

LONGEST_SHOWN_BYTES = 200_000
"""Text up to this length is shown on the page; more is a click away."""

TEXT_TYPES = ("application/json", "text/", "application/x-subrip")


@dataclass(frozen=True, slots=True)
class ShownArtefact:
    """An artefact with how it is shown: `video`, `audio`, `text` or `download`."""

    record: Artefact
    address: str
    kind: str
    text: str = ""


def checkpoint_page(manifest: Manifest, store: CheckpointStore, base: str) -> str:
    """Return the page of a checkpoint.

    Args:
        manifest: Its record.
        store: For text artefacts that are short enough to be shown.
        base: The path under which the application is mounted.

    Raises:
        DamagedArtefactError: a shown artefact is missing or has another digest.
    """
    node = NODES.get(manifest.reference.stage)
    return render(
        "checkpoint.html",
        base=base,
        manifest=manifest,
        nothing=NOTHING,
        summary=node.stage.summary if node else "",
        parameters=_pretty(manifest.parameters) if manifest.parameters else "",
        artefacts=[_shown(artefact, manifest, store, base) for artefact in manifest.artefacts],
    )


def _shown(artefact: Artefact, manifest: Manifest, store: CheckpointStore, base: str) -> ShownArtefact:
    address = f"{base}/checkpoints/{manifest.reference}/artefacts/{artefact.name}"
    is_upload = manifest.reference.stage == INGEST and not artefact.media_type.startswith(TEXT_TYPES)
    if artefact.media_type.startswith("video/") or is_upload:
        return ShownArtefact(artefact, address, "video")
    if artefact.media_type == "image/jpeg":
        return ShownArtefact(artefact, address, "image")
    if artefact.media_type.startswith("audio/"):
        return ShownArtefact(artefact, address, "audio")
    if artefact.media_type.startswith(TEXT_TYPES) and artefact.size_bytes <= LONGEST_SHOWN_BYTES:
        text = store.read_bytes(manifest.reference, artefact.name).decode("utf-8", errors="replace")
        if artefact.media_type == "application/json":
            text = _pretty(json.loads(text))
        return ShownArtefact(artefact, address, "text", text)
    return ShownArtefact(artefact, address, "download")


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
