"""Is a change the same for everybody? By language, by speaker, by condition, each slice against the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from pipeline_ops.comparison.compare import ERROR, Pair
from pipeline_ops.comparison.metrics import METRICS, ComparedMetric
from pipeline_ops.comparison.paired import PairedDifference, difference_of_means, holm, paired_difference

SMALLEST_SLICE = 5
"""Recordings that a slice, and the rest, must have: the mean of fewer is that of their speakers, and a
verdict on a group of people by four of them would be one on these four."""

LANGUAGE = "language"

SliceVerdict = Literal["better_than_rest", "worse_than_rest", "cannot_tell", "too_small"]

SLICE_VERDICTS: Mapping[SliceVerdict, str] = {
    "better_than_rest": "gains more than the rest",
    "worse_than_rest": "loses more than the rest",
    "cannot_tell": "cannot tell",
    "too_small": "too small",
}


@dataclass(frozen=True, slots=True)
class SliceMetric:
    """One metric within a slice.

    Attributes:
        metric: Which.
        mean_a: A's, within the slice.
        mean_b: B's.
        difference: By how much B is better than A within the slice.
        against_rest: By how much that is more than in the rest; None where one of them is too small.
        p_value: Of that, corrected for all slices and metrics.
        verdict: Whether the change is another one here than in the rest.
    """

    metric: ComparedMetric
    mean_a: float
    mean_b: float
    difference: PairedDifference
    against_rest: float | None
    p_value: float | None
    verdict: SliceVerdict


@dataclass(frozen=True, slots=True)
class Slice:
    """The pairs that share something.

    Attributes:
        condition: `language`, `speaker`, `noise`, ...
        value: What they share.
        pairs: How many.
        recordings: Of how many recordings.
        rest: Recordings of which the condition is known and other.
        metrics: Those that decide and were measured here.
    """

    condition: str
    value: str
    pairs: int
    recordings: int
    rest: int
    metrics: tuple[SliceMetric, ...]

    @property
    def too_small(self) -> bool:
        """Whether nothing is said of it."""
        return min(self.recordings, self.rest) < SMALLEST_SLICE

    @property
    def differs(self) -> bool:
        """Whether any metric changed otherwise here than in the rest."""
        return any(each.verdict in ("better_than_rest", "worse_than_rest") for each in self.metrics)


def slices_of(pairs: Sequence[Pair], metrics: Sequence[ComparedMetric] = METRICS) -> tuple[Slice, ...]:
    """Return all slices by language and condition; a condition that has one value only makes none.

    The recordings of a slice are held against all others of which the condition is known. Where a recording
    is in both, as with languages, the two go together and the p-value is too large rather than too small.
    """
    deciding = [metric for metric in metrics if metric.decides]
    cut = [
        (condition, value, inside, outside)
        for condition, values in _conditions(pairs).items()
        for value, inside, outside in _sides(condition, values, pairs)
    ]
    tests: dict[str, tuple[float, float]] = {}
    for condition, value, inside, outside in cut:
        for metric in deciding:
            found = _against_rest(inside, outside, metric)
            if found is not None:
                tests[f"{condition}\n{value}\n{metric.name}"] = found
    adjusted = holm({name: p_value for name, (_, p_value) in tests.items() if p_value < 1})
    return tuple(
        Slice(
            condition,
            value,
            len(inside),
            len({pair.recording for pair in inside}),
            len({pair.recording for pair in outside}),
            tuple(
                _metric(metric, inside, tests.get(name), adjusted.get(name, 1.0))
                for metric in deciding
                if any(pair.improvement(metric) is not None for pair in inside)
                for name in [f"{condition}\n{value}\n{metric.name}"]
            ),
        )
        for condition, value, inside, outside in cut
    )


def _conditions(pairs: Sequence[Pair]) -> dict[str, list[str]]:
    """Return each condition with its values, where there are two at least."""
    values: dict[str, dict[str, None]] = {}
    for pair in pairs:
        for condition, value in _of(pair).items():
            values.setdefault(condition, {})[value] = None
    return {condition: sorted(found) for condition, found in values.items() if len(found) > 1}


def _of(pair: Pair) -> dict[str, str]:
    return {LANGUAGE: pair.language, **pair.conditions}


def _sides(
    condition: str, values: Sequence[str], pairs: Sequence[Pair]
) -> Iterator[tuple[str, list[Pair], list[Pair]]]:
    known = [pair for pair in pairs if condition in _of(pair)]
    for value in values:
        inside = [pair for pair in known if _of(pair)[condition] == value]
        yield value, inside, [pair for pair in known if _of(pair)[condition] != value]


def _against_rest(
    inside: Sequence[Pair], outside: Sequence[Pair], metric: ComparedMetric
) -> tuple[float, float] | None:
    """Return by how much the change inside is above that outside, with its p-value; None if too small."""
    sides = [list(_by_recording(side, metric).values()) for side in (inside, outside)]
    if min(map(len, sides)) < SMALLEST_SLICE:
        return None
    if not any(any(side) for side in sides):
        return 0.0, 1.0
    return difference_of_means(sides[0], sides[1], metric.noise)


def _by_recording(pairs: Sequence[Pair], metric: ComparedMetric) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for pair in pairs:
        improvement = pair.improvement(metric)
        if improvement is not None:
            found.setdefault(pair.recording, []).append(improvement)
    return {recording: fmean(values) for recording, values in found.items()}


def _metric(
    metric: ComparedMetric,
    inside: Sequence[Pair],
    test: tuple[float, float] | None,
    p_value: float,
) -> SliceMetric:
    both = [pair for pair in inside if pair.improvement(metric) is not None]
    verdict: SliceVerdict = "too_small"
    if test is not None:
        verdict = "cannot_tell"
        if p_value < ERROR:
            verdict = "better_than_rest" if test[0] > 0 else "worse_than_rest"
    return SliceMetric(
        metric,
        fmean(pair.a[metric.name] for pair in both),
        fmean(pair.b[metric.name] for pair in both),
        paired_difference(
            [pair.improvement(metric) or 0.0 for pair in both],
            [pair.recording for pair in both],
            metric.noise,
        ),
        test[0] if test else None,
        p_value if test else None,
        verdict,
    )
