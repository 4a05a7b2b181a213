"""Runs as they might have been, for tests of what the catalog makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline_ops.catalog.creators import Creator
from pipeline_ops.catalog.keys import upload_id
from pipeline_ops.catalog.run_facts import (
    OutcomeFacts,
    RunFacts,
    RunOrder,
    SourceFacts,
    StageFacts,
    TranslationFacts,
)
from pipeline_ops.checkpoints.manifest import (
    Artefact,
    CheckpointReference,
    Cost,
    Manifest,
    ModelRecord,
    checkpoint_key,
)
from pipeline_ops.graph import FINAL_STAGE, nodes_of
from pipeline_ops.report import StageReport
from pipeline_ops.request import Request

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
OLD_TRANSLATOR = "old-translator"
CPU_S = 2.0
"""What every stage of a made run costs."""

ANN = Creator("ann", "Ann", enrolled=True, languages=("pt", "es"), consented_at=NOW)


def digest_of(text: str) -> str:
    return checkpoint_key(stage="x", stage_version=1, parameters={"of": text}, model=None, input_digests={})


def request_for(video: str, *languages: str, models: Mapping[str, str] | None = None) -> Request:
    return Request(CheckpointReference("ingest", digest_of(video)), languages, "embedded", models or {})


def upload_of(address: str) -> str:
    return upload_id(address, NOW)


def facts(
    run_id: str = "run-1",
    video: str = "talk",
    *,
    done: tuple[str, ...] = ("pt",),
    rejected: Mapping[str, str] | None = None,
    failed: tuple[str, ...] = (),
    translator: str = OLD_TRANSLATOR,
    metrics: Mapping[str, float] | None = None,
    after: timedelta = timedelta(),
    reused: frozenset[str] = frozenset(),
    **order: Any,
) -> RunFacts:
    """Return what a run of `video` leaves.

    `after` says how much later than the others it was.
    """
    rejections = rejected or {}
    languages = (*done, *rejections, *failed)
    request = request_for(video, *languages)
    moment = NOW + after
    outcomes = [
        *(OutcomeFacts(each, "done", lines=3, metrics=dict(metrics or {})) for each in done),
        *(OutcomeFacts(each, "rejected", code, f"It is {code}.") for each, code in rejections.items()),
        *(OutcomeFacts(each, "failed", message="Stage align failed.") for each in failed),
    ]
    stages = [_stage(node.name, None, video, translator, reused) for node in nodes_of("video")]
    stages += [
        _stage(node.name, language, video, translator, reused)
        for language in done
        for node in nodes_of("language")
    ]
    status = (
        "done" if not (rejections or failed) else "partial" if done else "failed" if failed else "rejected"
    )
    finals = {stage.report.language: stage for stage in stages if stage.report.stage == FINAL_STAGE}
    return RunFacts(
        order=RunOrder(run_id, requested_at=moment, **order),
        request=request,
        source=SourceFacts(str(request.source), digest_of(f"content of {video}"), 1000),
        status=status,  # type: ignore[arg-type]
        report=f"report/{digest_of(run_id)}",
        started_at=moment,
        ended_at=moment + timedelta(minutes=1),
        duration_s=60.0,
        source_language="en",
        reason_code=None,
        message=None,
        outcomes=tuple(outcomes),
        stages=tuple(stages),
        translations=tuple(
            TranslationFacts(
                language, str(finals[language].report.checkpoint), digest_of(f"{language} {video}")
            )
            for language in done
        ),
    )


def _stage(
    stage: str, language: str | None, video: str, translator: str, reused: frozenset[str]
) -> StageFacts:
    depends = translator if language else ""
    reference = CheckpointReference(stage, digest_of(f"{stage} {language} {video} {depends}"))
    model = ModelRecord(translator, digest_of(translator)) if stage == "translate" else None
    cost = Cost(wall_s=CPU_S / 2, cpu_s=CPU_S, peak_memory_mb=100.0, bytes_read=1, bytes_written=10)
    manifest = Manifest(
        reference=reference,
        stage_version=1,
        parameters={},
        model=model,
        inputs={},
        artefacts=(Artefact("video", "video.mp4", "video/mp4", digest_of(str(reference)), 10),),
        outcome="completed",
        cost=cost,
        created_at=NOW.isoformat(),
    )
    report = StageReport(stage, language, str(reference), stage in reused, model.id if model else None, cost)
    return StageFacts(report, manifest)
