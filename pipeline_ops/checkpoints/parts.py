"""Parts of stages' work, remembered in the store.

A part is a checkpoint of its own, `<stage>_part/<key>`, named like others by all that decides it. No lineage
leads to it: garbage collection lets go of it after its grace period, and what was forgotten is made again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_ops.checkpoints.manifest import (
    Artefact,
    CheckpointReference,
    Cost,
    Manifest,
    ModelRecord,
    checkpoint_key,
)
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import DamagedArtefactError

if TYPE_CHECKING:
    from pipeline_ops.checkpoints.store import CheckpointStore

log = logging.getLogger(__name__)

PART = "part"
MEDIA_TYPE = "application/octet-stream"  # nobody but the stage itself reads it


@dataclass(frozen=True)
class PartsInStore:
    """The `pipeline_ops.memory.Memory` of a stage, in the checkpoint store, for every worker.

    Attributes:
        store: The store.
        stage: Whose memory it is.
        stage_version: What was made by another version is not recalled.
        model: Nor what another model made.
        judges: Nor what was judged by others.
    """

    store: CheckpointStore
    stage: str
    stage_version: int
    model: ModelRecord | None
    judges: Mapping[str, ModelRecord] = field(default_factory=dict)

    def recall(self, work: Mapping[str, Any], folder: Path) -> Path | None:
        """Return the result of the same work, None where it is forgotten or damaged; see `Memory`."""
        reference = self._reference(work)
        if self.store.find(reference) is None:
            return None
        try:
            return self.store.fetch(reference, PART, folder)
        except DamagedArtefactError as error:
            log.warning("%s is damaged and made again: %s", reference, error)
            return None

    def keep(self, work: Mapping[str, Any], result: Path) -> None:
        """Remember a result; see `Memory`."""
        digest, size_bytes = sha256_of_file(result), result.stat().st_size
        artefact = Artefact(PART, f"{PART}{result.suffix}", MEDIA_TYPE, digest, size_bytes)
        manifest = Manifest(
            reference=self._reference(work),
            stage_version=self.stage_version,
            parameters=dict(work),
            model=self.model,
            judges=dict(self.judges),
            inputs={},
            artefacts=(artefact,),
            outcome="completed",
            cost=Cost(0.0, 0.0, 0.0, 0, size_bytes),  # the stage's own record holds what it cost
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self.store.commit(manifest, {PART: result})

    def _reference(self, work: Mapping[str, Any]) -> CheckpointReference:
        key = checkpoint_key(
            stage=self.stage,
            stage_version=self.stage_version,
            parameters=dict(work),
            model=self.model,
            input_digests={},
            judges=dict(self.judges),
        )
        return CheckpointReference(f"{self.stage}_{PART}", key)
