"""Writes the videos that a report's players show beside the report, once each."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import MediaToolError
from pipeline_ops.media.playable import write_playable
from pipeline_ops.platform import Platform
from pipeline_ops.scratch import scratch_folder

log = logging.getLogger(__name__)

MEDIA_FOLDER = "media"
WRITE_LIMIT_S = 1800.0
"""For one video: an hour at 720 lines takes ten minutes on two processors."""

NAME_CHARACTERS = 60
DIGEST_CHARACTERS = 16
"""Of the checkpoint, in a file's name: a file that stands there under that name is this very video."""


@dataclass
class PlayerMedia:
    """Writes videos of the store into a folder beside a report."""

    folder: Path
    platform: Platform
    _written: dict[tuple[CheckpointReference, str], str | None] = field(default_factory=dict)

    def write(self, reference: CheckpointReference, artefact: str, name: str) -> str | None:
        """Write one video and return its address from the report; None where it cannot be played.

        Args:
            reference: The checkpoint that holds it.
            artefact: What it is called there.
            name: For people, part of the file's name.

        Raises:
            DamagedArtefactError: it is no longer what it was.
        """
        place = (reference, artefact)
        if place not in self._written:
            self._written[place] = self._write(reference, artefact, name)
        return self._written[place]

    def _write(self, reference: CheckpointReference, artefact: str, name: str) -> str | None:
        plain = re.sub(r"[^A-Za-z0-9-]+", "_", name)[:NAME_CHARACTERS]
        target = self.folder / MEDIA_FOLDER / f"{plain}-{reference.key[:DIGEST_CHARACTERS]}.mp4"
        address = f"{MEDIA_FOLDER}/{target.name}"
        if target.exists():
            return address
        target.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(self.platform.settings.scratch_dir, "player") as scratch:
            source = self.platform.store.fetch(reference, artefact, scratch)
            unfinished = target.with_name(f".{target.name}")
            try:
                write_playable(source, unfinished, timeout_s=WRITE_LIMIT_S)
            except MediaToolError as error:
                unfinished.unlink(missing_ok=True)
                log.warning("The report goes without %s: %s", target.name, error)
                return None
            unfinished.replace(target)
        return address
