"""What a checkpoint is: its key, its artefacts and the record of how it was made."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline_ops.artefacts import Validation, canonical_json

MANIFEST_VERSION = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLAIN_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


NOTHING = "0" * 64
"""Stands where the digest of an artefact would, if there were one: no content has it, not even none."""


@dataclass(frozen=True, slots=True, order=True)
class CheckpointReference:
    """Names a checkpoint: `stage/key`, the only thing that travels between tasks."""

    stage: str
    key: str

    def __str__(self) -> str:
        return f"{self.stage}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> CheckpointReference:
        """Read `stage/key`.

        Raises:
            ValueError: the text is not a stage's name, a slash and 64 hexadecimal digits.
        """
        stage, _, key = text.partition("/")
        well_formed = len(key) == 64 and set(key) <= set("0123456789abcdef")  # noqa: PLR2004  sha256
        if not (stage.isidentifier() and stage.isascii() and well_formed):
            message = f"{text!r} is no checkpoint reference; it should look like probe/0f3a... (64 digits)"
            raise ValueError(message)
        return cls(stage, key)


@dataclass(frozen=True, slots=True)
class Artefact:
    """One stored file of a checkpoint, found by its content's sha256."""

    name: str
    file_name: str
    media_type: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class InputRecord:
    """Which artefact of which checkpoint fed an input, and what it held."""

    reference: str
    artefact: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Which model made it, down to its weights."""

    id: str
    weights_digest: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the input was rejected."""

    reason_code: str
    message: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stage used: seconds of wall clock and CPU, peak resident memory, bytes read and written."""

    wall_s: float
    cpu_s: float
    peak_memory_mb: float
    bytes_read: int
    bytes_written: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record of a checkpoint, written last: without it there is no checkpoint."""

    reference: CheckpointReference
    stage_version: int
    parameters: dict[str, Any]
    model: ModelRecord | None
    inputs: dict[str, InputRecord]
    artefacts: tuple[Artefact, ...]
    outcome: Literal["completed", "rejected"]
    cost: Cost
    created_at: str
    software: dict[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None
    validations: tuple[Validation, ...] = ()
    manifest_version: int = MANIFEST_VERSION
    judges: dict[str, ModelRecord] = field(default_factory=dict)

    def digest_of(self, name: str) -> str:
        """Return the digest of the artefact of that name, `NOTHING` where there is none."""
        return next((artefact.sha256 for artefact in self.artefacts if artefact.name == name), NOTHING)

    def artefact(self, name: str) -> Artefact:
        """Return the artefact of that name.

        Raises:
            KeyError: the checkpoint has none of that name.
        """
        for artefact in self.artefacts:
            if artefact.name == name:
                return artefact
        message = f"checkpoint {self.reference} has no artefact {name!r}"
        raise KeyError(message)

    @property
    def parents(self) -> tuple[CheckpointReference, ...]:
        """The checkpoints that fed it: its lineage, one step up."""
        return tuple(sorted({CheckpointReference.parse(record.reference) for record in self.inputs.values()}))


def require_well_formed(manifest: Manifest) -> None:
    """Check what paths and storage keys are made of, so that no manifest leads anywhere else.

    Raises:
        ValueError: a reference, a digest, a file name or a size is malformed, two artefacts share a name,
            or the manifest is of a version that this release does not read.
    """
    if manifest.manifest_version != MANIFEST_VERSION:
        message = f"manifest version {manifest.manifest_version}; this release reads {MANIFEST_VERSION}"
        raise ValueError(message)
    CheckpointReference.parse(str(manifest.reference))
    for record in manifest.inputs.values():
        CheckpointReference.parse(record.reference)
    if len({artefact.name for artefact in manifest.artefacts}) != len(manifest.artefacts):
        message = "two artefacts share a name"
        raise ValueError(message)
    for artefact in manifest.artefacts:
        well_formed = (
            _SHA256.fullmatch(artefact.sha256)
            and _PLAIN_FILE_NAME.fullmatch(artefact.file_name)
            and artefact.size_bytes >= 0
        )
        if not well_formed:
            message = f"artefact {artefact.name!r} has a malformed digest, file name or size"
            raise ValueError(message)


def checkpoint_key(
    *,
    stage: str,
    stage_version: int,
    parameters: dict[str, Any],
    model: ModelRecord | None,
    input_digests: dict[str, str],
    judges: dict[str, ModelRecord] | None = None,
) -> str:
    """Return the sha256 of canonical JSON of all that decides a stage's result.

    Inputs count by content, so an upgraded model that gives the same answer changes no later key.
    """
    work: dict[str, Any] = {
        "stage": stage,
        "stage_version": stage_version,
        "parameters": parameters,
        "model": None if model is None else dataclasses.asdict(model),
        "inputs": input_digests,
    }
    if judges:
        work["judges"] = {name: dataclasses.asdict(judge) for name, judge in judges.items()}
    return hashlib.sha256(canonical_json(work)).hexdigest()
