"""Do automatic metrics agree with people? Rank correlations with intervals, metric by metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.table import Interval

FEWEST_ITEMS = 8
"""Below this a rank correlation is noise: with 8 items its 95 % interval around 0 still spans -0.7 to 0.7."""

RESAMPLES = 2000

TRUSTWORTHY = 0.4
"""A metric whose lower limit lies above this may stand in for people between campaigns: metrics of speech and
translation that the field relies on reach about that much clip by clip."""

Agreement = Literal["trust", "agrees", "cannot_tell", "contradicts"]


@dataclass(frozen=True, slots=True)
class MetricAgreement:
    """How one metric goes with one dimension of people's ratings.

    Attributes:
        metric: Its name.
        dimension: What people judged.
        items: Over how many items both are known.
        spearman: Correlation of ranks, turned so that positive means agreement, with its 95 % interval.
        kendall: Tau-b, turned alike, with its 95 % interval.
        verdict: What to make of it.
    """

    metric: str
    dimension: str
    items: int
    spearman: Interval
    kendall: Interval
    verdict: Agreement


@dataclass(frozen=True, slots=True)
class MeasuredItem:
    """One item with people's score and what machines say of it.

    Attributes:
        content: The content that it shows; items of one content are drawn together.
        score: People's.
        metrics: Name -> number.
    """

    content: str
    score: float
    metrics: Mapping[str, float]


def agreement_of(
    items: Sequence[MeasuredItem], metric: str, dimension: str, *, higher_is_better: bool, seed: int = 0
) -> MetricAgreement | None:
    """Correlate one metric with people's scores, None where too few items have both.

    Intervals are percentiles of a bootstrap over contents.
    """
    known = [item for item in items if metric in item.metrics]
    if len(known) < FEWEST_ITEMS:
        return None
    sign = 1.0 if higher_is_better else -1.0
    score = np.array([item.score for item in known])
    value = sign * np.array([item.metrics[metric] for item in known])
    contents = sorted({item.content for item in known})
    members = [np.flatnonzero([item.content == name for item in known]) for name in contents]
    generator = np.random.default_rng(seed)
    draws = np.array(
        [
            _correlations(score[chosen], value[chosen])
            for chosen in (
                np.concatenate([members[each] for each in generator.integers(0, len(members), len(members))])
                for _ in range(RESAMPLES)
            )
        ]
    )
    estimates = _correlations(score, value)
    spearman, kendall = (
        _percentiles(estimate, draws[:, column]) for column, estimate in enumerate(estimates)
    )
    return MetricAgreement(metric, dimension, len(known), spearman, kendall, _verdict(spearman))


def _correlations(score: NDArray[np.float64], value: NDArray[np.float64]) -> tuple[float, float]:
    """Return Spearman's rho and Kendall's tau-b; not a number where one side is constant."""
    if np.ptp(score) == 0 or np.ptp(value) == 0:
        return float("nan"), float("nan")
    from scipy.stats import rankdata

    spearman = np.corrcoef(rankdata(score), rankdata(value))[0, 1]
    above = np.triu_indices(len(score), 1)
    score_sign = np.sign(score[:, None] - score[None, :])[above]
    value_sign = np.sign(value[:, None] - value[None, :])[above]
    kendall = score_sign @ value_sign / np.sqrt((score_sign @ score_sign) * (value_sign @ value_sign))
    return float(spearman), float(kendall)


def _percentiles(estimate: float, draws: NDArray[np.float64]) -> Interval:
    finite = draws[np.isfinite(draws)]
    if not np.isfinite(estimate) or len(finite) < RESAMPLES // 2:
        return Interval(float(estimate), -1.0, 1.0)
    low, high = np.quantile(finite, (0.025, 0.975))
    return Interval(float(estimate), float(low), float(high))


def _verdict(spearman: Interval) -> Agreement:
    if spearman.low > TRUSTWORTHY:
        return "trust"
    if spearman.low > 0:
        return "agrees"
    return "contradicts" if spearman.high < 0 else "cannot_tell"
