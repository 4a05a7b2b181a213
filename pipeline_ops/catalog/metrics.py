"""Numbers by which two translations of one video are compared: what its own report says of its lines."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from pipeline_ops.report import LanguageReport, LineReport
from pipeline_ops.stages.screen_toxicity import DROPPED

MEANING_FLAGS = frozenset(
    {
        "number_changed",
        "negation_changed",
        "name_changed",
        "untranslated",
        "repetition",
        "glossary_missed",
        DROPPED,
    }
)
"""What is noticed where a wording does not say what the source says, and where nothing is said for it."""

TIMING_FLAGS = frozenset({"too_fast", "too_slow", "early_start", "late_start", "late_end"})
"""What `align` notices where a line does not fit its place."""

EVALUATED = ("sentence_similarity", "voice_likeness", "speech_quality", "background_correlation")
"""What `evaluate` measures that two versions are compared by; what its lines say is in the other figures."""


def metrics_of(language: LanguageReport) -> dict[str, float]:
    """Return the figures of one finished language; those that were not measured are left out.

    `meaning_flagged` and `timing_flagged` are shares of lines, `speed_deviation` and `stretch_deviation` mean
    distances from 1, `misheard_words` the mean share of a line's words that a recogniser mishears; of all
    these less is better. Of `lip_correlation` more is, and of all that `EVALUATED` names, which mean what
    `pipeline_ops/quality/evaluation.py` says.
    """
    figures: dict[str, float] = {}
    if language.lines:
        figures["meaning_flagged"] = _share(language.lines, MEANING_FLAGS)
        figures["timing_flagged"] = _share(language.lines, TIMING_FLAGS)
        said = [line for line in language.lines if DROPPED not in line.flags]
        figures["speed_deviation"] = fmean(abs(line.speed - 1.0) for line in said)
        heard = [line.error_rate for line in language.lines if line.error_rate is not None]
        if heard:
            figures["misheard_words"] = fmean(heard)
        figures["stretch_deviation"] = fmean(abs(line.stretch - 1.0) for line in said)
    if language.lips is not None and language.lips.changed and language.lips.correlation_after is not None:
        figures["lip_correlation"] = language.lips.correlation_after
    if language.metrics is not None:
        for name in EVALUATED:
            value = getattr(language.metrics, name)
            if value is not None:
                figures[name] = value
    return {name: round(value, 4) for name, value in figures.items()}


def _share(lines: Sequence[LineReport], flags: frozenset[str]) -> float:
    return fmean(bool(flags & set(line.flags)) for line in lines)
