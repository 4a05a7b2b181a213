"""What the catalog wants to know of a run, gathered from its report and its checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pipeline_ops.artefacts import from_json
from pipeline_ops.catalog.metrics import metrics_of
from pipeline_ops.catalog.tables import OutcomeStatus, RunStatus
from pipeline_ops.checkpoints.manifest import CheckpointReference, Manifest
from pipeline_ops.errors import DamagedArtefactError
from pipeline_ops.graph import FINAL_STAGE
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.platform import Platform
from pipeline_ops.report import LanguageReport, Report, StageReport
from pipeline_ops.request import Request

Origin = Literal["asked", "backlog", "upgrade"]

SOURCE_ARTEFACT = "source"
VIDEO_ARTEFACT = "video"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """Who asked for a run, and on which terms.

    Attributes:
        run_id: Airflow's id of the run, or one made up for a run in one process.
        origin: Who asked.
        creator_id: Whose video it is, None where nobody said.
        upload_id: The upload that it translates, None for a video that was handed in otherwise.
        held: Whether its translations wait for a decision instead of being published.
        started_by: The run of another Dag that started it.
        requested_at: When it was asked for.
    """

    run_id: str
    requested_at: datetime
    origin: Origin = "asked"
    creator_id: str | None = None
    upload_id: str | None = None
    held: bool = False
    started_by: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """The ingested video: its reference, digest and size."""

    reference: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """What the run came to in one language."""

    language: str
    status: OutcomeStatus
    reason_code: str | None = None
    message: str | None = None
    lines: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageFacts:
    """What became of one stage, and what its checkpoint says of how it was made."""

    report: StageReport
    manifest: Manifest | None


@dataclass(frozen=True, slots=True)
class TranslationFacts:
    """A finished translation.

    Attributes:
        language: Its language.
        checkpoint: The finished video's.
        sha256: Of the video itself.
        uses: What it uses of its creator beyond the dub itself: `voice`, `lips`.
        held_because: Why a person must look before it is published; None where nobody must.
    """

    language: str
    checkpoint: str
    sha256: str
    uses: tuple[str, ...] = ()
    held_because: str | None = None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """All that a run which has ended leaves in the catalog."""

    order: RunOrder
    request: Request
    source: SourceFacts
    status: RunStatus
    report: str
    started_at: datetime | None
    ended_at: datetime
    duration_s: float | None
    source_language: str | None
    reason_code: str | None
    message: str | None
    outcomes: tuple[OutcomeFacts, ...]
    stages: tuple[StageFacts, ...]
    translations: tuple[TranslationFacts, ...]


def source_facts(reference: CheckpointReference, platform: Platform) -> SourceFacts:
    """Return what the store knows of an ingested video.

    Raises:
        DamagedArtefactError: it is not there.
    """
    manifest = platform.store.inspect(reference)
    if manifest is None:
        raise DamagedArtefactError(str(reference), SOURCE_ARTEFACT, "there is no such video; ingest it again")
    artefact = manifest.artefact(SOURCE_ARTEFACT)
    return SourceFacts(str(reference), artefact.sha256, artefact.size_bytes)


def gather(
    order: RunOrder,
    request: Request,
    report: Report,
    reference: CheckpointReference,
    platform: Platform,
    *,
    started_at: datetime | None,
    ended_at: datetime,
) -> RunFacts:
    """Read what the catalog keeps of a run out of its report and its checkpoints.

    Args:
        order: Who asked.
        request: For what.
        report: What it came to.
        reference: The report's checkpoint.
        platform: The deployment.
        started_at: When the run began, None where that is not known.
        ended_at: When it ended.
    """
    stages = tuple(StageFacts(stage, _manifest(stage, platform)) for stage in report.stages)
    done = [language for language in report.languages if language.status == "done"]
    return RunFacts(
        order=order,
        request=request,
        source=source_facts(request.source, platform),
        status=report.status,
        report=str(reference),
        started_at=started_at,
        ended_at=ended_at,
        duration_s=_duration_s(stages, platform),
        source_language=report.source_language,
        reason_code=report.verdict.reason_code if report.verdict else None,
        message=report.verdict.message if report.verdict else report.error,
        outcomes=tuple(_outcome(language) for language in report.languages),
        stages=stages,
        translations=tuple(_translations(stages, {each.language: each for each in done})),
    )


def _manifest(stage: StageReport, platform: Platform) -> Manifest | None:
    if stage.checkpoint is None:
        return None
    reference = CheckpointReference.parse(stage.checkpoint)
    # A language that was closed at a gate shows the gate's checkpoint: that is not this stage's work.
    return platform.store.inspect(reference) if reference.stage == stage.stage else None


def _duration_s(stages: tuple[StageFacts, ...], platform: Platform) -> float | None:
    for stage in stages:
        if stage.report.stage == "probe" and stage.manifest and stage.manifest.outcome == "completed":
            content = platform.store.read_bytes(stage.manifest.reference, "media")
            media: MediaInfo = from_json(MediaInfo, content)
            return media.duration_s
    return None


def _outcome(language: LanguageReport) -> OutcomeFacts:
    verdict = language.verdict
    return OutcomeFacts(
        language=language.language,
        status=language.status,
        reason_code=verdict.reason_code if verdict else None,
        message=verdict.message if verdict else language.error,
        lines=len(language.lines) if language.status == "done" else None,
        metrics=metrics_of(language),
    )


def uses_of(language: LanguageReport) -> tuple[str, ...]:
    """Return what a translation uses of the people in it: a voice like theirs, their lips."""
    voice = any(each.reason in {"fitted", "known"} for each in language.voices)
    lips = language.lips is not None and language.lips.changed
    return tuple(use for use, used in (("voice", voice), ("lips", lips)) if used)


def _translations(
    stages: tuple[StageFacts, ...], done: Mapping[str, LanguageReport]
) -> list[TranslationFacts]:
    made = []
    for stage in stages:
        language = done.get(stage.report.language or "")
        if stage.report.stage == FINAL_STAGE and language is not None and stage.manifest is not None:
            made.append(
                TranslationFacts(
                    language.language,
                    str(stage.manifest.reference),
                    stage.manifest.artefact(VIDEO_ARTEFACT).sha256,
                    uses_of(language),
                    language.held_because,
                )
            )
    return made
