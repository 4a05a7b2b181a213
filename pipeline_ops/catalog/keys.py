"""Keys that follow from what they name, so that writing the same thing twice is writing it once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from pipeline_ops.artefacts import canonical_json

ID_DIGITS = 32
"""Of a sha256: 128 bits, as many as a UUID has."""


def media_id(creator_id: str | None, source: str) -> str:
    """Return the id of a creator's video, by its content."""
    return _digest({"creator": creator_id, "source": source})


def upload_id(address: str, uploaded_at: datetime) -> str:
    """Return the id of a file of the media bucket as it was at one time."""
    return _digest({"address": address, "uploaded_at": uploaded_at.astimezone(UTC).isoformat()})


def request_id(
    media: str,
    target_languages: tuple[str, ...],
    profile: str,
    models: dict[str, Any],
    stage_parameters: dict[str, Any],
) -> str:
    """Return the id of a request: equal wishes, equal id."""
    wishes = {
        "media": media,
        "target_languages": list(target_languages),
        "profile": profile,
        "models": models,
        "stage_parameters": stage_parameters,
    }
    return hashlib.sha256(canonical_json(wishes)).hexdigest()


def _digest(value: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json(value)).hexdigest()[:ID_DIGITS]
