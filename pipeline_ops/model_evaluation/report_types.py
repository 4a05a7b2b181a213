"""An evaluation's report, as values: what JSON and HTML are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline_ops.comparison.compare import Comparison, Pair
from pipeline_ops.comparison.slices import Slice
from pipeline_ops.model_evaluation.versions import Version


@dataclass(frozen=True, slots=True)
class StageVersion:
    """What made a stage's checkpoints on each side.

    Attributes:
        stage: Its name.
        a: Model with the beginning of its weights' digest, and the stage's version.
        b: The same of B; empty where it made none.
        same: Whether both are the same, parameters included.
    """

    stage: str
    a: str
    b: str
    same: bool


@dataclass(frozen=True, slots=True)
class Costs:
    """What one side cost.

    Attributes:
        cpu_s: Of all its checkpoints when they were made, whenever that was: what this version costs.
        spent_cpu_s: Of those that this evaluation made.
        made: How many it made.
        reused: How many stood there before, made for the other side or for an earlier evaluation.
    """

    cpu_s: float
    spent_cpu_s: float
    made: int
    reused: int


@dataclass(frozen=True, slots=True)
class StageCosts:
    """CPU seconds of one stage on each side, over all clips and languages."""

    stage: str
    a_cpu_s: float
    b_cpu_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one side came to.

    Attributes:
        status: `done`, `rejected` or `failed`.
        message: Why it is not done; empty where it is.
        media: The finished video's file beside the report; None where there is none.
    """

    status: str
    message: str
    media: str | None = None


@dataclass(frozen=True, slots=True)
class LineTexts:
    """A line of the original, and what each side says."""

    source: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one translation.

    Attributes:
        title: Of the metric.
        a: Its value.
        b: Its value.
        noises: By how many times its noise B is better; below 0 it is worse.
    """

    title: str
    a: float
    b: float
    noises: float


@dataclass(frozen=True, slots=True)
class Regression:
    """A translation that got worse, beside its original.

    Attributes:
        pair: Which.
        changes: The metrics that got worse, the worst first.
        a: What A came to.
        b: What B came to.
        original: The clip's file beside the report; None where it cannot be played.
        lines: What is said.
    """

    pair: Pair
    changes: tuple[Change, ...]
    a: Outcome
    b: Outcome
    original: str | None
    lines: tuple[LineTexts, ...]


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """All of it.

    Attributes:
        title: The evaluation set's.
        made_at: When, ISO 8601.
        a: The version that is compared with.
        b: The one that is judged.
        languages: Into which.
        clips: How many.
        pairs: The figures of every translation.
        comparison: Metrics and dimensions.
        slices: By language, speaker and condition.
        identical: Translations of which both made the same file.
        regressions: The worst first.
        outcomes: Clip and language -> what each side came to, where one is not done.
        stages: What made what.
        settings: The deployment's parameters of stages, which both sides have.
        costs_a: Of A.
        costs_b: Of B.
        stage_costs: Where they differ.
    """

    title: str
    made_at: str
    a: Version
    b: Version
    languages: tuple[str, ...]
    clips: int
    pairs: tuple[Pair, ...]
    comparison: Comparison
    slices: tuple[Slice, ...]
    identical: int
    regressions: tuple[Regression, ...]
    outcomes: Mapping[str, tuple[Outcome, Outcome]]
    stages: tuple[StageVersion, ...]
    settings: Mapping[str, Mapping[str, object]]
    costs_a: Costs
    costs_b: Costs
    stage_costs: tuple[StageCosts, ...]
