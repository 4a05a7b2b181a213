"""A creator's glossary as people write it, and what of it counts for one language.

    {"pt": {"stream": "live", "Big Clive": null}, "*": {"GoPro": null}}

A language, then a word of the source and how it is to be said; `null` keeps it as written, `*` is every
language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.errors import UnsupportedLanguageError
from models.languages import normalise_language
from models.types import GlossaryTerm
from pipeline_ops.artefacts import canonical_json
from pipeline_ops.errors import SettingsError

EVERY_LANGUAGE = "*"

MOST_TERMS = 2000
"""In all languages together: a list of names and catchphrases has dozens; more is a dictionary."""

LONGEST_TERM_CHARACTERS = 100

LARGEST_FILE_BYTES = 2_000_000
"""More than the most terms of the most letters take in JSON."""

Glossary = Mapping[str, Mapping[str, str]]
"""Language (or `*`) -> word of the source -> how it is to be said."""


def parse_glossary(value: Any) -> dict[str, dict[str, str]]:
    """Read a glossary that a person wrote: languages normalised, terms without outer spaces, nulls resolved.

    Raises:
        SettingsError: it has another shape, too many terms, or one that could not be said.
    """
    if not isinstance(value, Mapping) or not all(isinstance(terms, Mapping) for terms in value.values()):
        message = (
            'A glossary looks like {"pt": {"word of the source": "how to say it"}, "*": {"Name": null}}.'
        )
        raise SettingsError(message)
    glossary: dict[str, dict[str, str]] = {}
    for tag, terms in value.items():
        language = _language(tag)
        for source, target in terms.items():
            word = _term(source)
            glossary.setdefault(language, {})[word] = word if target is None else _term(target)
    count = sum(len(terms) for terms in glossary.values())
    if count > MOST_TERMS:
        message = f"A glossary has at most {MOST_TERMS} terms; this one has {count}."
        raise SettingsError(message)
    return glossary


def read_glossary(content: bytes) -> dict[str, dict[str, str]]:
    """Read a glossary from JSON.

    Raises:
        SettingsError: it is no JSON, or no glossary.
    """
    import json

    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"The glossary is not JSON: {error}"
        raise SettingsError(message) from error
    return parse_glossary(value)


def write_glossary(glossary: Glossary) -> bytes:
    """Write a glossary so that equal ones give equal bytes."""
    return canonical_json({language: dict(terms) for language, terms in glossary.items() if terms})


def merged(below: Glossary, above: Glossary) -> dict[str, dict[str, str]]:
    """Return both glossaries as one; where both have a term, the second counts."""
    languages = dict.fromkeys((*below, *above))
    return {
        language: {**below.get(language, {}), **above.get(language, {})} for language in sorted(languages)
    }


def terms_for(glossary: Glossary, language: str) -> tuple[GlossaryTerm, ...]:
    """Return the terms that count for a target language, in order; its own over those of every language."""
    terms = {**glossary.get(EVERY_LANGUAGE, {}), **glossary.get(language, {})}
    return tuple(GlossaryTerm(source, target) for source, target in sorted(terms.items()))


def _language(tag: Any) -> str:
    try:
        return EVERY_LANGUAGE if tag == EVERY_LANGUAGE else normalise_language(str(tag))
    except UnsupportedLanguageError as error:
        message = f"A glossary's terms stand under a language tag or {EVERY_LANGUAGE}: {error}"
        raise SettingsError(message) from error


def _term(text: Any) -> str:
    """Return a term with its white space made plain.

    Raises:
        SettingsError: it is empty, too long, or no line of text.
    """
    term = " ".join(text.split()) if isinstance(text, str) else ""
    if not (0 < len(term) <= LONGEST_TERM_CHARACTERS and term.isprintable()):
        message = (
            f"A glossary's terms have 1 to {LONGEST_TERM_CHARACTERS} characters on one line;"
            f" {str(text)[:120]!r} has not."
        )
        raise SettingsError(message)
    return term
