"""Runs one stage: look up its checkpoint, load inputs, run, validate, commit.

The same function serves the one-process run and every Airflow task, so both do the same work and find
each other's checkpoints.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline_ops.artefacts import (
    JSON_KIND,
    Validation,
    artefact_kind,
    file_kind,
    from_json,
    group_kind,
    is_json,
    may_be_absent,
    to_json,
)
from pipeline_ops.checkpoints.manifest import (
    NOTHING,
    Artefact,
    CheckpointReference,
    Cost,
    Manifest,
    Verdict,
    checkpoint_key,
)
from pipeline_ops.checkpoints.parts import PartsInStore
from pipeline_ops.costs import Usage, measure
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import DamagedArtefactError, RejectedInputError, StageOutputError
from pipeline_ops.graph import INGEST, NODES, SOURCE, Node
from pipeline_ops.lineage import origin_of
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.scratch import scratch_folder
from pipeline_ops.stages.judge_eligibility import LanguageVerdict
from pipeline_ops.work import References, Work, work_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StageRun:
    """What became of one stage.

    Attributes:
        manifest: The checkpoint's record; its outcome says whether the stage went through.
        reused: Whether the checkpoint stood there already.
        verdict: Why this stage, or this language at its gate, was rejected; None where it was not.
    """

    manifest: Manifest
    reused: bool
    verdict: Verdict | None = None

    @property
    def reference(self) -> CheckpointReference:
        """The checkpoint's name."""
        return self.manifest.reference


def run_stage(
    node: Node, request: Request, language: str | None, references: References, platform: Platform
) -> StageRun:
    """Return the checkpoint of one stage, made now or found.

    Args:
        node: The stage in the graph.
        request: The translation request.
        language: The target language, for a stage that runs once per language.
        references: The checkpoints of at least all stages upstream, and of the source (`ingest`).
        platform: The deployment.

    Raises:
        WorldError: something outside failed; trying again may help.
        FaultError: trying again changes nothing.
    """
    if node.gate is not None and language is not None:
        closed = _verdict_at_gate(platform, references[node.gate], language)
        if closed is not None:
            return closed
    try:
        return _find_or_run(node, request, language, references, platform)
    except DamagedArtefactError as damage:
        _recompute(CheckpointReference.parse(damage.reference), request, language, references, platform)
        return _find_or_run(node, request, language, references, platform)


def ingest(
    source: Path, platform: Platform, *, media_type: str = "application/octet-stream"
) -> CheckpointReference:
    """Put a source video, or what comes with one, into the store unless it is there; return its reference."""
    digest, size_bytes = sha256_of_file(source), source.stat().st_size
    key = checkpoint_key(
        stage=INGEST, stage_version=1, parameters={}, model=None, input_digests={SOURCE: digest}
    )
    reference = CheckpointReference(INGEST, key)
    if platform.store.find(reference) is None:
        artefact = Artefact(SOURCE, SOURCE, media_type, digest, size_bytes)
        manifest = Manifest(
            reference=reference,
            stage_version=1,
            parameters={},
            model=None,
            inputs={},
            artefacts=(artefact,),
            outcome="completed",
            cost=Cost(0.0, 0.0, 0.0, size_bytes, size_bytes),
            created_at=_now(),
        )
        platform.store.commit(manifest, {SOURCE: source})
    return reference


def load_artefact(platform: Platform, reference: CheckpointReference, name: str) -> Any:
    """Read one JSON artefact of a stage's checkpoint back as the value that it was."""
    annotation = NODES[reference.stage].stage.output_types[name]
    return from_json(annotation, platform.store.read_bytes(reference, name))


def _find_or_run(
    node: Node, request: Request, language: str | None, references: References, platform: Platform
) -> StageRun:
    work = work_of(node, request, language, references, platform)
    found = platform.store.find(work.reference)
    if found is not None:
        return StageRun(found, reused=True, verdict=found.verdict)
    return _run(work, platform)


def _run(work: Work, platform: Platform) -> StageRun:
    with scratch_folder(platform.settings.scratch_dir, work.node.name) as folder:
        scratch = folder / "scratch"
        scratch.mkdir()
        arguments = _load_inputs(work, platform, folder)
        verdict: Verdict | None = None
        files: dict[str, Path] = {}
        validations: tuple[Validation, ...] = ()
        with measure() as usage:
            if work.model is not None:
                arguments["model"] = work.model.load()
            for name, judge in work.judges.items():
                arguments[name] = None if judge is None else judge.load()
            if work.parameters is not None:
                arguments["parameters"] = work.parameters
            if work.node.stage.wants_scratch:
                arguments["scratch"] = scratch
            if work.node.stage.wants_memory:
                arguments["memory"] = _memory_of(work, platform)
            if work.node.stage.wants_signer:
                arguments["signer"] = platform.signer
            if work.node.stage.wants_lineage:
                arguments["lineage"] = origin_of(work, platform)
            try:
                result = work.node.stage(**arguments)
            except RejectedInputError as rejected:
                verdict = Verdict(rejected.reason_code, rejected.message)
                result = rejected.evidence
        if verdict is None or result is not None:
            files, validations = _write_result(work, result, folder)
        manifest = _manifest(
            work,
            files,
            validations=validations,
            verdict=verdict,
            usage=usage,
            bytes_read=_bytes_read(work, platform),
        )
        # Another worker may have committed the same work first; then its checkpoint is the one in force.
        in_force = platform.store.commit(manifest, files)
    return StageRun(in_force, reused=False, verdict=in_force.verdict)


def _memory_of(work: Work, platform: Platform) -> PartsInStore:
    stage = work.node.stage
    return PartsInStore(platform.store, stage.name, stage.version, work.model_record, work.judge_records)


def _load_inputs(work: Work, platform: Platform, folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, record in work.inputs.items():
        reference = CheckpointReference.parse(record.reference)
        annotation = work.node.stage.input_types[name]
        if record.sha256 == NOTHING:
            values[name] = None
        elif file_kind(annotation) is None:
            values[name] = from_json(annotation, platform.store.read_bytes(reference, record.artefact))
        else:
            values[name] = platform.store.fetch(reference, record.artefact, folder)
    return values


def _write_result(work: Work, result: Any, folder: Path) -> tuple[dict[str, Path], tuple[Validation, ...]]:
    """Turn a stage's result into one file an artefact, refusing what is empty or failed its checks."""
    files: dict[str, Path] = {}
    for name, annotation in work.node.stage.output_types.items():
        value = getattr(result, name)
        if value is None and may_be_absent(annotation):
            continue
        if is_json(annotation):
            files[name] = folder / f"{name}{JSON_KIND.suffix}"
            files[name].write_bytes(to_json(annotation, value))
        elif group_kind(annotation):
            files.update({f"{name}.{key}": file for key, file in value.items()})
        else:
            files[name] = value
    for name, file in files.items():
        if file.stat().st_size == 0:
            message = f"Stage {work.node.name} wrote an empty {name} ({file.name})."
            raise StageOutputError(message)
    validations: tuple[Validation, ...] = getattr(result, "validations", tuple)()
    failed = [f"{check.check} ({check.detail})" for check in validations if not check.passed]
    if failed:
        message = f"The result of stage {work.node.name} failed: {'; '.join(failed)}."
        raise StageOutputError(message)
    return files, validations


def _manifest(
    work: Work,
    files: Mapping[str, Path],
    *,
    validations: tuple[Validation, ...],
    verdict: Verdict | None,
    usage: Usage,
    bytes_read: int,
) -> Manifest:
    artefacts = []
    for name, path in files.items():
        kind = artefact_kind(work.node.stage.output_types, name)
        artefacts.append(
            Artefact(
                name,
                f"{name}{kind.suffix}",
                kind.media_type,
                sha256_of_file(path),
                path.stat().st_size,
            )
        )
    return Manifest(
        reference=work.reference,
        stage_version=work.node.stage.version,
        parameters=work.parameters_record,
        model=work.model_record,
        judges=work.judge_records,
        inputs=work.inputs,
        artefacts=tuple(artefacts),
        outcome="completed" if verdict is None else "rejected",
        cost=Cost(
            wall_s=round(usage.wall_s, 3),
            cpu_s=round(usage.cpu_s, 3),
            peak_memory_mb=round(usage.peak_memory_mb, 1),
            bytes_read=bytes_read,
            bytes_written=sum(artefact.size_bytes for artefact in artefacts),
        ),
        created_at=_now(),
        software={"dubwright": version("dubwright")},
        verdict=verdict,
        validations=validations,
    )


def _bytes_read(work: Work, platform: Platform) -> int:
    total = 0
    for record in work.inputs.values():
        manifest = platform.store.find(CheckpointReference.parse(record.reference))
        if manifest is not None and record.sha256 != NOTHING:
            total += manifest.artefact(record.artefact).size_bytes
    return total


def _verdict_at_gate(platform: Platform, gate: CheckpointReference, language: str) -> StageRun | None:
    """Return the gate's own run where it rejects `language`, else None."""
    manifest = platform.store.find(gate)
    if manifest is None:
        raise DamagedArtefactError(str(gate), "verdicts", "the checkpoint is gone")
    verdicts: tuple[LanguageVerdict, ...] = load_artefact(platform, gate, "verdicts")
    for verdict in verdicts:
        if verdict.language == language and not verdict.eligible:
            return StageRun(manifest, reused=True, verdict=Verdict(verdict.reason_code, verdict.message))
    return None


def _recompute(
    damaged: CheckpointReference,
    request: Request,
    language: str | None,
    references: References,
    platform: Platform,
) -> None:
    """Make a damaged checkpoint anew, and whatever it needs that is damaged too.

    Raises:
        DamagedArtefactError: it is the source video, or what came with it, which nothing can make anew.
    """
    if damaged.stage == INGEST:
        raise DamagedArtefactError(
            str(damaged), SOURCE, "the uploaded file is lost or changed; upload it again"
        )
    log.warning("Checkpoint %s is damaged; it was set aside and is made anew.", damaged)
    node = NODES[damaged.stage]
    run_stage(node, request, language if node.scope == "language" else None, references, platform)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
