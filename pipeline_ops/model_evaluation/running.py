"""Runs both versions over an evaluation set in this process; what stands in the store is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline_ops.attach import attach_consents
from pipeline_ops.execute import execute
from pipeline_ops.model_evaluation.evaluation_set import Clip, EvaluationSet
from pipeline_ops.model_evaluation.versions import Version
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report, StageOutcome, build_report
from pipeline_ops.run_record import record_run
from pipeline_ops.runner import StageRun, ingest
from pipeline_ops.safety.consent import LikenessUse

Side = Literal["a", "b"]
SIDES: tuple[Side, ...] = ("a", "b")

OnClip = Callable[[Clip, Side], None]
OnStage = Callable[[StageOutcome, StageRun | None], None]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What one version made of one clip; no report where its run came to no end."""

    clip: Clip
    side: Side
    report: Report | None


def run_both(
    evaluation_set: EvaluationSet,
    folder: Path,
    versions: tuple[Version, Version],
    languages: tuple[str, ...],
    platform: Platform,
    *,
    agreed: tuple[LikenessUse, ...] = (),
    on_clip: OnClip,
    on_stage: OnStage,
) -> tuple[Evaluated, ...]:
    """Run version A and version B over every clip, one after the other.

    A clip that is rejected or fails is an outcome like others. Each run's report is kept in the store, and
    what it names with it, so that the next evaluation finds that.

    Args:
        evaluation_set: The clips.
        folder: Where their files lie.
        versions: A and B.
        languages: Into which languages.
        platform: The deployment.
        agreed: What the people in the clips agreed to.
        on_clip: Called before a clip is run.
        on_stage: Called after each stage.

    Raises:
        UnknownModelError: a version names a profile or a model that there is not.
    """
    for version in versions:
        platform.profile_with(version.profile, version.models)  # a misspelt one is told before any work
    sources = {clip.name: ingest(folder / clip.file, platform) for clip in evaluation_set.clips}
    evaluated = []
    for clip in evaluation_set.clips:
        for side, version in zip(SIDES, versions, strict=True):
            on_clip(clip, side)
            request = version.request(sources[clip.name], languages, {})
            request = attach_consents(request, platform, agreed)
            outcomes = execute(request, platform, on_end=on_stage)
            report = build_report(request, outcomes, platform)
            record_run(report, f"evaluation {evaluation_set.name} {version.name} {clip.name}", platform)
            evaluated.append(Evaluated(clip, side, report))
    return tuple(evaluated)
