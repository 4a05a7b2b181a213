"""A checkpoint's record as a page for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline_ops.checkpoints.manifest import NOTHING, Artefact, Manifest
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.graph import INGEST, NODES

LONGEST_SHOWN_BYTES = 200_000
"""Text up to this length is shown on the page; more is a click away."""

TEXT_TYPES = ("application/json", "text/", "application/x-subrip")

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class ShownArtefact:
    """An artefact with how it is shown: `video`, `audio`, `text` or `download`."""

    record: Artefact
    address: str
    kind: str
    text: str = ""

    @property
    def size(self) -> str:
        """Its size for people."""
        size_bytes = self.record.size_bytes
        return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.1f} kB"  # noqa: PLR2004


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
    return _templates.get_template("checkpoint.html").render(
        base=base,
        manifest=manifest,
        nothing=NOTHING,
        summary=node.stage.summary if node else "",
        parameters=_pretty(manifest.parameters) if manifest.parameters else "",
        artefacts=[_shown(artefact, manifest, store, base) for artefact in manifest.artefacts],
    )


def not_shown_page(message: str, base: str) -> str:
    """Return the page that says why there is nothing to show."""
    return _templates.get_template("not_shown.html").render(base=base, message=message)


def _shown(artefact: Artefact, manifest: Manifest, store: CheckpointStore, base: str) -> ShownArtefact:
    address = f"{base}/checkpoints/{manifest.reference}/artefacts/{artefact.name}"
    if artefact.media_type.startswith("video/") or manifest.reference.stage == INGEST:
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
