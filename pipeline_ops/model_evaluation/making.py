"""Puts an evaluation's report together from what the runs of both sides left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pipeline_ops.checkpoints.manifest import CheckpointReference, Manifest
from pipeline_ops.comparison.compare import Pair, compare
from pipeline_ops.comparison.metrics import METRICS
from pipeline_ops.comparison.slices import slices_of
from pipeline_ops.graph import GRAPH, NODES, SOURCE
from pipeline_ops.model_evaluation.evaluation_set import EvaluationSet
from pipeline_ops.model_evaluation.figures import language_of, pairs_of, reports_of
from pipeline_ops.model_evaluation.report_types import (
    Change,
    Costs,
    EvaluationReport,
    LineTexts,
    Outcome,
    Regression,
    StageCosts,
    StageVersion,
)
from pipeline_ops.model_evaluation.running import Evaluated
from pipeline_ops.model_evaluation.versions import Version
from pipeline_ops.platform import Platform
from pipeline_ops.report import LanguageReport, Report, StageReport

MOST_REGRESSIONS = 5
"""Nobody watches more, and each is three videos."""

MOST_CHANGES = 4
MEASURED_STAGE, _, MEASURED_ARTEFACT = NODES["evaluate"].feeds["video"].partition(".")
"""The finished video as it was measured; it is there also where the last gate held it back, unsigned."""

DIGEST_CHARACTERS = 12
"""Enough to tell weights apart by eye; the checkpoints hold the whole digest."""

WriteMedia = Callable[[CheckpointReference, str, str], str | None]
"""Takes a checkpoint, the artefact that is a video, and a name; returns the file's address from the report,
None where nobody can play it."""


def make_evaluation_report(
    evaluation_set: EvaluationSet,
    versions: tuple[Version, Version],
    languages: tuple[str, ...],
    evaluated: Sequence[Evaluated],
    platform: Platform,
    *,
    made_at: datetime,
    write_media: WriteMedia,
) -> EvaluationReport:
    """Compare what two versions made of an evaluation set.

    Args:
        evaluation_set: The clips.
        versions: A and B.
        languages: Into which languages.
        evaluated: Every clip by both.
        platform: The deployment.
        made_at: When.
        write_media: Writes a video for the players of the worst regressions.
    """
    pairs = pairs_of(evaluated, languages)
    reports = reports_of(evaluated)
    stages_a, stages_b = (
        [stage for report in reports[side] for stage in report.stages] for side in ("a", "b")
    )
    places = {(each.clip.name, each.side): each.report for each in evaluated}

    def sides(pair: Pair) -> tuple[Report | None, Report | None]:
        return places[pair.clip, "a"], places[pair.clip, "b"]

    return EvaluationReport(
        title=evaluation_set.name,
        made_at=made_at.isoformat(timespec="seconds"),
        a=versions[0],
        b=versions[1],
        languages=languages,
        clips=len(evaluation_set.clips),
        pairs=pairs,
        comparison=compare(pairs),
        slices=slices_of(pairs),
        identical=sum(_same_file(*sides(pair), pair) for pair in pairs),
        regressions=tuple(
            _regression(pair, changes, *sides(pair), write_media) for pair, changes in _worst(pairs)
        ),
        outcomes={
            f"{pair.clip}, {pair.language}": outcomes
            for pair in pairs
            for outcomes in [(_outcome(sides(pair)[0], pair), _outcome(sides(pair)[1], pair))]
            if any(outcome.status != "done" for outcome in outcomes)
        },
        stages=_stage_versions(stages_a, stages_b, platform),
        settings=platform.settings.stage_parameters,
        costs_a=_costs(stages_a),
        costs_b=_costs(stages_b),
        stage_costs=_stage_costs(stages_a, stages_b),
    )


def _worst(pairs: Sequence[Pair]) -> list[tuple[Pair, tuple[Change, ...]]]:
    """Return the translations that got worse by more than noise, by their worst metric."""
    found = []
    for pair in pairs:
        changes = [
            Change(metric.title, pair.a[metric.name], pair.b[metric.name], improvement / metric.noise)
            for metric in METRICS
            if metric.decides
            for improvement in [pair.improvement(metric)]
            if improvement is not None and improvement < -metric.noise
        ]
        if changes:
            found.append((pair, tuple(sorted(changes, key=lambda change: change.noises)[:MOST_CHANGES])))
    return sorted(found, key=lambda each: each[1][0].noises)[:MOST_REGRESSIONS]


def _regression(
    pair: Pair,
    changes: tuple[Change, ...],
    a: Report | None,
    b: Report | None,
    write_media: WriteMedia,
) -> Regression:
    original = None
    if (known := a or b) is not None:
        source = CheckpointReference.parse(known.source)
        original = write_media(source, SOURCE, f"{pair.clip}-original")

    def shown(report: Report | None, side: str) -> Outcome:
        video = _measured_video(report, pair)
        media = None
        if video is not None:
            name = f"{pair.clip}-{pair.language}-{side}"
            media = write_media(CheckpointReference.parse(video), MEASURED_ARTEFACT, name)
        return _outcome(report, pair, media)

    return Regression(
        pair,
        changes,
        a=shown(a, "a"),
        b=shown(b, "b"),
        original=original,
        lines=_lines(language_of(a, pair.language), language_of(b, pair.language)),
    )


def _outcome(report: Report | None, pair: Pair, media: str | None = None) -> Outcome:
    language = language_of(report, pair.language)
    message = language.verdict.message if language.verdict else language.error or ""
    return Outcome(language.status, message, media)


def _measured_video(report: Report | None, pair: Pair) -> str | None:
    """Return the checkpoint of the video that was measured."""
    return next(
        (
            stage.checkpoint
            for stage in (report.stages if report else ())
            if stage.stage == MEASURED_STAGE and stage.language == pair.language and stage.verdict is None
        ),
        None,
    )


def _same_file(a: Report | None, b: Report | None, pair: Pair) -> bool:
    video = _measured_video(a, pair)
    return video is not None and video == _measured_video(b, pair)


def _lines(a: LanguageReport, b: LanguageReport) -> tuple[LineTexts, ...]:
    sources = {line.index: line.source_text for side in (a, b) for line in side.lines}
    texts_a, texts_b = ({line.index: line.text for line in side.lines} for side in (a, b))
    return tuple(
        LineTexts(sources[index], texts_a.get(index, ""), texts_b.get(index, "")) for index in sorted(sources)
    )


def _costs(stages: Sequence[StageReport]) -> Costs:
    # A gate's verdict shows on every stage after it: those have made nothing.
    with_cost = [stage for stage in stages if stage.cost is not None and _own(stage)]
    by_checkpoint = {stage.checkpoint: stage.cost.cpu_s for stage in with_cost if stage.cost}
    made = [stage for stage in with_cost if not stage.reused]
    return Costs(
        cpu_s=sum(by_checkpoint.values()),
        spent_cpu_s=sum(stage.cost.cpu_s for stage in made if stage.cost),
        made=len(made),
        reused=len(with_cost) - len(made),
    )


def _own(stage: StageReport) -> bool:
    return stage.checkpoint is not None and stage.checkpoint.startswith(f"{stage.stage}/")


def _stage_costs(a: Sequence[StageReport], b: Sequence[StageReport]) -> tuple[StageCosts, ...]:
    sums = []
    for side in (a, b):
        of_stage: dict[str, float] = {}
        for stage in side:
            if stage.cost is not None and _own(stage):
                of_stage[stage.stage] = of_stage.get(stage.stage, 0.0) + stage.cost.cpu_s
        sums.append(of_stage)
    names = [node.name for node in GRAPH if node.name in {*sums[0], *sums[1]}]
    return tuple(StageCosts(name, sums[0].get(name, 0.0), sums[1].get(name, 0.0)) for name in names)


def _stage_versions(
    a: Sequence[StageReport], b: Sequence[StageReport], platform: Platform
) -> tuple[StageVersion, ...]:
    made_a, made_b = (_makers(side, platform) for side in (a, b))
    return tuple(
        StageVersion(
            node.name,
            ", ".join(sorted({maker for maker, _ in made_a.get(node.name, ())})),
            ", ".join(sorted({maker for maker, _ in made_b.get(node.name, ())})),
            made_a.get(node.name) == made_b.get(node.name),
        )
        for node in GRAPH
        if node.name in made_a or node.name in made_b
    )


def _makers(stages: Sequence[StageReport], platform: Platform) -> dict[str, set[tuple[str, str]]]:
    """Return what made each stage's checkpoints: in words, and to the parameters."""
    makers: dict[str, set[tuple[str, str]]] = {}
    for stage in stages:
        if not _own(stage) or stage.checkpoint is None:
            continue
        manifest = platform.store.inspect(CheckpointReference.parse(stage.checkpoint))
        if manifest is not None:
            makers.setdefault(stage.stage, set()).add(
                (_maker(manifest), str(sorted(manifest.parameters.items())))
            )
    return makers


def _maker(manifest: Manifest) -> str:
    version = f"stage version {manifest.stage_version}"
    if manifest.model is None:
        return version
    return f"{manifest.model.id} ({manifest.model.weights_digest[:DIGEST_CHARACTERS]}), {version}"
