"""Where players find what a manifest names: addresses that are signed and expire.

<media>/files/<token>/<sha256>.<kind>     sent by this service, with byte ranges
https://bucket/...?X-Amz-Signature=...    sent by the bucket itself (`delivery: {files: bucket}`)
"""

from __future__ import annotations

import math
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.storage import ObjectStorage
from pipeline_ops.delivery.signing import AddressSigner
from pipeline_ops.streams.description import StoredFile


@dataclass(frozen=True)
class FileAddresses:
    """Makes addresses of files.

    Attributes:
        signer: Signs those of this service.
        bucket: The store, where files are to come from it directly; None where this service sends them.
        now_s: The clock, in seconds since 1970.
    """

    signer: AddressSigner
    bucket: ObjectStorage | None
    now_s: Callable[[], float]

    @property
    def origins(self) -> tuple[str, ...]:
        """Where pages load files from besides this service."""
        if self.bucket is None:
            return ()
        parts = urlsplit(self.bucket.signed_address(blob_key("0" * 64), datetime.now(UTC), 1) or "")
        return (f"{parts.scheme}://{parts.netloc}",) if parts.netloc else ()

    @property
    def span(self) -> int:
        """The number of the span in which all viewers share addresses."""
        return math.floor(self.now_s() / self.signer.holds_s)

    def of(self, media_id: str, base: str) -> Callable[[StoredFile], str]:
        """Return what gives a file's address.

        Args:
            media_id: The video that it belongs to.
            base: What leads from the manifest to the folder of the video: "", "../".
        """
        now_s = self.now_s()

        def address(file: StoredFile) -> str:
            direct = self._direct(file, now_s)
            if direct is not None:
                return direct
            token = self.signer.sign(file_name(media_id, file.sha256), now_s)
            return f"{base}files/{token}/{file.sha256}{_extension(file.media_type)}"

        return address

    def check(self, media_id: str, sha256: str, token: str) -> float:
        """Return for how many more seconds an address holds.

        Raises:
            RefusedAddressError: it does not.
        """
        now_s = self.now_s()
        return self.signer.check(file_name(media_id, sha256), token, now_s) - now_s

    def _direct(self, file: StoredFile, now_s: float) -> str | None:
        if self.bucket is None:
            return None
        # Signed as of the beginning of the span in which all viewers share addresses, as our own are.
        signed_at = datetime.fromtimestamp(now_s - now_s % self.signer.holds_s, UTC)
        return self.bucket.signed_address(blob_key(file.sha256), signed_at, 2 * self.signer.holds_s)


def file_name(media_id: str, sha256: str) -> str:
    """Return what a file's address is signed for."""
    return f"file/{media_id}/{sha256}"


def _extension(media_type: str) -> str:
    known = {"audio/mp4": ".m4a", "text/vtt": ".vtt"}
    return known.get(media_type) or mimetypes.guess_extension(media_type) or ""
