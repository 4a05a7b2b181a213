"""Removes what nothing published was made of, once it is old enough: mark and sweep.

What is kept: every publication's lineage, every checkpoint younger than the grace period with its
lineage, every blob that a kept checkpoint names, and whatever is younger than the grace period.
`docs/checkpoints.md` tells why this is safe beside runs that are going on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline_ops.checkpoints.blobs import BLOBS, blob_key
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.storage import ObjectStorage, StoredObject
from pipeline_ops.checkpoints.store import QUARANTINE, CheckpointStore, reachable
from pipeline_ops.errors import DamagedArtefactError

DEFAULT_GRACE_PERIOD = timedelta(days=7)
"""Longer than any run, its retries and a weekend without an operator."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many objects, and how large they are together."""

    count: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class GarbageReport:
    """What a collection removed, or would remove where it was a dry run.

    Attributes:
        dry_run: Whether nothing was changed.
        checkpoints: Manifests that no publication and no recent run needs.
        blobs: Artefacts that no remaining manifest names.
        unfinished_uploads: Temporary files and open multipart uploads of killed processes.
        quarantined: Damaged objects that were set aside long ago.
        kept_checkpoints: Manifests that stay.
        kept_blobs: Artefacts that stay.
        removed_references: The checkpoints counted in `checkpoints`.
        unreadable: Checkpoints whose manifest cannot be read. While there is one, checkpoints and blobs all
            stay, since nobody knows what it needs.
        problems: What is wrong with them, a sentence each.
    """

    dry_run: bool
    checkpoints: Tally
    blobs: Tally
    unfinished_uploads: Tally
    quarantined: Tally
    kept_checkpoints: Tally
    kept_blobs: Tally
    removed_references: tuple[CheckpointReference, ...] = ()
    unreadable: tuple[CheckpointReference, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the collection needs to know of a checkpoint."""

    stored: StoredObject
    parents: tuple[CheckpointReference, ...]
    blobs: frozenset[str]


def collect_garbage(
    store: CheckpointStore,
    *,
    grace_period: timedelta = DEFAULT_GRACE_PERIOD,
    dry_run: bool = True,
    keep: Iterable[CheckpointReference] = (),
    disregarded: Collection[str] = (),
    now: datetime | None = None,
) -> GarbageReport:
    """Remove what is neither published, nor an ancestor of it, nor young.

    Args:
        store: The store to sweep.
        grace_period: How old something must be to be removed. Below `blobs.REFRESH_AFTER` (an hour), no
            run may be going on.
        dry_run: Only report.
        keep: Checkpoints that stay with their lineage as what is published does.
        disregarded: Names of publications that count for nothing.
        now: The time to count from, with its zone; the present one where not given.

    Raises:
        DamagedArtefactError: the record of a publication cannot be read; nothing was removed.
        StorageUnavailableError: the storage does not answer.
    """
    horizon = (now or datetime.now(UTC)) - grace_period
    storage = store.storage
    roots = [
        *keep,
        *(
            reference
            for publication in store.publications()
            if publication.name not in disregarded
            for reference in publication.lineage
        ),
    ]
    # Listed before the manifests are read: a commit that reuses one of these later renews it first.
    blobs = list(storage.walk(BLOBS))
    entries, problems = _read_manifests(store)

    doomed = {} if problems else dict(_unreachable(entries, roots, horizon))
    removed = set(_sweep(storage, [entry.stored for entry in doomed.values()], horizon, dry_run=dry_run))
    gone = {reference: entry for reference, entry in doomed.items() if entry.stored in removed}
    kept = {reference: entry for reference, entry in entries.items() if reference not in gone}

    live = frozenset().union(*(entry.blobs for entry in kept.values()))
    orphans = [] if problems else [blob for blob in blobs if blob.key not in live]
    swept_blobs = _sweep(storage, orphans, horizon, dry_run=dry_run)
    return GarbageReport(
        dry_run=dry_run,
        checkpoints=_tally(entry.stored for entry in gone.values()),
        blobs=_tally(swept_blobs),
        unfinished_uploads=_abort_unfinished(storage, horizon, dry_run=dry_run),
        quarantined=_tally(_sweep(storage, storage.walk(QUARANTINE), horizon, dry_run=dry_run)),
        kept_checkpoints=_tally(entry.stored for entry in kept.values()),
        kept_blobs=_tally(set(blobs) - set(swept_blobs)),
        removed_references=tuple(sorted(gone)),
        unreadable=tuple(problems),
        problems=tuple(problems.values()),
    )


def _read_manifests(
    store: CheckpointStore,
) -> tuple[dict[CheckpointReference, _Entry], dict[CheckpointReference, str]]:
    entries: dict[CheckpointReference, _Entry] = {}
    problems: dict[CheckpointReference, str] = {}
    for reference, stored in store.manifests():
        try:
            manifest = store.inspect(reference)
        except DamagedArtefactError as error:
            problems[reference] = str(error)
            continue
        if manifest is not None:  # else it was set aside since it was listed
            blobs = frozenset(blob_key(artefact.sha256) for artefact in manifest.artefacts)
            entries[reference] = _Entry(stored, manifest.parents, blobs)
    return entries, problems


def _unreachable(
    entries: Mapping[CheckpointReference, _Entry], roots: Iterable[CheckpointReference], horizon: datetime
) -> Iterator[tuple[CheckpointReference, _Entry]]:
    """Yield the checkpoints that neither a root nor a young checkpoint was made of."""
    young = (reference for reference, entry in entries.items() if entry.stored.modified_at >= horizon)

    def parents(reference: CheckpointReference) -> tuple[CheckpointReference, ...]:
        entry = entries.get(reference)
        return () if entry is None else entry.parents

    kept = reachable([*roots, *young], parents)
    return ((reference, entry) for reference, entry in entries.items() if reference not in kept)


def _sweep(
    storage: ObjectStorage, candidates: Iterable[StoredObject], horizon: datetime, *, dry_run: bool
) -> list[StoredObject]:
    """Delete those candidates that are old, and still are in this moment; return them."""
    swept = []
    for candidate in candidates:
        if candidate.modified_at >= horizon:
            continue
        if not dry_run:
            current = storage.stat(candidate.key)
            if current is not None and current.modified_at >= horizon:
                continue  # a run has just reused it
            storage.delete(candidate.key)
        swept.append(candidate)
    return swept


def _abort_unfinished(storage: ObjectStorage, horizon: datetime, *, dry_run: bool) -> Tally:
    abandoned = [upload for upload in storage.unfinished_uploads() if upload.started_at < horizon]
    if not dry_run:
        for upload in abandoned:
            storage.abort(upload)
    return Tally(len(abandoned), sum(upload.size_bytes for upload in abandoned))


def _tally(objects: Iterable[StoredObject]) -> Tally:
    sizes = [stored.size_bytes for stored in objects]
    return Tally(len(sizes), sum(sizes))
