"""By what a video is recognised."""

from __future__ import annotations

import hashlib
from pathlib import Path


def source_digest(source: Path) -> str:
    """Return the sha256 of a file, in hexadecimal: who was learnt from is recognised, and left out, by it."""
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
