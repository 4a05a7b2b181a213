"""Carries a deletion out, step by step. Each step can be done again, so a job that was killed goes on.

unlink   the runs' publications and reports are written anew without it; what only it needs is listed
erase    the manifests of those checkpoints go
sweep    so do their contents, and damaged copies that were set aside
clear    so does what lies beside the store: copies on this machine, and the uploads of a creator
forget   the catalog's rows go
sign     what is left is a tombstone: how much was erased, signed
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.artefacts import canonical_json
from pipeline_ops.catalog import audit
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.studio_tables import UNDER_WAY, ArrivalRow
from pipeline_ops.catalog.tables import LONGEST_MESSAGE, RunRow
from pipeline_ops.catalog.trust_tables import TakedownRow, TakedownStep
from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.copies import erase_orphaned_copies
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.store import QUARANTINE, CheckpointStore, manifest_key
from pipeline_ops.errors import DamagedArtefactError, DubwrightError
from pipeline_ops.incoming.storage import open_incoming
from pipeline_ops.media_bucket import open_media_bucket
from pipeline_ops.platform import Platform
from pipeline_ops.run_record import publication_name, read_report, record_run
from pipeline_ops.safety.signatures import RecordsKey, Signature
from pipeline_ops.takedown.forget import forget
from pipeline_ops.takedown.request import subject_of
from pipeline_ops.takedown.scope import Scope, doomed_checkpoints, needed_checkpoints

log = logging.getLogger(__name__)


def carry_out(takedown_id: str, catalog: CatalogDatabase, platform: Platform) -> None:
    """Do what is left of a deletion, to its end.

    Raises:
        StorageUnavailableError: the store does not answer; the job stays where it is, and goes on when it is
            called again.
        CatalogUnavailableError: the catalog does not.
    """
    try:
        while (step := _step_of(catalog, takedown_id)) != "done":
            STEPS[step](takedown_id, catalog, platform)
    except DubwrightError as error:
        with catalog.writing() as session:
            session.get_one(TakedownRow, takedown_id).error = str(error)[:LONGEST_MESSAGE]
        raise


def unfinished(session: Session) -> tuple[str, ...]:
    """Return the deletions that are not done, the oldest first."""
    statement = select(TakedownRow.id).where(TakedownRow.step != "done").order_by(TakedownRow.asked_at)
    return tuple(session.scalars(statement))


def tombstone_is_genuine(row: TakedownRow) -> bool:
    """Tell whether a finished deletion's tombstone is the one that this deployment's key signed."""
    signature = Signature(row.signature or "", row.key_id or "")
    return RecordsKey.from_environment().verifies(canonical_json(row.tombstone), signature)


def _unlink(takedown_id: str, catalog: CatalogDatabase, platform: Platform) -> None:
    with catalog.reading() as session:
        row = session.get_one(TakedownRow, takedown_id)
        scope = Scope.of(session, row)
        runs: dict[str, str | None] = {
            run.id: run.report for run in session.scalars(select(RunRow).where(RunRow.id.in_(scope.runs)))
        }
        plan: dict[str, Any] = row.plan
    new_reports = {}
    for run_id, report in runs.items():
        new_reports[run_id] = _republished(run_id, report, scope, platform)
    with catalog.reading() as session:
        doomed = doomed_checkpoints(session, platform.store, scope, plan["reports"])
    blobs = sorted({key for reference in doomed for key in _blobs_of(platform.store, reference)})
    with catalog.writing() as session:
        for run_id, reference in new_reports.items():
            session.get_one(RunRow, run_id).report = reference
        row = session.get_one(TakedownRow, takedown_id)
        row.plan = {**plan, "references": sorted(map(str, doomed)), "blobs": blobs}
        row.step = "erase"


def _republished(run_id: str, report: str | None, scope: Scope, platform: Platform) -> str | None:
    """Publish a run anew without what is deleted; return its new report, None where nothing is left of it."""
    name = publication_name(run_id)
    if run_id in scope.whole_runs or report is None:
        platform.store.unpublish(name)
        return None
    try:
        whole = read_report(CheckpointReference.parse(report), platform)
    except DamagedArtefactError as error:
        log.warning("Run %s has no report that could be kept: %s", run_id, error)
        platform.store.unpublish(name)
        return None
    rest = dataclasses.replace(
        whole,
        languages=tuple(each for each in whole.languages if each.language != scope.language),
        stages=tuple(each for each in whole.stages if each.language != scope.language),
    )
    return str(record_run(rest, run_id, platform))


def _erase(takedown_id: str, catalog: CatalogDatabase, platform: Platform) -> None:
    store = platform.store
    with catalog.reading() as session:
        row = session.get_one(TakedownRow, takedown_id)
        # Looked up again: since the list was made, somebody may have come to need one of them.
        needed = needed_checkpoints(session, store, Scope.of(session, row))
        listed = [CheckpointReference.parse(each) for each in row.plan["references"]]
    for reference in listed:
        if reference not in needed:
            store.storage.delete(manifest_key(reference))
        for copy in list(store.storage.walk(f"{QUARANTINE}/{reference}")):
            store.storage.delete(copy.key)
    _go_on(catalog, takedown_id, "sweep")


def _sweep(takedown_id: str, catalog: CatalogDatabase, platform: Platform) -> None:
    store = platform.store
    with catalog.reading() as session:
        listed: set[str] = set(session.get_one(TakedownRow, takedown_id).plan["blobs"])
    for reference in store.references():
        if not listed:
            break
        listed.difference_update(_blobs_of(store, reference))
    for key in sorted(listed):
        store.storage.delete(key)
    _go_on(catalog, takedown_id, "clear")


def _clear(takedown_id: str, catalog: CatalogDatabase, platform: Platform) -> None:
    settings = platform.settings
    erase_orphaned_copies(settings.inspection_cache, platform.store.storage)
    with catalog.reading() as session:
        row = session.get_one(TakedownRow, takedown_id)
        creator_id = row.creator_id if row.kind == "creator" else None
        of_theirs = select(ArrivalRow.id).where(ArrivalRow.creator_id == creator_id)
        arrivals = session.scalars(of_theirs.where(ArrivalRow.state.in_(UNDER_WAY))).all()
    if creator_id is not None:
        incoming = open_incoming(settings.media_url)
        for arrival in arrivals:
            incoming.discard(arrival)
        open_media_bucket(settings.media_url).erase_folder(creator_id)
    _go_on(catalog, takedown_id, "forget")


def _forget(takedown_id: str, catalog: CatalogDatabase, platform: Platform) -> None:
    with catalog.writing() as session:
        row = session.get_one(TakedownRow, takedown_id, with_for_update=True)
        if row.step == "forget":
            forget(session, Scope.of(session, row), row)
            row.step = "sign"


def _sign(takedown_id: str, catalog: CatalogDatabase, platform: Platform) -> None:
    with catalog.writing() as session:
        row = session.get_one(TakedownRow, takedown_id, with_for_update=True)
        if row.step != "sign":
            return
        row.ended_at = datetime.now(UTC)
        references: list[str] = row.plan["references"]
        row.tombstone = {
            "takedown": row.id,
            "what": subject_of(row),
            "source": row.source,
            "asked_at": row.asked_at.isoformat(),
            "erased_at": row.ended_at.isoformat(),
            "checkpoints": len(references),
            "files": len(row.plan["blobs"]),
            "runs": len(row.plan["runs"]),
            "list_sha256": hashlib.sha256("\n".join(references).encode()).hexdigest(),
        }
        signature = RecordsKey.from_environment().sign(canonical_json(row.tombstone))
        row.signature, row.key_id = signature.text, signature.key_id
        row.plan, row.error, row.step = {}, None, "done"
        audit.append(
            session,
            who=audit.PLATFORM,
            what="takedown_done",
            subject=subject_of(row),
            details=row.tombstone,
            now=row.ended_at,
        )


STEPS: dict[TakedownStep, Callable[[str, CatalogDatabase, Platform], None]] = {
    "unlink": _unlink,
    "erase": _erase,
    "sweep": _sweep,
    "clear": _clear,
    "forget": _forget,
    "sign": _sign,
}
"""What does each step; each ends by writing down the next."""


def _step_of(catalog: CatalogDatabase, takedown_id: str) -> TakedownStep:
    with catalog.reading() as session:
        return session.get_one(TakedownRow, takedown_id).step


def _go_on(catalog: CatalogDatabase, takedown_id: str, step: TakedownStep) -> None:
    with catalog.writing() as session:
        session.get_one(TakedownRow, takedown_id).step = step


def _blobs_of(store: CheckpointStore, reference: CheckpointReference) -> set[str]:
    try:
        manifest = store.inspect(reference)
    except DamagedArtefactError:
        return set()
    return set() if manifest is None else {blob_key(artefact.sha256) for artefact in manifest.artefacts}
