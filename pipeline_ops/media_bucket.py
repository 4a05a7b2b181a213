"""Where creators' uploads lie: a folder, or a bucket of S3, one folder a creator (`ann/talk.mp4`).

Names come from outside. They are looked up, shown and kept, and never made into a path of this machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult

from pipeline_ops.checkpoints.storage import CHUNK_BYTES, folder_or_s3, s3_settings
from pipeline_ops.errors import SettingsError, StorageUnavailableError

MEDIA_URL = "DUBWRIGHT_MEDIA_URL"
"""What the setting is called in messages."""

LONGEST_NAME = 500
"""Characters of a name: S3 takes 1024 bytes."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file as a listing shows it; `uploaded_at` is when it was last written, by the bucket's clock."""

    name: str
    size_bytes: int
    uploaded_at: datetime


class MediaBucket(Protocol):
    """Lists and hands out uploads, and erases those of a creator.

    Every method raises `StorageUnavailableError` where the bucket does not answer.
    """

    @property
    def location(self) -> str:
        """Where it is, for people; never holds credentials."""
        ...

    def files(self, folder: str) -> Iterator[MediaFile]:
        """Yield what lies in a folder and below; none where there is no such folder.

        Files with a name that no request could have (too long, not text, hidden) are left out.
        """
        ...

    def fetch(self, name: str, directory: Path) -> Path:
        """Return a file of this machine with the content of `name`, downloaded into `directory` if need be.

        Raises:
            SettingsError: there is none of that name, or the name leads out of the bucket.
        """
        ...

    def erase_folder(self, folder: str) -> None:
        """Remove all that lies in a creator's folder, whatever it is called; it is no error if nothing does.

        Cut off anywhere, it can be done again.

        Raises:
            SettingsError: the name is no folder of the bucket.
        """
        ...


def open_media_bucket(url: str, environment: Mapping[str, str] | None = None) -> MediaBucket:
    """Open the bucket at a path, a `file://` URL or `s3://bucket/prefix`, as `open_storage` reads them.

    Raises:
        SettingsError: the URL or the environment makes no sense; the message repeats no secret.
    """
    place = folder_or_s3(url, MEDIA_URL)
    if isinstance(place, SplitResult):
        return _S3Bucket(place, os.environ if environment is None else environment)
    return _LocalBucket(place)


class _LocalBucket:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def location(self) -> str:
        return str(self._folder)

    def files(self, folder: str) -> Iterator[MediaFile]:
        root = self._folder / folder
        try:
            for parent, folders, names in os.walk(root, onerror=_raise):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(names):
                    found = self._file(Path(parent, name))
                    if found is not None:
                        yield found
        except FileNotFoundError:
            return
        except OSError as error:
            message = f"The uploads in {self._folder} cannot be listed: {error}"
            raise StorageUnavailableError(message) from error

    def fetch(self, name: str, directory: Path) -> Path:
        return media_file(name, self._folder)

    def erase_folder(self, folder: str) -> None:
        path = self._folder / _plain_folder(folder)
        try:
            if path.is_symlink():  # what it leads to is somebody else's
                path.unlink()
            else:
                shutil.rmtree(path)
        except FileNotFoundError:
            return
        except OSError as error:
            message = (
                f"The uploads in {path} cannot be erased ({error.strerror}: {error.filename}). Remove them"
                " yourself, or give Dubwright the right to."
            )
            raise StorageUnavailableError(message) from error

    def _file(self, path: Path) -> MediaFile | None:
        name = path.relative_to(self._folder).as_posix()
        if not is_usable_name(name) or path.is_symlink() or not path.is_file():
            return None
        status = path.stat()
        return MediaFile(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


class _S3Bucket:
    def __init__(self, parts: SplitResult, environment: Mapping[str, str]) -> None:
        from pipeline_ops.checkpoints.s3_storage import open_client

        settings = s3_settings(parts, environment, MEDIA_URL)
        self.location = settings.location
        self._bucket, self._prefix = settings.bucket, f"{settings.prefix}/" if settings.prefix else ""
        try:
            self._client = open_client(settings)
        except ValueError as error:
            message = f"The uploads at {self.location} cannot be used: {error}"
            raise SettingsError(message) from error

    def files(self, folder: str) -> Iterator[MediaFile]:
        from pipeline_ops.checkpoints.s3_storage import answering

        prefix = f"{self._prefix}{folder}/"
        try:
            with answering(self._place, folder):
                for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                    name = (found.object_name or "").removeprefix(self._prefix)
                    if not found.is_dir and is_usable_name(name) and found.last_modified is not None:
                        yield MediaFile(name, found.size or 0, found.last_modified)
        except FileNotFoundError:  # no bucket yet, so no upload
            return

    def fetch(self, name: str, directory: Path) -> Path:
        from pipeline_ops.checkpoints.s3_storage import answering

        target = directory / "upload"
        try:
            if not is_usable_name(name):
                raise FileNotFoundError(name[:LONGEST_NAME])
            with answering(self._place, name):
                response = self._client.get_object(self._bucket, self._prefix + name)
                try:
                    with target.open("wb") as stream:
                        for chunk in response.stream(CHUNK_BYTES):
                            stream.write(chunk)
                finally:
                    response.close()
                    response.release_conn()
        except FileNotFoundError as error:
            message = f"There is no upload {name[:200]!r} at {self.location} (DUBWRIGHT_MEDIA_URL)."
            raise SettingsError(message) from error
        return target

    def erase_folder(self, folder: str) -> None:
        from pipeline_ops.checkpoints.s3_storage import answering

        prefix = f"{self._prefix}{_plain_folder(folder)}/"
        try:
            with answering(self._place, folder):
                # Listed first: removing while listing would skip pages.
                found = list(self._client.list_objects(self._bucket, prefix=prefix, recursive=True))
                for each in found:
                    self._client.remove_object(self._bucket, each.object_name or "")
        except FileNotFoundError:  # no bucket yet, so no upload
            return

    @property
    def _place(self) -> str:
        return f"The bucket of uploads {self.location}"


def media_file(name: str, media_dir: Path) -> Path:
    """Return a file of the media folder by its name, with no way out of the folder.

    Raises:
        SettingsError: the name leads out of the folder, through `..` or a link, or there is no such file.
    """
    folder = media_dir.resolve()
    try:
        path = (folder / name).resolve()
        found = path.is_relative_to(folder) and path.is_file()
    except (OSError, ValueError):  # a name too long, or with a zero byte
        found = False
    if not found:
        message = f"There is no file {name[:200]!r} in the media folder {media_dir} (DUBWRIGHT_MEDIA_DIR)."
        raise SettingsError(message)
    return path


def is_usable_name(name: str) -> bool:
    """Tell whether a request may name a file so: text, not too long, no hidden or odd parts."""
    try:
        name.encode()
    except UnicodeEncodeError:  # a name on disk that is no UTF-8
        return False
    parts = name.split("/")
    return (
        len(name) <= LONGEST_NAME
        and name.isprintable()
        and all(part and not part.startswith(".") for part in parts)
    )


def _plain_folder(name: str) -> str:
    """Return a folder's name that leads nowhere else.

    Raises:
        SettingsError: it might.
    """
    if "/" in name or not is_usable_name(name):
        message = f"{name[:200]!r} is no creator's folder of the media bucket."
        raise SettingsError(message)
    return name


def _raise(error: OSError) -> None:
    raise error
