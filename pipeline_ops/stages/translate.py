"""Says every line in the target language, in several wordings, and flags what looks wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.base import Translator
from models.translation.checks import line_flags
from models.translation.glossary import GLOSSARY_MISSED, missed_terms
from models.types import GlossaryTerm, LanguageIdentification, Utterance, Wording
from pipeline_ops.errors import StageOutputError
from pipeline_ops.safety.rewording import sound_first
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.match_subtitles import GivenLine

GIVEN = "given"
"""The flag of a line whose wording is the creator's own, from their subtitles."""


@dataclass(frozen=True, slots=True)
class TranslateParameters:
    """Into which language (as the catalog writes it)."""

    target_language: str


@dataclass(frozen=True, slots=True)
class TranslatedLine:
    """One line in the target language.

    Attributes:
        index: The utterance's index.
        source_text: What was said.
        wordings: How it may be said, the best first; the timing solver chooses. None where it is left unsaid.
        flags: What a person should look at in the best wording: `number_changed`, `negation_changed`,
            `name_changed`, `untranslated`, `repetition`, `glossary_missed`; and `given`.
    """

    index: int
    source_text: str
    wordings: tuple[Wording, ...]
    flags: tuple[str, ...]


def spoken(utterances: tuple[Utterance, ...], lines: tuple[TranslatedLine, ...]) -> tuple[Utterance, ...]:
    """Return the utterances that the dub says: all but those whose line was left without a wording."""
    unsaid = {line.index for line in lines if not line.wordings}
    return tuple(utterance for utterance in utterances if utterance.index not in unsaid)


@dataclass(frozen=True, slots=True)
class Translation:
    """Every utterance's line, in the same order."""

    lines: tuple[TranslatedLine, ...]


@stage(version=4, capability="translation", resources=Resources(memory_mb=2000, timeout_s=7200))
def translate(
    *,
    utterances: tuple[Utterance, ...],
    language: LanguageIdentification,
    terms: tuple[GlossaryTerm, ...],
    given: tuple[GivenLine, ...],
    model: Translator,
    parameters: TranslateParameters,
) -> Translation:
    """Translate the lines, each into as many wordings as the model offers; what is given stays as given.

    Wordings that lose a term of the glossary which the best one keeps are left out.

    Raises:
        UnsupportedLanguageError: the model does not serve the pair.
        ModelOutputError: a line came back empty or unusable.
        StageOutputError: the model returned another number of lines, or a line without a wording.
    """
    source_language, target_language = language.language, parameters.target_language
    wordings: dict[int, tuple[Wording, ...]] = {line.index: (Wording(line.text),) for line in given}
    asked = [utterance for utterance in utterances if utterance.index not in wordings]
    answers = model.translate(asked, source_language, target_language, terms) if asked else []
    if len(answers) != len(asked):
        message = f"The translator returned {len(answers)} lines for {len(asked)}"
        raise StageOutputError(message)
    wordings |= {
        utterance.index: sound_first(utterance, answer, model, (source_language, target_language), terms)
        for utterance, answer in zip(asked, answers, strict=True)
    }
    lines = (
        _line(utterance, wordings[utterance.index], source_language, target_language, terms)
        for utterance in utterances
    )
    by_creator = {line.index for line in given}
    return Translation(
        tuple(
            replace(line, flags=(GIVEN, *line.flags)) if line.index in by_creator else line for line in lines
        )
    )


def _line(
    utterance: Utterance,
    wordings: tuple[Wording, ...],
    source_language: str,
    target_language: str,
    terms: tuple[GlossaryTerm, ...],
) -> TranslatedLine:
    if not wordings or not all(wording.text.strip() for wording in wordings):
        message = f"The translator returned no text for line {utterance.index}: {utterance.text!r}"
        raise StageOutputError(message)
    best, *others = wordings
    source = utterance.text
    missed = set(missed_terms(source, best.text, terms, source_language, target_language))
    kept = (
        other
        for other in others
        if set(missed_terms(source, other.text, terms, source_language, target_language)) <= missed
    )
    flags = line_flags(source, best.text, source_language, target_language)
    if missed:
        flags = (*flags, GLOSSARY_MISSED)
    return TranslatedLine(utterance.index, source, (best, *kept), flags)
