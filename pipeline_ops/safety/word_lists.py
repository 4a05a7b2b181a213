"""The lists of words that insult, as files beside this one: one a language."""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

Kind = Literal["slur", "vulgar", "mild"]
"""`mild` words count as said by the original, so that a stronger one adds nothing; alone they harm nobody."""

LEXICONS = Path(__file__).with_name("lexicons")

ALIKE = "alike"
"""What a line of plain words begins with that sound like a listed one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of a list.

    Attributes:
        text: The word, or how it begins.
        kind: How bad it is.
        is_stem: Whether any ending may follow.
        own_language_only: Whether it is a plain word elsewhere.
    """

    text: str
    kind: Kind
    is_stem: bool
    own_language_only: bool


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of a list, and those that any ending may follow."""

    words: dict[str, Entry]
    stems: tuple[Entry, ...]

    def find(self, word: str) -> Entry | None:
        """Return the entry that a word in small letters is."""
        exact = self.words.get(word)
        if exact is not None:
            return exact
        return next((stem for stem in self.stems if word.startswith(stem.text)), None)


@functools.cache
def listed_languages() -> tuple[str, ...]:
    """Return the languages that have a list, in order."""
    return tuple(sorted(file.stem for file in LEXICONS.glob("*.txt")))


@functools.cache
def lexicon(language: str) -> Lexicon:
    """Return a language's list, as it is looked up."""
    words: dict[str, Entry] = {}
    stems = []
    for entry in entries(language):
        if entry.is_stem:
            stems.append(entry)
        else:
            words[entry.text] = entry
        bare = _without_accents(entry.text)
        if bare != entry.text and not entry.is_stem:
            # Typed without its accents; a word that has others is another word (cágado is a tortoise).
            words.setdefault(bare, entry)
    return Lexicon(words, tuple(stems))


@functools.cache
def entries(language: str) -> tuple[Entry, ...]:
    """Return the words of a language's list, in order."""
    found = []
    for kind, words in _lines(language):
        if kind == ALIKE:
            continue
        if kind not in get_args(Kind):
            message = f"The word list {language}.txt has a line of kind {kind!r}"
            raise ValueError(message)
        for word in words.split():
            text = word.rstrip("*~")
            marks = word[len(text) :]
            found.append(Entry(text, cast("Kind", kind), "*" in marks, "~" in marks))
    return tuple(found)


@functools.cache
def plain_alikes(language: str) -> frozenset[str]:
    """Return the plain words of a language that sound like a listed one."""
    return frozenset(word for kind, words in _lines(language) if kind == ALIKE for word in words.split())


def _lines(language: str) -> list[tuple[str, str]]:
    """Return what stands before and after the colon of each line."""
    written = (LEXICONS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    parted = (line.partition(":") for line in written if not line.startswith("#"))
    return [(kind, words) for kind, colon, words in parted if colon]


def _without_accents(text: str) -> str:
    return "".join(
        letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)
    )
