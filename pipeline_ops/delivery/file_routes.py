"""Files of streams, sent from the store: with byte ranges, to whoever has an address that holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response, status
from fastapi.responses import StreamingResponse

from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.storage import CHUNK_BYTES
from pipeline_ops.delivery.byte_ranges import (
    UnsatisfiableRangeError,
    content_range,
    parse_range,
    wanted_range,
)
from pipeline_ops.delivery.service import MediaId, Problem, Service
from pipeline_ops.streams.description import ByteRange, StoredFile

Token = Annotated[str, Path(pattern=r"^[0-9]{1,12}\.[A-Za-z0-9_-]{20,64}$", description="The signature.")]
FileName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}(\.[a-z0-9]{1,4})?$", description="The digest.")]

FILE_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The whole file."},
    206: {"content": {"application/octet-stream": {}}, "description": "The bytes that were asked for."},
    304: {"description": "The cache has it."},
    403: {"model": Problem, "description": "The address is forged, or holds no longer."},
    404: {"model": Problem, "description": "There is no such file for viewers."},
    416: {"model": Problem, "description": "There are no such bytes."},
}


def file_routes(service: Service) -> APIRouter:
    """Return the route of files."""
    router = APIRouter(tags=["playback"])

    @router.get("/v/{media}/files/{token}/{name}", response_class=Response, responses=FILE_RESPONSES)
    def send_file(request: Request, media: MediaId, token: Token, name: FileName) -> Response:
        """Send a file, or the range of it that was asked for."""
        sha256 = name.partition(".")[0]
        holds_s = service.addresses.check(media, sha256, token)
        file = service.videos.file(media, sha256)
        if file is None:  # of a translation that was withdrawn since the address was given out
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such file any more.")
        return _send(service, request, file, f"public, max-age={int(holds_s)}, immutable")

    @router.get("/v/{media}/poster.jpg", response_class=Response, responses=_POSTER_RESPONSES)
    def send_poster(request: Request, media: MediaId) -> Response:
        """Send the frame that stands for the video, at an address that stays."""
        return _send(service, request, service.video(media).asset.source.poster.file, "public, max-age=300")

    return router


_POSTER_RESPONSES: dict[int | str, dict[str, object]] = {
    **{code: answer for code, answer in FILE_RESPONSES.items() if code not in (200, 206, 403)},
    200: {"content": {"image/jpeg": {}}, "description": "The picture."},
    206: {"content": {"image/jpeg": {}}, "description": "The bytes that were asked for."},
}


def _send(service: Service, request: Request, file: StoredFile, cache_control: str) -> Response:
    tag = f'"{file.sha256}"'
    headers = {"Accept-Ranges": "bytes", "ETag": tag, "Cache-Control": cache_control}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    try:
        part = parse_range(wanted_range(request.headers, tag), file.size_bytes)
    except UnsatisfiableRangeError as error:
        raise HTTPException(
            status.HTTP_416_RANGE_NOT_SATISFIABLE,
            "There are no such bytes.",
            headers={"Content-Range": f"bytes */{file.size_bytes}"},
        ) from error
    sent = part or ByteRange(0, file.size_bytes)
    headers["Content-Length"] = str(sent.size_bytes)
    if part is not None:
        headers["Content-Range"] = content_range(part, file.size_bytes)
    status_code = status.HTTP_200_OK if part is None else status.HTTP_206_PARTIAL_CONTENT
    if request.method == "HEAD":
        return Response(status_code=status_code, headers=headers, media_type=file.media_type)
    pieces = _read(service, file, sent)
    if sent.size_bytes <= CHUNK_BYTES:  # as most segments are: sent at once, without a thread for each piece
        return Response(b"".join(pieces), status_code, headers=headers, media_type=file.media_type)
    return StreamingResponse(pieces, status_code, headers=headers, media_type=file.media_type)


def _read(service: Service, file: StoredFile, sent: ByteRange) -> Iterator[bytes]:
    """Return the bytes; the first ones are read at once, so that a file that is missing is told as such."""
    pieces = service.storage.iterate_range(blob_key(file.sha256), sent.first_byte, sent.size_bytes)
    try:
        first = next(pieces, b"")
    except FileNotFoundError as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such file any more.") from error

    def rest() -> Iterator[bytes]:
        yield first
        yield from pieces

    return rest()
