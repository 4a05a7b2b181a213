"""What an experiment says so far: whether units went where they should, and each arm against the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline_ops.experiments.outcomes import Joined, Outcome, OutcomeMetric
from pipeline_ops.experiments.sequences import bounded_mean_sequence, difference_sequence

MISMATCH = 0.0005
"""Below this p-value the shares are not as planned, and no figure of the experiment can be trusted. So small
since the check is looked at daily, and since real mismatches are gross (Fabijan et al. 2019, "Diagnosing
sample ratio mismatch in online controlled experiments")."""

FEWEST_EXPECTED = 5
"""Units that each arm should have before chi-square's approximation is worth anything (Cochran 1954)."""

Verdict = Literal["better", "worse", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether arms got the shares that were planned.

    Attributes:
        counted: Arm -> units.
        expected: Arm -> how many there should be.
        p_value: Of chi-square; None while there are too few units.
    """

    counted: dict[str, int]
    expected: dict[str, float]
    p_value: float | None

    @property
    def mismatch(self) -> bool:
        """Whether something sends units to the wrong arm, or loses those of one."""
        return self.p_value is not None and self.p_value < MISMATCH


@dataclass(frozen=True, slots=True)
class ArmMean:
    """One arm's mean; the limits hold at all times at once, None where the metric has no bound."""

    arm: str
    units: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ArmDifference:
    """One arm against the control; limits are infinite while there are too few units.

    Attributes:
        arm: Which.
        control: Against which.
        difference: Of means, arm minus control.
        low: Lower limit, at all times at once.
        high: Upper limit.
        verdict: By the metric's direction.
    """

    arm: str
    control: str
    difference: float
    low: float
    high: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """All that is known so far.

    Attributes:
        metric: Which outcome.
        ratio: The sample-ratio check; where it shows a mismatch, every verdict is `cannot_tell`.
        arms: Each arm's mean.
        differences: Each arm against the first one.
        waiting: Units whose time is not over.
        crossed: Units that met several arms.
    """

    metric: str
    ratio: SampleRatio
    arms: tuple[ArmMean, ...]
    differences: tuple[ArmDifference, ...]
    waiting: int
    crossed: int


def check_sample_ratio(counted: Mapping[str, int], weights: Mapping[str, float]) -> SampleRatio:
    """Hold the units that arms got against their weights (chi-square).

    Args:
        counted: Arm -> units; an arm without any may be left out.
        weights: Arm -> planned share, of every arm.
    """
    total, whole = sum(counted.values()), sum(weights.values())
    expected = {arm: total * weight / whole for arm, weight in weights.items()}
    seen = {arm: counted.get(arm, 0) for arm in weights}
    if len(weights) < 2 or min(expected.values()) < FEWEST_EXPECTED:  # noqa: PLR2004
        return SampleRatio(seen, expected, None)
    from scipy.stats import chi2

    statistic = sum((seen[arm] - expected[arm]) ** 2 / expected[arm] for arm in weights)
    return SampleRatio(seen, expected, float(chi2.sf(statistic, len(weights) - 1)))


def analyse(joined: Joined, weights: Mapping[str, float], metric: OutcomeMetric) -> ExperimentReport:
    """Return what the outcomes say; may be asked at any time and as often as one likes.

    Args:
        joined: One number a unit.
        weights: Arm -> planned share; the first arm is the control.
        metric: What the numbers are.
    """
    outcomes = [outcome for outcome in joined.outcomes if outcome.arm in weights]
    counted = {arm: sum(outcome.arm == arm for outcome in outcomes) for arm in weights}
    ratio = check_sample_ratio(counted, weights)
    control, *others = weights
    # Several arms share the 5 %: the more there are, the likelier one seems different by chance.
    error = 0.05 / max(len(others), 1)
    differences = tuple(
        _difference(outcomes, arm, control, weights, metric, error=error, trusted=not ratio.mismatch)
        for arm in others
    )
    arms = tuple(_arm_mean(arm, outcomes, metric) for arm in weights)
    return ExperimentReport(metric.name, ratio, arms, differences, joined.waiting, joined.crossed)


def _arm_mean(arm: str, outcomes: Sequence[Outcome], metric: OutcomeMetric) -> ArmMean:
    values = np.array([outcome.value for outcome in outcomes if outcome.arm == arm], np.float64)
    if len(values) == 0:
        return ArmMean(arm, 0, float("nan"), None, None)
    if metric.highest is None:
        return ArmMean(arm, len(values), float(values.mean()), None, None)
    _, low, high = bounded_mean_sequence(values, highest=metric.highest)
    return ArmMean(arm, len(values), float(values.mean()), float(low[-1]), float(high[-1]))


def _difference(
    outcomes: Sequence[Outcome],
    arm: str,
    control: str,
    weights: Mapping[str, float],
    metric: OutcomeMetric,
    *,
    error: float,
    trusted: bool,
) -> ArmDifference:
    pair = [outcome for outcome in outcomes if outcome.arm in {arm, control}]
    if not pair:
        return ArmDifference(arm, control, float("nan"), -np.inf, np.inf, "cannot_tell")
    treated = np.array([outcome.arm == arm for outcome in pair])
    values = np.array([outcome.value for outcome in pair], np.float64)
    share = weights[arm] / (weights[arm] + weights[control])
    mean, low, high = difference_sequence(treated, values, share, error=error)
    verdict: Verdict = "cannot_tell"
    if trusted and (low[-1] > 0 or high[-1] < 0):
        verdict = "better" if (low[-1] > 0) == metric.higher_is_better else "worse"
    return ArmDifference(arm, control, float(mean[-1]), float(low[-1]), float(high[-1]), verdict)
