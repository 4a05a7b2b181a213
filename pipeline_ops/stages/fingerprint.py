"""Takes the fingerprint of the dub's sound, by which an excerpt of it is found again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline_ops.artefacts import FlacFile, NumpyFile
from pipeline_ops.safety.fingerprint import fingerprint_file
from pipeline_ops.stage import Resources, stage


@dataclass(frozen=True, slots=True)
class SoundFingerprint:
    """The fingerprint, shape (words,), uint32, as `pipeline_ops/safety/fingerprint.py` makes it."""

    words: NumpyFile


@stage(version=1, resources=Resources(memory_mb=300, timeout_s=1800))
def fingerprint(*, dub: FlacFile, scratch: Path) -> SoundFingerprint:
    """Fingerprint the finished sound of the dub."""
    written = scratch / "words.npy"
    np.save(written, fingerprint_file(dub), allow_pickle=False)
    return SoundFingerprint(written)
