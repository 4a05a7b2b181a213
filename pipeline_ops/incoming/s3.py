"""Files that come into a bucket of S3 in parts: its own multipart uploads, by signed addresses.

Parts go from the browser to the bucket and not through us. The `minio` client makes such uploads for itself
only, so its own calls for them are used; its version is pinned. Which upload was begun for an id is asked of
the bucket: nothing of it has to be remembered, so nothing is lost where a process is killed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import SplitResult

from minio.commonconfig import CopySource
from minio.datatypes import Part as S3Part
from minio.error import S3Error

from pipeline_ops.checkpoints.s3_storage import answering, open_client
from pipeline_ops.checkpoints.storage import CHUNK_BYTES, s3_settings
from pipeline_ops.errors import SettingsError, StorageUnavailableError
from pipeline_ops.incoming.storage import INCOMING, Part, PartMissingError
from pipeline_ops.media_bucket import MEDIA_URL, MediaFile

PARTS_PAGE = 1000
"""As many as S3 lists at a time."""


class S3Incoming:
    """Takes files into a bucket.

    Raises:
        SettingsError: the URL or the environment makes no sense.
    """

    def __init__(self, parts: SplitResult, environment: Mapping[str, str]) -> None:
        settings = s3_settings(parts, environment, MEDIA_URL)
        self._place = f"The bucket of uploads {settings.location}"
        self._bucket = settings.bucket
        self._prefix = f"{settings.prefix}/" if settings.prefix else ""
        try:
            self._client = open_client(settings)
        except ValueError as error:
            message = f"{self._place} cannot be used: {error}"
            raise SettingsError(message) from error

    @property
    def upload_origin(self) -> str | None:
        """The bucket's server; with AWS the bucket's own host there, which names its region.

        Raises:
            SettingsError: it is with AWS, and nobody says in which region.
        """
        server = self._client._base_url
        if server.is_aws_host and not server.region:
            message = f"{self._place} needs its region: set AWS_REGION, or write {MEDIA_URL} with ?region=..."
            raise SettingsError(message)
        address = server.build(
            method="PUT", region=server.region or "", bucket_name=self._bucket, object_name=self._name("part")
        )
        return f"{address.scheme}://{address.netloc}"

    def begin(self, arrival_id: str) -> None:
        """Begin a multipart upload."""
        name = self._name(arrival_id)
        with self._answering(name):
            if self._open_uploads(name):
                return
            try:
                self._begin(name)
            except S3Error as error:
                if error.code != "NoSuchBucket":
                    raise
                self._make_bucket()
                self._begin(name)

    def signed_addresses(
        self, arrival_id: str, numbers: Sequence[int], holds_s: float
    ) -> tuple[str, ...] | None:
        """Return addresses with a signature of S3's own (AWS Signature Version 4, in the query).

        Raises:
            FileNotFoundError: nothing was begun, or all is put together.
        """
        name = self._name(arrival_id)
        with self._answering(name):
            upload = self._upload(name)
            return tuple(
                self._client.get_presigned_url(
                    "PUT",
                    self._bucket,
                    name,
                    expires=timedelta(seconds=holds_s),
                    extra_query_params={"partNumber": str(number), "uploadId": upload},
                )
                for number in numbers
            )

    def put_part(self, arrival_id: str, number: int, content: Iterable[bytes]) -> int:
        """Refuse: parts go to the bucket itself.

        Raises:
            StorageUnavailableError: always.
        """
        message = f"{self._place} takes parts by signed addresses"
        raise StorageUnavailableError(message)

    def parts(self, arrival_id: str) -> tuple[Part, ...]:
        """Return the parts that are there."""
        return tuple(Part(part.part_number, part.size or 0) for part in self._parts(arrival_id))

    def join(self, arrival_id: str, sizes_bytes: tuple[int, ...]) -> None:
        """Complete the multipart upload."""
        name = self._name(arrival_id)
        if self._size_bytes(name) == sum(sizes_bytes):  # an earlier try had done it
            return
        found = self._parts(arrival_id)
        if tuple(part.size for part in found) != sizes_bytes:
            raise PartMissingError
        with self._answering(name):
            upload = self._upload(name)
            parts = [S3Part(part.part_number, part.etag) for part in found]
            self._client._complete_multipart_upload(self._bucket, name, upload, parts)
        # A completion may answer 200 with an error in its body.
        if self._size_bytes(name) != sum(sizes_bytes):
            message = f"{self._place} did not keep {name} in full; try again"
            raise StorageUnavailableError(message)

    def fetch(self, arrival_id: str, directory: Path) -> Path:
        """Download the object."""
        name, target = self._name(arrival_id), directory / "arrival"
        with self._answering(name):
            response = self._client.get_object(self._bucket, name)
            try:
                with target.open("wb") as stream:
                    for chunk in response.stream(CHUNK_BYTES):
                        stream.write(chunk)
            finally:
                response.close()
                response.release_conn()
        return target

    def admit(self, arrival_id: str, address: str) -> MediaFile:
        """Copy the object on the server, then remove the original."""
        name, place = self._name(arrival_id), self._prefix + address
        if self._size_bytes(place) is None:
            with self._answering(name):
                self._client.copy_object(self._bucket, place, CopySource(self._bucket, name))
        self.discard(arrival_id)
        file = self.admitted(address)
        if file is None:
            raise FileNotFoundError(place)
        return file

    def admitted(self, address: str) -> MediaFile | None:
        """List the object: a listing tells its time more finely than the object's own header.

        The id of an upload follows from that time, and backlogs list too.
        """
        place = self._prefix + address
        with suppress(FileNotFoundError), self._answering(place):
            for found in self._client.list_objects(self._bucket, prefix=place):
                if found.object_name == place and found.last_modified is not None:
                    return MediaFile(address, found.size or 0, found.last_modified)
        return None

    def discard(self, arrival_id: str) -> None:
        """Abort what is open, and remove what was put together."""
        name = self._name(arrival_id)
        with suppress(FileNotFoundError), self._answering(name):
            for upload in self._open_uploads(name):
                with suppress(FileNotFoundError), self._answering(name):
                    self._client._abort_multipart_upload(self._bucket, name, upload)
            self._client.remove_object(self._bucket, name)

    def leftovers(self, before: datetime) -> frozenset[str]:
        """Return objects. Open uploads are not listed: MinIO tells of them by exact name only."""
        folder = self._name("")
        found: set[str] = set()
        with suppress(FileNotFoundError), self._answering(folder):
            for stored in self._client.list_objects(self._bucket, prefix=folder, recursive=True):
                if stored.last_modified is not None and stored.last_modified < before:
                    found.add((stored.object_name or "").removeprefix(folder))
        return frozenset(found)

    def _parts(self, arrival_id: str) -> list[S3Part]:
        name, found, marker = self._name(arrival_id), [], None
        with suppress(FileNotFoundError), self._answering(name):
            upload = self._upload(name)
            while True:
                page = self._client._list_parts(
                    self._bucket, name, upload, max_parts=PARTS_PAGE, part_number_marker=marker
                )
                found.extend(page.parts)
                if not page.is_truncated or not page.parts:
                    break
                marker = str(page.parts[-1].part_number)
        return sorted(found, key=lambda part: part.part_number)

    def _begin(self, name: str) -> None:
        self._client._create_multipart_upload(
            self._bucket, name, {"Content-Type": "application/octet-stream"}
        )

    def _upload(self, name: str) -> str:
        """Return the open upload of a name.

        Raises:
            FileNotFoundError: there is none.
        """
        uploads = self._open_uploads(name)
        if not uploads:
            raise FileNotFoundError(name)
        return uploads[0]

    def _open_uploads(self, name: str) -> list[str]:
        """Return the open uploads of a name, in an order of their own: two processes take the same one."""
        try:
            page = self._client._list_multipart_uploads(self._bucket, prefix=name)
        except S3Error as error:
            if error.code == "NoSuchBucket":
                return []
            raise
        return sorted(each.upload_id or "" for each in page.uploads if each.object_name == name)

    def _size_bytes(self, name: str) -> int | None:
        try:
            with self._answering(name):
                return self._client.stat_object(self._bucket, name).size
        except FileNotFoundError:
            return None

    def _make_bucket(self) -> None:
        try:
            self._client.make_bucket(self._bucket)
        except S3Error as error:
            if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise

    def _name(self, arrival_id: str) -> str:
        return f"{self._prefix}{INCOMING}/{arrival_id}"

    def _answering(self, name: str) -> AbstractContextManager[None]:
        return answering(self._place, name)
