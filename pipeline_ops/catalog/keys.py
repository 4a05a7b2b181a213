"""Keys that follow from what they name, so that writing the same thing twice is writing it once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from pipeline_ops.artefacts import canonical_json

ID_DIGITS = 32
"""Of a sha256: 128 bits, as many as a UUID has."""


ID_PATTERN = rf"^[0-9a-f]{{{ID_DIGITS}}}$"

CREATOR_ID = r"^[a-z0-9][a-z0-9_-]{0,62}$"
"""What may name a creator: it is a folder, a part of run ids and of addresses, and nothing to be escaped."""


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
    *,
    attachments: dict[str, str],
) -> str:
    """Return the id of a request: equal wishes, equal id."""
    wishes = {
        "media": media,
        "target_languages": list(target_languages),
        "profile": profile,
        "models": models,
        "stage_parameters": stage_parameters,
    }
    if attachments:  # so that requests without any keep the ids that they have
        wishes["attachments"] = attachments
    return hashlib.sha256(canonical_json(wishes)).hexdigest()


def backlog_run_id(creator_id: str, upload: str, languages: tuple[str, ...]) -> str:
    """Return the id of the run that translates an upload into languages: the same work, the same id."""
    return f"backlog-{creator_id}-{_digest({'upload': upload, 'languages': sorted(languages)})}"


def studio_run_id(creator_id: str, upload: str, languages: tuple[str, ...], attempt: int) -> str:
    """Return the id of the run that a creator asks for: asked twice it is the same, tried again another."""
    wishes = {"upload": upload, "languages": sorted(languages), "attempt": attempt}
    return f"studio-{creator_id}-{_digest(wishes)}"


def _digest(value: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json(value)).hexdigest()[:ID_DIGITS]
