"""Old against new by the metrics of their own runs: is a new version worse, and may an upgrade go on?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from pipeline_ops.errors import SettingsError

TOLERANCES: Mapping[str, float] = {
    "meaning_flagged": 0.05,
    "timing_flagged": 0.05,
    "speed_deviation": 0.05,
    "stretch_deviation": 0.05,
    "misheard_words": 0.05,
    "lip_correlation": 0.05,
    "sentence_similarity": 0.05,
    "voice_likeness": 0.05,
    "speech_quality": 0.3,
    "background_correlation": 0.1,
}
"""By how much each metric may get worse. Of flagged lines one in twenty: a rule flags some by chance. Of
speed and stretch five per cent, the smallest change of tempo that listeners notice (Quené
2007, Journal of Phonetics 35). Of misheard words one in twenty: a recogniser errs by chance. Of the lips'
correlation, which lies between 0 and 1, as much. What `evaluate` measures may get worse by its noise: a
sentence's or a voice's likeness by 0.05, a rating from 1 to 5 by 0.3, the background's correlation, which
coding lowers in faint pauses, by 0.1."""

MORE_IS_BETTER = frozenset(
    {"lip_correlation", "sentence_similarity", "voice_likeness", "speech_quality", "background_correlation"}
)

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
        worsening: Metric -> by how much the new version is worse; below zero where it is better.
    """

    choice: Choice
    reason: str
    worsening: Mapping[str, float]


def tolerances_with(own: Mapping[str, float]) -> dict[str, float]:
    """Return the tolerances with an operator's own in their place.

    Raises:
        SettingsError: one names no metric.
    """
    if unknown := sorted(set(own) - set(TOLERANCES)):
        message = f"There is no metric {unknown[0]!r}; there are {', '.join(TOLERANCES)}."
        raise SettingsError(message)
    return {**TOLERANCES, **own}


def judge(old: Metrics, new: Metrics | None, tolerances: Metrics, failure: str = "") -> Judged:
    """Compare two versions of one translation.

    Args:
        old: Of the version that is published.
        new: Of the new one; None where there is none.
        tolerances: By how much each metric may get worse.
        failure: Why there is no new one.
    """
    if new is None:
        return Judged("failed", failure or "It was not finished.", {})
    missing = sorted(name for name in tolerances if name in old and name not in new)
    if missing:
        return Judged("kept", f"The new version has no {missing[0]}: {old[missing[0]]:g} before.", {})
    worsening = {
        name: round((old[name] - new[name]) if name in MORE_IS_BETTER else (new[name] - old[name]), 4)
        for name in tolerances
        if name in old and name in new
    }
    worse = [name for name, by in worsening.items() if by > tolerances[name]]
    if worse:
        reasons = (f"{name} from {old[name]:g} to {new[name]:g}" for name in worse)
        return Judged("kept", f"Worse: {', '.join(reasons)}.", worsening)
    return Judged("accepted", "Not worse.", worsening)


def why_stop(judged: Sequence[Judged], tolerances: Metrics, *, is_canary: bool) -> str | None:
    """Return why an upgrade is to stop after a wave, None where it may go on.

    The canary stops it where a translation is not finished, or where a metric gets worse in the mean of all.
    A later wave only where most of it is not taken; a single worse version just keeps its old one.
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
    for name, tolerance in tolerances.items():
        changes = [each.worsening[name] for each in judged if name in each.worsening]
        if changes and fmean(changes) > tolerance:
            return (
                f"{name} is worse by {fmean(changes):.3f} in the mean of the canary (at most {tolerance:g})."
            )
    if all(each.choice == "kept" for each in judged):
        return f"No translation of the canary is taken: {judged[0].reason}"
    return None
