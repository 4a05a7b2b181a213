"""Makes scores of different panels comparable by clips that all of them rated.

Licht et al. 2022, "Consistent Human Evaluation of Machine Translation across Language Pairs"
(arXiv 2205.08533): every rater scores a calibration set whose consensus is known; where a panel scores it
lower or higher than that, so do its scores of everything else, and the difference is taken out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline_ops.ratings.table import HIGHEST, LOWEST, Z_95, Interval


@dataclass(frozen=True, slots=True)
class CalibrationShift:
    """How a panel scores what all panels scored.

    Attributes:
        panel: A group of raters, such as those of one language.
        shift: What its scores are to be raised by, in points, with the 95 % interval.
        clips: Over how many calibration clips.
        raters: Of how many raters.
    """

    panel: str
    shift: Interval
    clips: int
    raters: int


def calibration_shifts(
    scores: Sequence[tuple[str, str, str, float]], consensus: Mapping[str, float] | None = None
) -> dict[str, CalibrationShift]:
    """Return each panel's shift.

    Args:
        scores: (panel, rater, calibration clip, score).
        consensus: What each calibration clip is worth; the mean of the panels' means where it is not given.
    """
    means: dict[str, dict[str, float]] = {}
    for panel in {panel for panel, _, _, _ in scores}:
        of_panel = [(clip, score) for owner, _, clip, score in scores if owner == panel]
        means[panel] = {
            clip: float(np.mean([score for name, score in of_panel if name == clip]))
            for clip in {clip for clip, _ in of_panel}
        }
    clips = {clip for of_panel in means.values() for clip in of_panel}
    worth = consensus or {
        clip: float(np.mean([of_panel[clip] for of_panel in means.values() if clip in of_panel]))
        for clip in clips
    }
    return {
        panel: _shift(panel, [entry for entry in scores if entry[0] == panel and entry[2] in worth], worth)
        for panel in sorted(means)
        if any(clip in worth for clip in means[panel])
    }


def calibrated(score: Interval, shift: CalibrationShift) -> Interval:
    """Return a panel's score on the common scale; both doubts add as independent ones do."""
    half_width = float(np.hypot(score.half_width, shift.shift.half_width))
    estimate = score.estimate + shift.shift.estimate
    return Interval(estimate, estimate - half_width, estimate + half_width).within(LOWEST, HIGHEST)


def _shift(
    panel: str, scores: Sequence[tuple[str, str, str, float]], worth: Mapping[str, float]
) -> CalibrationShift:
    """Raters are the sample here: each has one deviation, the mean over the calibration set."""
    by_rater: dict[str, list[float]] = {}
    for _, rater, clip, score in scores:
        by_rater.setdefault(rater, []).append(worth[clip] - score)
    deviations = np.array([np.mean(values) for values in by_rater.values()])
    if len(deviations) > 1:
        from scipy.stats import t

        error = float(deviations.std(ddof=1) / np.sqrt(len(deviations)))
        interval = Interval.of(deviations.mean(), error, float(t.ppf(0.975, len(deviations) - 1)))
    else:  # one person's leaning cannot be told from their noise: a whole point either way
        interval = Interval.of(deviations.mean(), 1.0 / Z_95)
    return CalibrationShift(panel, interval, len({clip for _, _, clip, _ in scores}), len(by_rater))
