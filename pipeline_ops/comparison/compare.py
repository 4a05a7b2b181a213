"""Two versions, metric by metric and dimension by dimension: better, worse, or it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Literal

from pipeline_ops.comparison.metrics import DIMENSIONS, METRICS, ComparedMetric, Dimension
from pipeline_ops.comparison.paired import FEWEST_RECORDINGS, PairedDifference, holm, paired_difference

ERROR = 0.05
"""Where nothing changed, so often at most is any metric called better or worse, all of them together."""

SMALLEST_P = 0.001
"""Smaller p-values are not told apart in words: no distribution is known that far out."""

Verdict = Literal["better", "worse", "mixed", "cannot_tell", "unchanged", "not_measured", "not_judged"]

VERDICTS: Mapping[Verdict, str] = {
    "better": "better",
    "worse": "worse",
    "mixed": "better and worse",
    "cannot_tell": "cannot tell",
    "unchanged": "cannot tell: no difference",
    "not_measured": "not measured",
    "not_judged": "shown only",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One translation by both versions.

    Attributes:
        clip: Of which clip.
        recording: What does not count twice: clips that were made of one recording bear the same name here.
        language: Into which language.
        a: Metric -> value, of the version that is compared with.
        b: The same of the one that is judged. What was not measured is left out.
        conditions: Of the clip: `noise: street`, `glasses: yes`.
    """

    clip: str
    recording: str
    language: str
    a: Mapping[str, float]
    b: Mapping[str, float]
    conditions: Mapping[str, str] = field(default_factory=dict)

    def improvement(self, metric: ComparedMetric) -> float | None:
        """Return by how much B is better than A; None where one of them was not measured."""
        if metric.name in self.a and metric.name in self.b:
            return metric.improvement(self.a[metric.name], self.b[metric.name])
        return None


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """One metric.

    Attributes:
        metric: Which.
        mean_a: Over the pairs of which both were measured.
        mean_b: Over the same.
        difference: By how much B is better; None where no pair has both.
        p_value: Corrected for all metrics that decide; None where it was not tested.
        verdict: What to make of it.
        reason: Why, in words.
        only_a: Pairs of which A alone was measured.
        only_b: Pairs of which B alone was.
    """

    metric: ComparedMetric
    mean_a: float | None
    mean_b: float | None
    difference: PairedDifference | None
    p_value: float | None
    verdict: Verdict
    reason: str
    only_a: int
    only_b: int


@dataclass(frozen=True, slots=True)
class DimensionComparison:
    """One dimension, by its metrics that decide."""

    dimension: Dimension
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All metrics and dimensions.

    Attributes:
        pairs: How many translations were compared.
        recordings: Of how many recordings.
        metrics: In the table's order.
        dimensions: In the table's order.
    """

    pairs: int
    recordings: int
    metrics: tuple[MetricComparison, ...]
    dimensions: tuple[DimensionComparison, ...]

    def of(self, name: str) -> MetricComparison:
        """Return a metric's comparison by its name."""
        return next(each for each in self.metrics if each.metric.name == name)

    def in_dimension(self, dimension: Dimension) -> DimensionComparison:
        """Return a dimension's verdict."""
        return next(each for each in self.dimensions if each.dimension == dimension)

    def dimensions_with(self, *verdicts: Verdict) -> tuple[str, ...]:
        """Return the titles of the dimensions with one of some verdicts."""
        return tuple(DIMENSIONS[each.dimension] for each in self.dimensions if each.verdict in verdicts)

    def in_words(self) -> tuple[str, ...]:
        """Return a sentence a dimension, without those that nobody measured."""
        return tuple(
            f"{DIMENSIONS[each.dimension]}: {VERDICTS[each.verdict]} ({each.reason})"
            for each in self.dimensions
            if each.verdict != "not_measured"
        )


def compare(pairs: Sequence[Pair], metrics: Sequence[ComparedMetric] = METRICS) -> Comparison:
    """Compare two versions over translations that both of them made.

    Verdicts are right at a rate of `ERROR` for all metrics that decide together, whatever goes with what.

    Args:
        pairs: The translations; at least one.
        metrics: By which.
    """
    found = [_measured(metric, pairs) for metric in metrics]
    adjusted = holm(
        {
            each.metric.name: each.difference.p_value
            for each in found
            if each.verdict == "cannot_tell" and each.difference is not None and _enough(each.difference)
        }
    )
    judged = tuple(_judged(each, adjusted) for each in found)
    return Comparison(
        pairs=len(pairs),
        recordings=len({pair.recording for pair in pairs}),
        metrics=judged,
        dimensions=tuple(
            _dimension(dimension, [each for each in judged if each.metric.dimension == dimension])
            for dimension in DIMENSIONS
            if any(metric.dimension == dimension for metric in metrics)
        ),
    )


def _enough(difference: PairedDifference) -> bool:
    return difference.recordings >= FEWEST_RECORDINGS


def _measured(metric: ComparedMetric, pairs: Sequence[Pair]) -> MetricComparison:
    """Return what was measured; everything that has to be judged by its p-value is `cannot_tell` as yet."""
    both = [pair for pair in pairs if pair.improvement(metric) is not None]
    only_a = sum(metric.name in pair.a for pair in pairs) - len(both)
    only_b = sum(metric.name in pair.b for pair in pairs) - len(both)
    if not both:
        alone = {(True, True): "both, of different clips", (True, False): "A", (False, True): "B"}
        of_whom = alone.get((only_a > 0, only_b > 0))
        return MetricComparison(
            metric=metric,
            mean_a=None,
            mean_b=None,
            difference=None,
            p_value=None,
            verdict="not_measured",
            reason="measured of neither" if of_whom is None else f"measured of {of_whom} only",
            only_a=only_a,
            only_b=only_b,
        )
    difference = paired_difference(
        [pair.improvement(metric) or 0.0 for pair in both], [pair.recording for pair in both], metric.noise
    )
    verdict: Verdict = "cannot_tell" if metric.decides else "not_judged"
    reason = "decides nothing"
    if difference.method == "identical":
        verdict, reason = "unchanged", f"the same in all of {len(both)}"
    return MetricComparison(
        metric=metric,
        mean_a=fmean(pair.a[metric.name] for pair in both),
        mean_b=fmean(pair.b[metric.name] for pair in both),
        difference=difference,
        p_value=None,
        verdict=verdict,
        reason=reason,
        only_a=only_a,
        only_b=only_b,
    )


def _judged(found: MetricComparison, adjusted: Mapping[str, float]) -> MetricComparison:
    if found.verdict != "cannot_tell" or found.difference is None:
        return found
    if not _enough(found.difference):
        reason = (
            f"recordings: {found.difference.recordings}; nothing is told from fewer than {FEWEST_RECORDINGS}"
        )
        return replace(found, reason=reason)
    p_value = adjusted[found.metric.name]
    if p_value < ERROR:
        verdict: Verdict = "better" if found.difference.mean > 0 else "worse"
        return replace(found, p_value=p_value, verdict=verdict, reason=_in_words(p_value))
    return replace(found, p_value=p_value, reason=f"could be chance, {_in_words(p_value)}")


def _in_words(p_value: float) -> str:
    return f"p = {p_value:.2g}" if p_value >= SMALLEST_P else f"p < {SMALLEST_P:g}"


def _dimension(dimension: Dimension, metrics: Sequence[MetricComparison]) -> DimensionComparison:
    deciding = [each for each in metrics if each.metric.decides] or list(metrics)
    verdicts = {each.verdict for each in deciding}
    verdict: Verdict
    if {"better", "worse"} <= verdicts:
        verdict, named = "mixed", {"better", "worse"}
    else:
        order: tuple[Verdict, ...] = (
            "worse",
            "better",
            "cannot_tell",
            "not_judged",
            "unchanged",
            "not_measured",
        )
        verdict = next(each for each in order if each in verdicts)
        named = {verdict}
    titles: dict[str, list[str]] = {}
    for each in deciding:
        if each.verdict in named:
            titles.setdefault(each.reason, []).append(each.metric.title)
    reasons = (f"{', '.join(those)}: {reason}" for reason, those in titles.items())
    return DimensionComparison(dimension, verdict, "; ".join(reasons))
