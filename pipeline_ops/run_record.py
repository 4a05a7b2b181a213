"""Keeps a run's report in the checkpoint store, published so that what it names is kept too."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline_ops.artefacts import JSON_KIND, from_json
from pipeline_ops.checkpoints.manifest import (
    Artefact,
    CheckpointReference,
    Cost,
    InputRecord,
    Manifest,
    checkpoint_key,
)
from pipeline_ops.export import report_json
from pipeline_ops.graph import FINAL_STAGE, unread_stages
from pipeline_ops.platform import Platform
from pipeline_ops.report import REPORT_VERSION, Report
from pipeline_ops.scratch import scratch_folder

REPORT = "report"
"""The name under which reports stand in the store: a checkpoint that no stage of the graph makes."""

FINAL_ARTEFACT = "video"
NAME_CHARACTERS = 120
DIGEST_CHARACTERS = 12
"""Of the run id's digest, in a publication's name: 48 bits keep names apart that look alike."""


def record_run(report: Report, run_id: str, platform: Platform) -> CheckpointReference:
    """Store a run's report and publish it with the translations that it finished.

    The report is a checkpoint by its content, so running the last task again after a repair stores the new
    one; the publication, named after the run, then shows that one.
    """
    content = report_json(report)
    digest = hashlib.sha256(content).hexdigest()
    key = checkpoint_key(
        stage=REPORT,
        stage_version=REPORT_VERSION,
        parameters={},
        model=None,
        input_digests={REPORT: digest},
    )
    reference = CheckpointReference(REPORT, key)
    finals = _finals(report, platform)
    manifest = Manifest(
        reference=reference,
        stage_version=REPORT_VERSION,
        parameters={},
        model=None,
        inputs={final.language: final.record for final in finals},
        artefacts=(
            Artefact(REPORT, f"{REPORT}{JSON_KIND.suffix}", JSON_KIND.media_type, digest, len(content)),
        ),
        outcome="completed",
        cost=Cost(0.0, 0.0, 0.0, 0, len(content)),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    with scratch_folder(platform.settings.scratch_dir, REPORT) as folder:
        file = folder / manifest.artefacts[0].file_name
        file.write_bytes(content)
        platform.store.commit(manifest, {REPORT: file})
    references = (reference, *_finished(report))
    metadata = {"run_id": run_id, "status": report.status, "source": report.source}
    platform.store.publish(publication_name(run_id), references, metadata)
    return reference


def read_report(reference: CheckpointReference, platform: Platform) -> Report:
    """Return a stored report.

    Raises:
        DamagedArtefactError: it is missing or damaged.
    """
    report: Report = from_json(Report, platform.store.read_bytes(reference, REPORT))
    return report


def publication_name(run_id: str) -> str:
    """Return the name of a run's publication: its id, made plain, and told apart by a digest."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", run_id)[:NAME_CHARACTERS]
    digest = hashlib.sha256(run_id.encode()).hexdigest()[:DIGEST_CHARACTERS]
    return f"run-{plain}-{digest}"


def stood_before(manifest: Manifest, began_at: datetime) -> bool:
    """Tell whether a checkpoint was there before a run began (manifests count whole seconds)."""
    return datetime.fromisoformat(manifest.created_at) < began_at.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class _Final:
    language: str
    record: InputRecord


def _finished(report: Report) -> tuple[CheckpointReference, ...]:
    """Return all that each language that is done came to: the file, the streams, what gates found of it."""
    done = {language.language for language in report.languages if language.status == "done"}
    ends = {FINAL_STAGE, *unread_stages()}
    return tuple(
        CheckpointReference.parse(stage.checkpoint)
        for stage in report.stages
        if stage.stage in ends and stage.language in done and stage.checkpoint is not None
    )


def _finals(report: Report, platform: Platform) -> tuple[_Final, ...]:
    """Return the finished translation of each language that is done."""
    done = {language.language for language in report.languages if language.status == "done"}
    finals = []
    for stage in report.stages:
        if stage.stage == FINAL_STAGE and stage.language in done and stage.checkpoint is not None:
            manifest = platform.store.find(CheckpointReference.parse(stage.checkpoint))
            if manifest is not None:
                sha256 = manifest.artefact(FINAL_ARTEFACT).sha256
                finals.append(_Final(stage.language, InputRecord(stage.checkpoint, FINAL_ARTEFACT, sha256)))
    return tuple(finals)
