"""Sends an artefact, or the range of it that was asked for, to its creator; no cache between keeps it."""

from __future__ import annotations

from fastapi import Request, Response, status
from fastapi.responses import StreamingResponse

from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.delivery.byte_ranges import (
    UnsatisfiableRangeError,
    content_range,
    parse_range,
    wanted_range,
)
from pipeline_ops.delivery.studio.problems import not_found
from pipeline_ops.streams.description import ByteRange

ARTEFACT_POLICY = "sandbox; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'"
"""Artefacts are made of strangers' videos, on the address of a login: nothing in them may run."""

SHOWN_IN_PLACE = ("video/", "audio/", "text/vtt")
"""What a player plays; everything else is offered as a download."""


def send_artefact(
    store: CheckpointStore, checkpoint: str, name: str, request: Request, *, media_type: str | None = None
) -> Response:
    """Send an artefact of a checkpoint.

    Args:
        store: Where it is.
        checkpoint: `stage/key`.
        name: The artefact's name.
        request: Its `Range` and `If-None-Match` count.
        media_type: What it is sent as; its own type where not given.

    Raises:
        StudioProblem: it is not kept (any more).
        StorageUnavailableError: the store does not answer.
    """
    manifest = store.inspect(CheckpointReference.parse(checkpoint))
    if manifest is None or name not in {artefact.name for artefact in manifest.artefacts}:
        raise not_found()
    artefact = manifest.artefact(name)
    headers = {**_headers(artefact), "Accept-Ranges": "bytes"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    try:
        wanted = parse_range(wanted_range(request.headers, headers["ETag"]), artefact.size_bytes)
    except UnsatisfiableRangeError:
        whole = {"Content-Range": f"bytes */{artefact.size_bytes}"}
        return Response(status_code=status.HTTP_416_RANGE_NOT_SATISFIABLE, headers={**headers, **whole})
    sent = wanted or ByteRange(0, artefact.size_bytes)
    headers["Content-Length"] = str(sent.size_bytes)
    if wanted is not None:
        headers["Content-Range"] = content_range(wanted, artefact.size_bytes)
    return StreamingResponse(
        store.storage.iterate_range(blob_key(artefact.sha256), sent.first_byte, sent.size_bytes),
        status.HTTP_200_OK if wanted is None else status.HTTP_206_PARTIAL_CONTENT,
        headers,
        media_type or artefact.media_type,
    )


def _headers(artefact: Artefact) -> dict[str, str]:
    shown = artefact.media_type.startswith(SHOWN_IN_PLACE)
    return {
        "ETag": f'"{artefact.sha256}"',
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": ARTEFACT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline" if shown else f'attachment; filename="{artefact.file_name}"',
    }
