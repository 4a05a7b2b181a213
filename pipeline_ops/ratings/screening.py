"""Which raters are left out, and by which rule: every rule is stated here, with its limit and its reason.

The rater model already gives a noisy rater little weight, so little needs to be rejected. What is rejected is
somebody who did not do the task: who misses what attention items plainly ask, calls the untouched original
bad, answers before a clip can have ended, gives everything the same score, or scores without any relation to
others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings.table import Z_95, RatingTable, mean_by

ATTENTION_MISSED = 0.25
"""More than this share of attention items: a person slips once, who guesses among five misses most."""

REFERENCE_LOW = 0.15
"""More than this share of hidden references rated below 4: the rule of ITU-R BS.1534-3 (MUSHRA), which
rejects who puts the hidden reference below 90 of 100 more often than that."""

RUSHED = 0.25
"""More than this share of answers given before the clip can have ended."""

SAME_SCORE = 0.95
"""More than this share of one and the same score, in all dimensions together."""

FEWEST_FOR_SHARES = 10
"""Answers below which nothing is said of rushing, equal scores and correlation."""

FEWEST_CHECKS = 2
"""Missed attention items or low references that it takes at least: one may be a slip of the finger."""

UNRELATED = 0.6
"""Rejected where even the upper 95 % limit of the correlation with the others' mean lies below this. ITU-T
P.913 discards below 0.75; with few clips a correlation is unsure, so only clear cases go. Where the median of
all raters lies below it, clips are too alike for correlations to say anything, and nobody goes."""


@dataclass(frozen=True, slots=True)
class RaterEvidence:
    """What is known of how somebody rated.

    Attributes:
        rater: Who.
        answers: How many clips they answered, without checks.
        scores: How often they gave which score.
        attention_seen: Attention items that they answered.
        attention_missed: Those answered otherwise than was asked for.
        references_seen: Hidden references that they answered.
        references_low: Those that they rated below 4.
        rushed: Answers given before the clip can have ended.
        headphones: Whether the check was passed; None where none was asked for.
    """

    rater: str
    answers: int = 0
    scores: Mapping[float, int] = field(default_factory=dict)
    attention_seen: int = 0
    attention_missed: int = 0
    references_seen: int = 0
    references_low: int = 0
    rushed: int = 0
    headphones: bool | None = None


@dataclass(frozen=True, slots=True)
class RaterVerdict:
    """Whether a rater counts.

    Attributes:
        rater: Who.
        reasons: Why not, in sentences; empty for one who counts.
    """

    rater: str
    reasons: tuple[str, ...]

    @property
    def rejected(self) -> bool:
        """Whether the rater's scores are left out."""
        return bool(self.reasons)


def screen(evidence: RaterEvidence, correlation: tuple[float, int] | None = None) -> RaterVerdict:
    """Hold one rater against the rules.

    Args:
        evidence: How they rated.
        correlation: With the mean of the others, and over how many items (`correlations_with_others`).
    """
    reasons = []
    if evidence.headphones is False:
        reasons.append("did not pass the headphones check")
    reasons += _share_reason(
        evidence.attention_missed,
        evidence.attention_seen,
        ATTENTION_MISSED,
        "missed {} of {} attention items",
    )
    reasons += _share_reason(
        evidence.references_low, evidence.references_seen, REFERENCE_LOW, "rated {} of {} originals below 4"
    )
    if evidence.answers >= FEWEST_FOR_SHARES:
        if evidence.rushed / evidence.answers > RUSHED:
            reasons.append(f"answered {evidence.rushed} of {evidence.answers} clips before they had ended")
        total, most = sum(evidence.scores.values()), max(evidence.scores.values(), default=0)
        if total and most / total > SAME_SCORE:
            reasons.append(f"gave the same score {most} of {total} times")
    if correlation is not None and _upper_limit(*correlation) < UNRELATED:
        reasons.append(f"scores have no relation to those of others (r = {correlation[0]:.2f})")
    return RaterVerdict(evidence.rater, tuple(reasons))


def correlations_with_others(table: RatingTable) -> dict[str, tuple[float, int]]:
    """Return each rater's correlation with the mean of the others, and over how many items.

    Raters with fewer than ten items, or with one score for all, are left out; so are all where people in
    general do not agree (`UNRELATED`).
    """
    found = {}
    count = np.bincount(table.item, minlength=len(table.items))
    total = np.bincount(table.item, table.score, len(table.items))
    for index, name in enumerate(table.raters):
        mine = table.rater == index
        item, score = table.item[mine], table.score[mine]
        shared = count[item] > 1
        item, score = item[shared], score[shared]
        others = (total[item] - score) / np.maximum(count[item] - 1, 1)
        if len(item) >= FEWEST_FOR_SHARES and np.ptp(score) > 0 and np.ptp(others) > 0:
            found[name] = float(np.corrcoef(score, others)[0, 1]), len(item)
    agree = bool(found) and float(np.median([value for value, _ in found.values()])) >= UNRELATED
    return found if agree else {}


def bt500_outliers(table: RatingTable) -> tuple[str, ...]:
    """Return the raters whom ITU-R BT.500 (screening of observers) rejects; all count where all would go.

    A score counts as far off beyond 2 standard deviations of its item where the kurtosis lies in 2 to 4, and
    beyond the square root of 20 elsewhere; a rater goes with more than 5 % far off on both sides alike.
    """
    items, raters = len(table.items), len(table.raters)
    mean = mean_by(table.item, table.score, items)
    offset = table.score - mean[table.item]
    deviation = np.sqrt(mean_by(table.item, offset**2, items))
    with np.errstate(invalid="ignore", divide="ignore"):
        kurtosis = mean_by(table.item, offset**4, items) / deviation**4
    limit = np.where((kurtosis >= 2) & (kurtosis <= 4), 2.0, np.sqrt(20.0)) * deviation  # noqa: PLR2004
    above = _count(table.rater, offset >= limit[table.item], raters)
    below = _count(table.rater, offset <= -limit[table.item], raters)
    far = above + below
    rated = np.bincount(table.rater, minlength=raters)
    one_sided = np.abs(above - below) / np.maximum(far, 1)
    rejected = (far / rated > 0.05) & (one_sided < 0.3)  # noqa: PLR2004
    if rejected.all():
        return ()
    return tuple(name for name, out in zip(table.raters, rejected, strict=True) if out)


def p913_scores(table: RatingTable) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the scores of ITU-T P.913 12.4 and who was rejected: bias removed, outliers screened, means.

    Scores are of `table.items`, shape (items,), not a number for an item of which nobody is left.
    """
    bias = mean_by(table.rater, table.score - table.mean_of_items()[table.item], len(table.raters))
    unbiased = RatingTable(
        table.items, table.raters, table.item, table.rater, table.score - bias[table.rater]
    )
    rejected = bt500_outliers(unbiased)
    kept = ~np.isin(table.rater, [table.raters.index(name) for name in rejected])
    return mean_by(table.item[kept], unbiased.score[kept], len(table.items)), rejected


def _count(index: NDArray[np.intp], flag: NDArray[np.bool_], length: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(index, flag.astype(np.float64), length), np.float64)


def _share_reason(bad: int, seen: int, limit: float, sentence: str) -> list[str]:
    return [sentence.format(bad, seen)] if bad >= FEWEST_CHECKS and bad / seen > limit else []


def _upper_limit(correlation: float, items: int) -> float:
    """Return the upper 95 % limit of a correlation (Fisher's z)."""
    return float(np.tanh(np.arctanh(min(max(correlation, -0.9999), 0.9999)) + Z_95 / np.sqrt(items - 3)))
