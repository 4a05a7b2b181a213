"""Uploads over HTTP.

POST   /api/uploads                        begin
GET    /api/uploads                        the latest
GET    /api/uploads/<id>                   how far it is, to resume it: which parts came
POST   /api/uploads/<id>/part-addresses    where parts are to be PUT
PUT    /api/uploads/<id>/parts/<number>    a part, where the bucket is a folder
POST   /api/uploads/<id>/completion        all parts were sent
DELETE /api/uploads/<id>                   give it up
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Path, Request, Response, status

from pipeline_ops.catalog.arrivals import Arrival
from pipeline_ops.catalog.keys import ID_PATTERN
from pipeline_ops.delivery.studio.access import StudioDep, Uploader
from pipeline_ops.delivery.studio.answers import NewUpload, PartPlace, PartPlaces, Upload, WantedParts
from pipeline_ops.delivery.studio.problems import StudioProblem
from pipeline_ops.delivery.studio.uploading import ADDRESS_HOLDS_S, UploadStanding
from pipeline_ops.incoming.storage import MOST_PARTS

UploadId = Annotated[str, Path(pattern=ID_PATTERN)]
PartNumber = Annotated[int, Path(ge=1, le=MOST_PARTS)]

router = APIRouter(tags=["uploads"])


@router.post("/uploads", status_code=status.HTTP_201_CREATED)
def begin_upload(new: NewUpload, studio: StudioDep, caller: Uploader) -> Upload:
    """Begin to send a file. Its parts may come in any order, and again; nothing has to be sent twice."""
    standing = studio.uploads.begin(
        caller.creator_id,
        file_name=new.file_name,
        size_bytes=new.size_bytes,
        media_type=new.media_type,
        sha256=new.sha256,
    )
    return _upload(standing)


@router.get("/uploads")
def list_uploads(studio: StudioDep, caller: Uploader) -> list[Upload]:
    """Return the latest uploads, however they ended; which parts came is told one by one."""
    return [_upload(UploadStanding(each, ())) for each in studio.uploads.list(caller.creator_id)]


@router.get("/uploads/{upload_id}")
def get_upload(upload_id: UploadId, studio: StudioDep, caller: Uploader) -> Upload:
    """Return how far an upload is."""
    return _upload(studio.uploads.get(caller.creator_id, upload_id))


@router.post("/uploads/{upload_id}/part-addresses")
def address_parts(
    upload_id: UploadId, wanted: WantedParts, request: Request, studio: StudioDep, caller: Uploader
) -> PartPlaces:
    """Return where parts are to be PUT: at the bucket, or where that is a folder, here."""
    numbers = list(dict.fromkeys(wanted.numbers))
    base = request.scope.get("root_path", "")
    places = [
        PartPlace(
            number=each.number,
            size_bytes=each.size_bytes,
            address=each.address or f"{base}/api/uploads/{upload_id}/parts/{each.number}",
        )
        for each in studio.uploads.addresses(caller.creator_id, upload_id, numbers)
    ]
    return PartPlaces(addresses=places, holds_s=ADDRESS_HOLDS_S)


@router.put(
    "/uploads/{upload_id}/parts/{number}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def put_part(
    upload_id: UploadId, number: PartNumber, request: Request, studio: StudioDep, caller: Uploader
) -> Response:
    """Take a part, of exactly its size; one that breaks off leaves nothing."""
    arrival, size_bytes = await anyio.to_thread.run_sync(
        studio.uploads.expect_part, caller.creator_id, upload_id, number
    )
    if request.headers.get("content-length") != str(size_bytes):
        raise _wrong_size(size_bytes)
    await anyio.to_thread.run_sync(_take, studio, arrival, number, request.stream(), size_bytes)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/uploads/{upload_id}/completion", status_code=status.HTTP_202_ACCEPTED)
def complete_upload(upload_id: UploadId, studio: StudioDep, caller: Uploader) -> Upload:
    """Say that all parts were sent. The file is then looked at; ask for the upload to see what came of it."""
    return _upload(studio.uploads.complete(caller.creator_id, upload_id))


@router.delete("/uploads/{upload_id}", status_code=status.HTTP_204_NO_CONTENT)
def cancel_upload(upload_id: UploadId, studio: StudioDep, caller: Uploader) -> Response:
    """Give up an upload, and remove what came of it."""
    studio.uploads.cancel(caller.creator_id, upload_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _take(
    studio: StudioDep, arrival: Arrival, number: int, stream: AsyncIterator[bytes], size_bytes: int
) -> None:
    """Write a part from a thread of its own, piece by piece as it comes."""

    async def next_piece() -> bytes | None:
        return await anext(stream, None)

    def pieces() -> Iterator[bytes]:
        received_bytes = 0
        while (piece := anyio.from_thread.run(next_piece)) is not None:
            received_bytes += len(piece)
            yield piece
        if received_bytes != size_bytes:  # raised before the part counts
            raise _wrong_size(size_bytes)

    studio.uploads.take_part(arrival, number, pieces())


def _wrong_size(size_bytes: int) -> StudioProblem:
    sentence = f"This part has {size_bytes} bytes, and Content-Length says so."
    return StudioProblem(status.HTTP_400_BAD_REQUEST, "wrong_size", sentence)


def _upload(standing: UploadStanding) -> Upload:
    arrival = standing.arrival
    return Upload.model_validate(
        {
            "id": arrival.id,
            "state": arrival.state,
            "file_name": arrival.file_name,
            "size_bytes": arrival.size_bytes,
            "part_bytes": arrival.part_bytes,
            "part_count": arrival.parts,
            "received_bytes": standing.received_bytes,
            "parts": [{"number": part.number, "size_bytes": part.size_bytes} for part in standing.parts],
            "video_id": arrival.upload_id,
            "reason_code": arrival.reason_code,
            "message": arrival.message,
            "created_at": arrival.created_at,
            "ended_at": arrival.ended_at,
        }
    )
