"""Old against new by the metrics of their own runs: is a new version worse, and may an upgrade go on?

Which way each metric is better, and how noisy it is, `pipeline_ops/comparison/` knows, as it does for
evaluations; here is what an upgrade makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline_ops.comparison.compare import Comparison, Pair, compare
from pipeline_ops.comparison.metrics import METRIC, METRICS
from pipeline_ops.errors import SettingsError

TOLERANCES: Mapping[str, float] = {metric.name: metric.noise for metric in METRICS if metric.in_upgrades}
"""By how much each metric may get worse: by its noise."""

MOST_NOT_TAKEN = 0.5
"""Of the translations of a later wave: where more than this share is worse or fails, the canary misled."""

Metrics = Mapping[str, float]
Choice = Literal["accepted", "kept", "failed"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One new version against the old one.

    Attributes:
        choice: `accepted`, `kept` (the old one, the new one being worse) or `failed` (there is no new one).
        reason: Why.
        pair: The metrics of both; None where there is no new one.
    """

    choice: Choice
    reason: str
    pair: Pair | None = None


def tolerances_with(own: Mapping[str, float]) -> dict[str, float]:
    """Return the tolerances with an operator's own in their place.

    Raises:
        SettingsError: one names no metric.
    """
    if unknown := sorted(set(own) - set(TOLERANCES)):
        message = f"There is no metric {unknown[0]!r}; there are {', '.join(TOLERANCES)}."
        raise SettingsError(message)
    return {**TOLERANCES, **own}


def judge(
    old: Metrics,
    new: Metrics | None,
    tolerances: Metrics,
    *,
    video: str,
    language: str = "",
    failure: str = "",
) -> Judged:
    """Compare two versions of one translation.

    Args:
        old: Of the version that is published.
        new: Of the new one; None where there is none.
        tolerances: By how much each metric may get worse.
        video: Of which video: its translations go together.
        language: Into which language.
        failure: Why there is no new one.
    """
    if new is None:
        return Judged("failed", failure or "It was not finished.")
    pair = Pair(video, video, language, old, new)
    missing = sorted(name for name in tolerances if name in old and name not in new)
    if missing:
        return Judged("kept", f"The new version has no {missing[0]}: {old[missing[0]]:g} before.", pair)
    improvements = {name: pair.improvement(METRIC[name]) for name in tolerances}
    worse = [
        name
        for name, improvement in improvements.items()
        # Metrics are kept to four digits; what subtracting them adds to that is no worsening.
        if improvement is not None and round(-improvement, 4) > tolerances[name]
    ]
    if worse:
        reasons = (f"{name} from {old[name]:g} to {new[name]:g}" for name in worse)
        return Judged("kept", f"Worse: {', '.join(reasons)}.", pair)
    return Judged("accepted", "Not worse.", pair)


def compare_wave(judged: Sequence[Judged]) -> Comparison | None:
    """Compare all old versions of a wave with the new ones; None where there is no new one."""
    pairs = [each.pair for each in judged if each.pair is not None]
    # All of them decide: of few metrics an upgrade passes over none.
    metrics = [replace(metric, decides=True) for metric in METRICS if metric.in_upgrades]
    return compare(pairs, metrics) if pairs else None


def why_stop(judged: Sequence[Judged], tolerances: Metrics, *, is_canary: bool) -> str | None:
    """Return why an upgrade is to stop after a wave, None where it may go on.

    The canary stops it where a translation is not finished, or where a metric gets worse in the mean of all.
    It need not be sure of that: who is served by the old version loses nothing by waiting. A later wave stops
    it only where most of it is not taken; a single worse version just keeps its old one.
    """
    if not is_canary:
        not_taken = sum(each.choice != "accepted" for each in judged)
        if not_taken > MOST_NOT_TAKEN * len(judged):
            return f"{not_taken} of {len(judged)} translations of this wave are worse or not finished."
        return None
    failed = [each for each in judged if each.choice == "failed"]
    if failed:
        return (
            f"{len(failed)} of {len(judged)} translations of the canary are not finished: {failed[0].reason}"
        )
    compared = compare_wave(judged)
    for found in compared.metrics if compared else ():
        tolerance = tolerances[found.metric.name]
        if found.difference is not None and round(-found.difference.mean, 4) > tolerance:
            return (
                f"{found.metric.name} is worse by {-found.difference.mean:.3f} in the mean of the canary"
                f" (at most {tolerance:g})."
            )
    if all(each.choice == "kept" for each in judged):
        return f"No translation of the canary is taken: {judged[0].reason}"
    return None
