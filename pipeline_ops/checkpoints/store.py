"""The checkpoint store: commits, finds and hands out what stages made, and notices when it is damaged.

    blobs/<2 digits>/<sha256>                   artefacts, by content
    checkpoints/<stage>/<key>/manifest.json     written last: without it there is no checkpoint
    publications/<name>.json                    what is published, the roots of garbage collection
    quarantine/<stage>/<key>/<when>/...         damaged checkpoints that were set aside, and why

`docs/checkpoints.md` tells what holds when processes are killed, race each other or lose the storage.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline_ops.artefacts import JSON_KIND, canonical_json, from_json, to_json
from pipeline_ops.checkpoints.blobs import (
    UnexpectedContentError,
    blob_key,
    content_problem,
    difference_of_file,
    download_blob,
    read_blob,
    refresh,
    size_problem,
    store_blob,
)
from pipeline_ops.checkpoints.manifest import (
    Artefact,
    CheckpointReference,
    Manifest,
    require_well_formed,
)
from pipeline_ops.checkpoints.storage import ObjectStorage, StoredObject, is_plain_name
from pipeline_ops.errors import (
    DamagedArtefactError,
    SettingsError,
    StageOutputError,
    StorageUnavailableError,
)

CHECKPOINTS = "checkpoints"
PUBLICATIONS = "publications"
QUARANTINE = "quarantine"
MANIFEST = "manifest.json"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Publication:
    """Something that viewers get, and all that it was made of: garbage collection keeps it.

    Attributes:
        name: What it is called; letters, digits, `_`, `-` and dots.
        references: The checkpoints that it shows.
        lineage: Those and all their ancestors, as they were when it was published.
        metadata: Whatever the publisher wants to remember, as plain JSON data.
        published_at: ISO 8601, UTC.
    """

    name: str
    references: tuple[CheckpointReference, ...]
    lineage: tuple[CheckpointReference, ...]
    metadata: dict[str, Any] = field(default_factory=dict)
    published_at: str = ""


def manifest_key(reference: CheckpointReference) -> str:
    """Return the storage key of a checkpoint's manifest."""
    return f"{CHECKPOINTS}/{reference}/{MANIFEST}"


class CheckpointStore:
    """Keeps checkpoints in an object storage. Any number of processes may use one storage at a time.

    Every method raises `StorageUnavailableError` where the storage does not answer.

    Args:
        storage: Where the objects lie.
        scratch_dir: Where `fetch` puts downloads when it is given no folder.
    """

    def __init__(self, storage: ObjectStorage, scratch_dir: Path | None = None) -> None:
        self.storage = storage
        self._scratch_dir = scratch_dir

    # Finding and committing

    def find(self, reference: CheckpointReference) -> Manifest | None:
        """Return the manifest of a checkpoint that is there with all its artefacts, for reuse.

        Sizes are checked, digests are not: `fetch` checks those. A damaged checkpoint is set aside and
        logged. What is found counts as new for the garbage collection.
        """
        try:
            manifest = self.inspect(reference)
            if manifest is None:
                return None
            for artefact in manifest.artefacts:
                if problem := size_problem(self.storage, artefact):
                    raise DamagedArtefactError(str(reference), artefact.name, problem)
            refresh(self.storage, manifest_key(reference))
        except DamagedArtefactError as error:
            self.set_aside(reference, str(error))
            return None
        except FileNotFoundError:  # removed since it was read
            return None
        return manifest

    def inspect(self, reference: CheckpointReference) -> Manifest | None:
        """Return a checkpoint's manifest without changing anything, or None where there is none.

        Raises:
            DamagedArtefactError: the manifest cannot be read.
        """
        try:
            data = self.storage.get_bytes(manifest_key(reference))
        except FileNotFoundError:
            return None
        try:
            manifest: Manifest = from_json(Manifest, data)
            require_well_formed(manifest)
            if manifest.reference != reference:
                message = f"it is the manifest of {manifest.reference}"
                raise ValueError(message)
        except ValueError as error:
            raise DamagedArtefactError(str(reference), MANIFEST, f"it cannot be read: {error}") from error
        return manifest

    def commit(self, manifest: Manifest, files: Mapping[str, Path]) -> Manifest:
        """Store a checkpoint: the artefacts first, the manifest last.

        A whole checkpoint of that reference stays as it is: the first one wins. Of two that are
        committed in the same moment the later manifest may replace the earlier one; since artefacts are
        stored by content, both are whole.

        Args:
            manifest: The record of the checkpoint.
            files: The file of each of its artefacts, by name.

        Returns:
            The manifest that is in force, which may be an earlier one of another content.

        Raises:
            ValueError: the manifest is malformed.
            StageOutputError: a file is missing, superfluous or not what the manifest says.
        """
        require_well_formed(manifest)
        record = to_json(Manifest, manifest)
        _check_files(manifest, files)
        committed = self.find(manifest.reference)
        if committed is not None:
            return committed
        for artefact in manifest.artefacts:
            store_blob(self.storage, artefact, files[artefact.name])
        self.storage.put_bytes(manifest_key(manifest.reference), record, JSON_KIND.media_type)
        # Read back: a garbage collection that stalled for an hour could have removed an old blob meanwhile.
        committed = self.find(manifest.reference)
        if committed is None:
            message = f"Checkpoint {manifest.reference} was removed while it was being committed; try again"
            raise StorageUnavailableError(message)
        return committed

    def references(self, stage: str | None = None) -> Iterator[CheckpointReference]:
        """Yield the references of all checkpoints, or of one stage's, in order of their keys."""
        for reference, _ in self.manifests(stage):
            yield reference

    def manifests(self, stage: str | None = None) -> Iterator[tuple[CheckpointReference, StoredObject]]:
        """Yield each checkpoint's reference with its manifest as the storage lists it."""
        for stored in self.storage.walk(CHECKPOINTS if stage is None else f"{CHECKPOINTS}/{stage}"):
            text = stored.key.removeprefix(f"{CHECKPOINTS}/").removesuffix(f"/{MANIFEST}")
            try:
                reference = CheckpointReference.parse(text)
            except ValueError:
                logger.warning("%s holds %s, which is no checkpoint", self.storage.location, stored.key)
            else:
                yield reference, stored

    # Reading artefacts

    def fetch(self, reference: CheckpointReference, artefact: str, directory: Path | None = None) -> Path:
        """Return a file that holds an artefact, its digest verified; not to be written to.

        A local storage hands out its own file; from another it is downloaded, once, into `directory`.

        Raises:
            DamagedArtefactError: the artefact or the checkpoint is missing, or the digest is wrong; the
                checkpoint was set aside, so it will be computed again.
            KeyError: the checkpoint has no artefact of that name.
        """
        record = self._record(reference, artefact)
        path = self.storage.local_path(blob_key(record.sha256))
        if path is not None:
            if problem := content_problem(self.storage, record):
                raise self._damaged(reference, artefact, problem)
            return path
        folder = directory or self._scratch_dir
        if folder is None:
            message = f"Artefacts of {self.storage.location} need a folder to be downloaded into"
            raise SettingsError(message)
        try:
            return download_blob(self.storage, record, folder)
        except UnexpectedContentError as error:
            raise self._damaged(reference, artefact, str(error)) from None

    def read_bytes(self, reference: CheckpointReference, artefact: str) -> bytes:
        """Return an artefact's content, its digest verified.

        Raises:
            DamagedArtefactError: as for `fetch`.
            KeyError: the checkpoint has no artefact of that name.
        """
        record = self._record(reference, artefact)
        try:
            return read_blob(self.storage, record)
        except UnexpectedContentError as error:
            raise self._damaged(reference, artefact, str(error)) from None

    # Damage

    def verify(self, reference: CheckpointReference) -> list[str]:
        """Read a checkpoint in full and return what is wrong with it, a sentence a problem."""
        try:
            manifest = self.inspect(reference)
        except DamagedArtefactError as error:
            return [str(error)]
        if manifest is None:
            return [f"Checkpoint {reference} has no manifest"]
        return [
            str(DamagedArtefactError(str(reference), artefact.name, problem))
            for artefact in manifest.artefacts
            if (problem := content_problem(self.storage, artefact))
        ]

    def set_aside(self, reference: CheckpointReference, reason: str) -> None:
        """Move a checkpoint's manifest, and those of its blobs that are damaged, into quarantine.

        The next run computes it again. Blobs that are whole stay: other checkpoints may share them.
        """
        if self.storage.stat(manifest_key(reference)) is None:
            return
        logger.warning("Checkpoint %s is set aside: %s", reference, reason)
        now = datetime.now(UTC)
        place = f"{QUARANTINE}/{reference}/{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        note = {"reference": str(reference), "reason": reason, "set_aside_at": now.isoformat()}
        self.storage.put_bytes(f"{place}/reason.json", canonical_json(note), JSON_KIND.media_type)
        damaged = self._damaged_blobs(reference)
        # The manifest goes first: at no time does it name a blob that was moved away.
        for source, name in [(manifest_key(reference), MANIFEST), *damaged]:
            try:
                self.storage.move(source, f"{place}/{name}")
            except FileNotFoundError:
                logger.info("%s was removed by somebody else in the meantime", source)

    # Publications and lineage

    def publish(
        self, name: str, references: Iterable[CheckpointReference], metadata: Mapping[str, Any] | None = None
    ) -> Publication:
        """Record that checkpoints are published, so that they and their ancestors are kept.

        A publication of that name is replaced.

        Raises:
            SettingsError: the name is malformed, or no checkpoint is named.
            DamagedArtefactError: one of the checkpoints is not there.
        """
        shown = tuple(sorted(set(references)))
        key = _publication_key(name)
        if not shown:
            message = f"Publication {name} names no checkpoint"
            raise SettingsError(message)
        for reference in shown:
            if self.find(reference) is None:
                raise DamagedArtefactError(str(reference), MANIFEST, "there is no such checkpoint to publish")
        publication = Publication(
            name=name,
            references=shown,
            lineage=tuple(sorted(self.walk_lineage(shown))),
            metadata=dict(metadata or {}),
            published_at=datetime.now(UTC).isoformat(),
        )
        self.storage.put_bytes(key, to_json(Publication, publication), JSON_KIND.media_type)
        return publication

    def publications(self) -> Iterator[Publication]:
        """Yield what is published, in order of name.

        Raises:
            DamagedArtefactError: a record cannot be read; until it is mended, nothing may be collected.
        """
        for stored in self.storage.walk(PUBLICATIONS):
            try:
                publication: Publication = from_json(Publication, self.storage.get_bytes(stored.key))
            except FileNotFoundError:  # unpublished since it was listed
                continue
            except ValueError as error:
                message = f"it cannot be read: {error}"
                raise DamagedArtefactError(stored.key, "publication", message) from error
            yield publication

    def publication_names(self) -> Iterator[str]:
        """Yield the names of what is published, without reading any of it."""
        for stored in self.storage.walk(PUBLICATIONS):
            yield stored.key.removeprefix(f"{PUBLICATIONS}/").removesuffix(".json")

    def unpublish(self, name: str) -> bool:
        """Forget a publication, and tell whether there was one."""
        key = _publication_key(name)
        was_there = self.storage.stat(key) is not None
        self.storage.delete(key)
        return was_there

    def walk_lineage(self, references: Iterable[CheckpointReference]) -> frozenset[CheckpointReference]:
        """Return these checkpoints and all their ancestors. What is no longer stored ends its branch.

        Raises:
            DamagedArtefactError: a manifest on the way cannot be read.
        """

        def parents(reference: CheckpointReference) -> Iterable[CheckpointReference]:
            manifest = self.inspect(reference)
            return () if manifest is None else manifest.parents

        return reachable(references, parents)

    # Inner parts

    def _record(self, reference: CheckpointReference, artefact: str) -> Artefact:
        try:
            manifest = self.inspect(reference)
        except DamagedArtefactError as error:
            self.set_aside(reference, str(error))
            raise
        if manifest is None:
            detail = "there is no such checkpoint; run its stage again"
            raise DamagedArtefactError(str(reference), artefact, detail)
        return manifest.artefact(artefact)

    def _damaged_blobs(self, reference: CheckpointReference) -> list[tuple[str, str]]:
        """Return key and digest of those blobs of a checkpoint that are there and not what they should be."""
        try:
            manifest = self.inspect(reference)
        except DamagedArtefactError:
            return []
        keys = [
            (blob_key(artefact.sha256), artefact.sha256)
            for artefact in (() if manifest is None else manifest.artefacts)
            if content_problem(self.storage, artefact)
        ]
        return [(key, name) for key, name in keys if self.storage.stat(key) is not None]

    def _damaged(self, reference: CheckpointReference, artefact: str, detail: str) -> DamagedArtefactError:
        """Set a checkpoint aside, unless another process has mended it meanwhile, and return the error."""
        error = DamagedArtefactError(str(reference), artefact, detail)
        if self.verify(reference):
            self.set_aside(reference, str(error))
        return error


def reachable(
    roots: Iterable[CheckpointReference],
    parents: Callable[[CheckpointReference], Iterable[CheckpointReference]],
) -> frozenset[CheckpointReference]:
    """Return the roots and everything that `parents` leads to from them."""
    reached: set[CheckpointReference] = set()
    waiting = list(roots)
    while waiting:
        reference = waiting.pop()
        if reference not in reached:
            reached.add(reference)
            waiting.extend(parents(reference))
    return frozenset(reached)


def _check_files(manifest: Manifest, files: Mapping[str, Path]) -> None:
    names = {artefact.name for artefact in manifest.artefacts}
    if names != set(files):
        message = f"Checkpoint {manifest.reference} records {sorted(names)} but was given {sorted(files)}"
        raise StageOutputError(message)
    for artefact in manifest.artefacts:
        path = files[artefact.name]
        if not path.is_file():
            message = f"Artefact {artefact.name!r} of {manifest.reference}: there is no file {path}"
            raise StageOutputError(message)
        if problem := difference_of_file(artefact, path):
            message = f"Artefact {artefact.name!r} of {manifest.reference}: {path} has {problem}"
            raise StageOutputError(message)


def _publication_key(name: str) -> str:
    if not is_plain_name(f"{name}.json"):
        message = f"{name[:80]!r} cannot name a publication: use letters, digits, `_`, `-` and dots"
        raise SettingsError(message)
    return f"{PUBLICATIONS}/{name}.json"
