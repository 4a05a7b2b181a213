"""Reads a part of all checkpoints each day, so that damage is found before somebody needs them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.store import CheckpointStore

DIGEST_BYTES = 8
"""Of a sha256, read as a number: far more than there are days."""


@dataclass(frozen=True, slots=True)
class DamagedCheckpoint:
    """A checkpoint, and what is wrong with it, a sentence a problem."""

    reference: CheckpointReference
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScrubReport:
    """What one day's reading found.

    Attributes:
        verified: How many checkpoints were read in full.
        damaged: Those that are not what their manifest says.
        were_set_aside: Whether these will be computed again.
    """

    verified: int
    damaged: tuple[DamagedCheckpoint, ...]
    were_set_aside: bool


def has_its_turn(reference: CheckpointReference, share: float, day: date) -> bool:
    """Tell whether a checkpoint is read on a day: on one in `1 / share` days, rounded up, always the same.

    So the days of one round together read every checkpoint once.
    """
    round_days = math.ceil(1 / share)
    digest = hashlib.sha256(str(reference).encode()).digest()[:DIGEST_BYTES]
    return int.from_bytes(digest) % round_days == day.toordinal() % round_days


def scrub(
    store: CheckpointStore, references: Iterable[CheckpointReference], *, set_aside: bool
) -> ScrubReport:
    """Read checkpoints in full and compare every digest.

    Args:
        store: The store that they should be in.
        references: Which ones; one that is missing counts as damaged.
        set_aside: Whether damaged ones are put into quarantine, to be computed again.

    Raises:
        StorageUnavailableError: the storage does not answer.
    """
    verified, damaged = 0, []
    for reference in references:
        verified += 1
        if problems := store.verify(reference):
            damaged.append(DamagedCheckpoint(reference, tuple(problems)))
            if set_aside:
                store.set_aside(reference, "; ".join(problems))
    return ScrubReport(verified, tuple(damaged), set_aside)
