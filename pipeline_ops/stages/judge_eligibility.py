"""Decides, before anything costly runs, which target languages this video can be translated into."""

from __future__ import annotations

from dataclasses import dataclass

from models.types import LanguageIdentification
from pipeline_ops.languages import english_name
from pipeline_ops.stage import Resources, stage
from pipeline_ops.verdicts import rejection


@dataclass(frozen=True, slots=True)
class EligibilityParameters:
    """What was asked and what can be done; the run supplies both.

    Attributes:
        target_languages: The languages asked for.
        served_pairs: Every (source, target) that the profile serves from hearing to speaking.
    """

    target_languages: tuple[str, ...] = ()
    served_pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LanguageVerdict:
    """Whether one target language goes on, and why not where it does not."""

    language: str
    eligible: bool
    reason_code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """One verdict a target language."""

    verdicts: tuple[LanguageVerdict, ...]


BELIEVABLE_LOG_PROBABILITY = -1.0
"""Whisper's own limit, a token, below which it calls a transcript failed (its paper, 4.5)."""


@stage(version=2, resources=Resources(memory_mb=100, timeout_s=60))
def judge_eligibility(*, language: LanguageIdentification, parameters: EligibilityParameters) -> Eligibility:
    """Give each target language a verdict; reject the video where none can be served.

    Raises:
        RejectedInputError: `uncertain_language`, `unsupported_source_language`, `same_language` or
            `unsupported_language_pair`, where no target language is left.
    """
    source = language.language
    if source not in {pair[0] for pair in parameters.served_pairs}:
        if (language.mean_log_probability or 0.0) < BELIEVABLE_LOG_PROBABILITY:
            raise rejection("uncertain_language")  # a song, say: its language is a guess, and no reason
        raise rejection("unsupported_source_language", source=english_name(source))
    verdicts = tuple(
        _judge_pair(source, target, parameters.served_pairs) for target in parameters.target_languages
    )
    if not any(verdict.eligible for verdict in verdicts):
        first = verdicts[0]
        raise rejection(first.reason_code, source=english_name(source), target=english_name(first.language))
    return Eligibility(verdicts)


def _judge_pair(source: str, target: str, served_pairs: tuple[tuple[str, str], ...]) -> LanguageVerdict:
    if target == source:
        reason_code = "same_language"
    elif (source, target) not in served_pairs:
        reason_code = "unsupported_language_pair"
    else:
        return LanguageVerdict(target, eligible=True)
    error = rejection(reason_code, source=english_name(source), target=english_name(target))
    return LanguageVerdict(target, eligible=False, reason_code=reason_code, message=error.message)
