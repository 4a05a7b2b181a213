"""Picks the terms of the creator's glossary that occur in the lines.

So a term that nobody says decides no checkpoint after this one: what is changed of it recomputes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.translation.glossary import find_terms
from models.types import GlossaryTerm, LanguageIdentification, Utterance
from pipeline_ops.artefacts import SourceFile
from pipeline_ops.glossary import read_glossary, terms_for
from pipeline_ops.stage import Resources, stage


@dataclass(frozen=True, slots=True)
class PickTermsParameters:
    """For which language; the run supplies it."""

    target_language: str


@dataclass(frozen=True, slots=True)
class PickedTerms:
    """The terms that somebody says, in order."""

    terms: tuple[GlossaryTerm, ...]


@stage(version=1, resources=Resources(memory_mb=100, timeout_s=60))
def pick_terms(
    *,
    utterances: tuple[Utterance, ...],
    language: LanguageIdentification,
    glossary: SourceFile | None,
    parameters: PickTermsParameters,
) -> PickedTerms:
    """Pick the glossary's terms that occur in some line.

    Args:
        utterances: The lines.
        language: Which language they are in.
        glossary: The glossary as JSON, None where there is none.
        parameters: The target language.

    Raises:
        SettingsError: the file is no glossary.
    """
    if glossary is None:
        return PickedTerms(())
    terms = terms_for(read_glossary(glossary.read_bytes()), parameters.target_language)
    said = {
        found.term
        for utterance in utterances
        for found in find_terms(utterance.text, terms, language.language)
    }
    return PickedTerms(tuple(term for term in terms if term in said))
