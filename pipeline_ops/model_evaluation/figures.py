"""What of a report can be compared: the figures of each language, by the names of the compared metrics."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pipeline_ops.catalog.metrics import metrics_of
from pipeline_ops.comparison.compare import Pair
from pipeline_ops.comparison.metrics import FINISHED, METRIC
from pipeline_ops.model_evaluation.running import SIDES, Evaluated, Side
from pipeline_ops.report import LanguageReport, Report


def figures_of(language: LanguageReport) -> dict[str, float]:
    """Return every figure of one translation that two versions can be compared by.

    A translation that the last gate held back was measured, too.
    """
    figures = {FINISHED.name: float(language.status == "done"), **metrics_of(language)}
    if language.metrics is not None:
        for name, value in dataclasses.asdict(language.metrics).items():
            if name in METRIC and value is not None:
                figures[name] = float(value)
    return figures


def pairs_of(evaluated: Sequence[Evaluated], languages: Sequence[str]) -> tuple[Pair, ...]:
    """Return the pairs of translations that there are to compare, clip by clip and language by language."""
    by_place = {(each.clip.name, each.side): each for each in evaluated}
    clips = {each.clip.name: each.clip for each in evaluated}
    return tuple(
        Pair(
            clip=clip.name,
            recording=clip.recording,
            language=language,
            a=figures_of(language_of(by_place[clip.name, "a"].report, language)),
            b=figures_of(language_of(by_place[clip.name, "b"].report, language)),
            conditions=clip.conditions,
        )
        for clip in clips.values()
        for language in languages
    )


def language_of(report: Report | None, language: str) -> LanguageReport:
    """Return what a run came to in a language; one that came to no end failed."""
    if report is None:
        return LanguageReport(language, "failed", error="Its run came to no end.")
    return next(each for each in report.languages if each.language == language)


def reports_of(evaluated: Sequence[Evaluated]) -> dict[Side, list[Report]]:
    """Return the reports of each side."""
    return {
        side: [each.report for each in evaluated if each.side == side and each.report is not None]
        for side in SIDES
    }
