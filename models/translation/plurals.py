"""Plurals of single words by rule, for finding a creator's terms in a line and saying them in another.

Rules, not dictionaries: what is irregular (mouse, mice) is a term of its own in the glossary.
"""

from __future__ import annotations

import re

_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "en": ((r"(?<=[^aeiou])y$", "ies"), (r"(s|x|z|ch|sh)$", r"\1es"), (r"$", "s")),
    "es": ((r"z$", "ces"), (r"(?<=[aeiouáéó])$", "s"), (r"s$", "s"), (r"$", "es")),
    "fr": ((r"(?<=[sxz])$", ""), (r"(eau|eu)$", r"\1x"), (r"al$", "aux"), (r"$", "s")),
    "it": ((r"(?<=[aeiou])(c|g)a$", r"\1he"), (r"a$", "e"), (r"[oe]$", "i"), (r"$", "")),
    "pt": (
        (r"ão$", "ões"),
        (r"m$", "ns"),
        (r"(?<=[aou])l$", "is"),
        (r"el$", "éis"),
        (r"(?<=[rz])$", "es"),
        (r"s$", "s"),
        (r"$", "s"),
    ),
}
"""By language: the first ending that fits, and what takes its place."""


def plural_of(word: str, language: str) -> str:
    """Return the regular plural of a word, the word itself for languages without rules."""
    for ending, plural in _RULES.get(language, ()):
        if re.search(ending, word):
            return re.sub(ending, plural, word, count=1)
    return word


def head_to_plural(phrase: str, language: str) -> str:
    """Return a phrase in the plural: its last word in English, its first in Romance languages."""
    words = phrase.split()
    head = -1 if language == "en" else 0
    words[head] = plural_of(words[head], language)
    return " ".join(words)
