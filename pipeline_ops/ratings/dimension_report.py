"""One dimension of a campaign of scores: systems and clips with intervals, differences, power."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pipeline_ops.ratings import power
from pipeline_ops.ratings.agreement import alpha_interval
from pipeline_ops.ratings.calibration import CalibrationShift, calibrated
from pipeline_ops.ratings.rater_model import RaterModelFit
from pipeline_ops.ratings.report_types import ClipScore, DimensionReport, SystemDifference, SystemScore
from pipeline_ops.ratings.resampling import interval_for_others, system_errors
from pipeline_ops.ratings.table import HIGHEST, LOWEST, Interval, RatingTable

WORTH_TELLING = 0.25
"""A difference of a quarter of a point is about the least that matters; power is told for it."""

Weight = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Contrast:
    """A mean of one system, or a difference of two over the contents that both have."""

    systems: tuple[str, ...]
    weight: Weight
    contents: int


def report_dimension(
    dimension: str,
    table: RatingTable,
    fit: RaterModelFit,
    *,
    shift: CalibrationShift | None = None,
    not_judged: int = 0,
    seed: int = 0,
) -> DimensionReport:
    """Return what one dimension's scores say.

    Args:
        dimension: Its name.
        table: Scores of clips, each named by content and system with a line feed between.
        fit: The rater model of the same table.
        shift: How this panel scores clips of known worth.
        not_judged: Answers that said it could not be judged.
        seed: Of bootstraps.
    """
    names = [tuple(item.split("\n")) for item in table.items]
    means, differences = _contrasts([content for content, _ in names], [system for _, system in names])
    contrasts = [*means, *differences]
    errors = system_errors(
        table,
        {item: item.split("\n")[0] for item in table.items},
        [each.weight for each in contrasts],
        fit,
        seed=seed,
    )
    # Drawn by lot, an error for other clips may come out below the one for these very clips: it cannot be.
    known = [np.sqrt(each.weight @ fit.score_covariance @ each.weight) for each in contrasts]
    wider = [max(float(error), float(least)) for error, least in zip(errors, known, strict=True)]
    count = np.bincount(table.item, minlength=len(table.items))
    per_clip = len(table) / len(table.items)
    raters = len(table.raters)
    systems = [
        _system(each, error, table, fit, shift)
        for each, error in zip(means, wider[: len(means)], strict=True)
    ]
    return DimensionReport(
        dimension=dimension,
        systems=tuple(sorted(systems, key=lambda each: -each.these.estimate)),
        differences=tuple(
            _difference(each, error, fit, per_clip, raters)
            for each, error in zip(differences, wider[len(means) :], strict=True)
        ),
        clips=tuple(
            ClipScore(content, system, fit.score_interval(index), int(count[index]))
            for index, (content, system) in enumerate(names)
        ),
        agreement=alpha_interval(table, seed=seed),
        rating_deviation=float(np.sqrt(fit.rating_variance())),
        ratings_per_clip=per_clip,
        ratings_for_quarter_point=power.ratings_for_clip(WORTH_TELLING, power.Spread(fit.rating_variance())),
        not_judged=not_judged,
    )


def _contrasts(contents: Sequence[str], systems: Sequence[str]) -> tuple[list[_Contrast], list[_Contrast]]:
    """Return each system's mean, and the differences of each two that share contents."""
    index: Mapping[tuple[str, str], int] = {
        pair: number for number, pair in enumerate(zip(contents, systems, strict=True))
    }
    means, differences = [], []
    for name in sorted(set(systems)):
        member = np.array([system == name for system in systems], np.float64)
        means.append(_Contrast((name,), member / member.sum(), int(member.sum())))
    for first, second in combinations(sorted(set(systems)), 2):
        shared = [each for each in set(contents) if (each, first) in index and (each, second) in index]
        weight = np.zeros(len(contents))
        for content in shared:
            weight[index[content, first]] = 1.0 / len(shared)
            weight[index[content, second]] = -1.0 / len(shared)
        if shared:
            differences.append(_Contrast((first, second), weight, len(shared)))
    return means, differences


def _system(
    contrast: _Contrast, error: float, table: RatingTable, fit: RaterModelFit, shift: CalibrationShift | None
) -> SystemScore:
    these = fit.mean_interval(contrast.weight).within(LOWEST, HIGHEST)
    others = interval_for_others(
        float(contrast.weight @ fit.score), error, contents=contrast.contents, raters=len(table.raters)
    ).within(LOWEST, HIGHEST)
    mine = contrast.weight[table.item] > 0
    return SystemScore(
        system=contrast.systems[0],
        clips=contrast.contents,
        ratings=int(mine.sum()),
        these=calibrated(these, shift) if shift else these,
        others=calibrated(others, shift) if shift else others,
        plain_mean=float(table.score[mine].mean()),
    )


def _difference(
    contrast: _Contrast, error: float, fit: RaterModelFit, ratings_per_clip: float, raters: int
) -> SystemDifference:
    first, second = contrast.systems
    these: Interval = fit.mean_interval(contrast.weight)
    spread = power.Spread(fit.rating_variance(), _clip_variance(contrast, fit))
    return SystemDifference(
        first=first,
        second=second,
        contents=contrast.contents,
        these=these,
        others=interval_for_others(these.estimate, error, contents=contrast.contents, raters=raters),
        ratings_needed=power.ratings_for_difference(WORTH_TELLING, spread, clips=contrast.contents),
        contents_needed=power.clips_for_difference(WORTH_TELLING, spread, ratings_per_clip=ratings_per_clip),
    )


def _clip_variance(contrast: _Contrast, fit: RaterModelFit) -> float:
    """Return how much true differences vary by content: what is seen, less the doubt about it."""
    upper, lower = np.flatnonzero(contrast.weight > 0), np.flatnonzero(contrast.weight < 0)
    content = [item.split("\n")[0] for item in fit.items]
    lower = np.array(sorted(lower, key=lambda index: content[index]))
    upper = np.array(sorted(upper, key=lambda index: content[index]))
    if len(upper) < 2:  # noqa: PLR2004
        return 0.0
    differences = fit.score[upper] - fit.score[lower]
    variance = np.diag(fit.score_covariance)
    doubt = variance[upper] + variance[lower] - 2 * fit.score_covariance[upper, lower]
    return max(float(np.var(differences, ddof=1)) - float(np.mean(doubt)), 0.0)
