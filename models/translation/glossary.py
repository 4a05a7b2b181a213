"""A creator's glossary: where its terms stand in a line, and how an engine without one is made to keep them.

An engine that translates text alone is asked up to three ways, each only where the one before lost a term:
the line as it is; with the wanted words written into it, which such models copy, bending what stands around
them to their gender ("minha primeira caixa de som"); and with a placeholder for each term.
"""

from __future__ import annotations

import functools
import itertools
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from models.errors import ModelOutputError
from models.translation.checks import line_flags
from models.translation.plurals import head_to_plural, plural_of
from models.types import GlossaryTerm, Wording

GLOSSARY_MISSED = "glossary_missed"
"""The flag of a line in which a term is not said as its creator wants."""

PLACEHOLDERS = ("QZ", "WX", "ZK")
"""Beginnings of placeholders, of which one stands in no line. With a letter after it the first came through
Bergamot's students, both ways, in all of 416 sentences; "@@A", "<A>" and "{A}" in none
(`benchmarks/glossary.py`). Digits would count as numbers that must not change."""

SHORTEST_STEM = 4
"""Letters. A longer word of the target language counts as said where only its ending differs."""
LONGEST_ENDING = 3

DAMAGE = frozenset({"number_changed", "negation_changed", "repetition"})
"""What a protected line must not have where the plain one has not: the protection has broken something."""

REMEMBERED_PATTERNS = 8192
"""More than a glossary has terms: made anew for every line, two thousand of them would take half a second."""

Ask = Callable[[list[str]], list[tuple[Wording, ...]]]
"""An engine: lines in, the wordings of each out, the best first."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A term where it stands in a line, in one form or another."""

    term: GlossaryTerm
    start: int
    end: int
    text: str


def find_terms(text: str, glossary: Sequence[GlossaryTerm], language: str) -> tuple[Occurrence, ...]:
    """Return where terms stand, in order and never overlapping; of two at one place the longer one counts.

    A term stands at the boundaries of words, in the singular or the plural. One that is written with capitals
    needs a capital in the line too, so that "Apple" is no apple.
    """
    found: list[Occurrence] = []
    for term in sorted(glossary, key=lambda term: (-len(term.source), term.source)):
        for match in _pattern(term.source, language).finditer(text):
            taken = any(match.start() < other.end and other.start < match.end() for other in found)
            if not taken and (_has_no_capital(term.source) or not _has_no_capital(match[0])):
                found.append(Occurrence(term, match.start(), match.end(), match[0]))
    return tuple(sorted(found, key=lambda occurrence: occurrence.start))


def missed_terms(
    source: str, target: str, glossary: Sequence[GlossaryTerm], source_language: str, target_language: str
) -> tuple[GlossaryTerm, ...]:
    """Return the terms that stand in the source and are not said as wanted in the target, each once.

    A term that is kept must stand there as written. Another one may be bent: the endings of its words may
    differ, and capitals do not count.
    """
    terms = dict.fromkeys(found.term for found in find_terms(source, glossary, source_language))
    return tuple(term for term in terms if not _is_said(term, target, target_language))


def keep_terms(
    texts: Sequence[str],
    glossary: Sequence[GlossaryTerm],
    source_language: str,
    target_language: str,
    ask: Ask,
) -> list[tuple[Wording, ...]]:
    """Translate lines so that the terms in them are said as wanted, as far as an engine can be brought to it.

    Args:
        texts: The lines.
        glossary: The terms, of which a line may have some.
        source_language: Of the lines.
        target_language: Of the answers.
        ask: The engine. It is asked for all lines at once, and then for those that lost a term.
    """
    terms = _Terms(tuple(glossary), source_language, target_language)
    answers = ask(list(texts))
    for protect in (terms.with_wanted_words, terms.with_placeholders):
        protected: dict[int, _Protected] = {}
        for index, text in enumerate(texts):
            if terms.missed(text, answers[index]):
                line = protect(text)
                if line.text != text:
                    protected[index] = line
        asked = _asked(ask, [line.text for line in protected.values()])
        for (index, line), wordings in zip(protected.items(), asked, strict=True):
            restored = _restored(line, wordings)
            if restored and terms.are_better_kept(texts[index], answers[index], restored):
                answers[index] = restored
    return answers


def _asked(ask: Ask, texts: list[str]) -> list[tuple[Wording, ...]]:
    """Return the wordings of protected lines; none of a line that the engine could not make sense of.

    Such a line keeps the answer that it has: what was made of it for the term's sake must not end a run.
    """
    try:
        return ask(texts) if texts else []
    except ModelOutputError:
        if len(texts) == 1:
            return [()]
        return [wordings for text in texts for wordings in _asked(ask, [text])]


def _restored(line: _Protected, wordings: tuple[Wording, ...]) -> tuple[Wording, ...]:
    """Return the wordings with the terms back in them; none where the best came back maimed."""
    if not wordings or line.restore(wordings[0].text) is None:
        return ()
    restored = ((wording, line.restore(wording.text)) for wording in wordings)
    return tuple(replace(wording, text=text) for wording, text in restored if text is not None)


@dataclass(frozen=True, slots=True)
class _Terms:
    """A glossary between two languages."""

    glossary: tuple[GlossaryTerm, ...]
    source_language: str
    target_language: str

    def missed(self, text: str, wordings: tuple[Wording, ...]) -> int:
        """Return how many terms of a line its best wording does not say."""
        said = wordings[0].text
        return len(missed_terms(text, said, self.glossary, self.source_language, self.target_language))

    def are_better_kept(self, text: str, before: tuple[Wording, ...], after: tuple[Wording, ...]) -> bool:
        """Tell whether other wordings keep more terms, and nothing in them is broken."""
        return self.missed(text, after) < self.missed(text, before) and not (
            self._damage(text, after) - self._damage(text, before)
        )

    def _damage(self, text: str, wordings: tuple[Wording, ...]) -> frozenset[str]:
        flags = line_flags(text, wordings[0].text, self.source_language, self.target_language)
        return DAMAGE & set(flags)

    def with_wanted_words(self, text: str) -> _Protected:
        """Return a line with the wanted words in the place of its terms."""
        found = find_terms(text, self.glossary, self.source_language)
        return _Rewritten(_replaced(text, found, [self._wanted(each) for each in found]))

    def with_placeholders(self, text: str) -> _Protected:
        """Return a line with a placeholder in the place of each term."""
        found = find_terms(text, self.glossary, self.source_language)
        mark = next((mark for mark in PLACEHOLDERS if mark not in text.upper()), PLACEHOLDERS[-1])
        wanted = tuple(self._wanted(each) for each in found)
        return _Coded(_replaced(text, found, _codes(mark, len(found))), mark, wanted)

    def _wanted(self, found: Occurrence) -> str:
        """Return what is to be said for a term as it stands in a line: in the plural where it stands so."""
        term = found.term
        is_plural = found.text.casefold() != term.source.casefold()
        if term.is_kept:
            # Its own plural, in the capitals that its creator writes.
            return head_to_plural(term.source, self.source_language) if is_plural else term.source
        wanted = head_to_plural(term.target, self.target_language) if is_plural else term.target
        opens_with_capital = found.text[0].isupper() and not term.source[0].isupper()
        return _capitalised(wanted) if opens_with_capital else wanted


class _Protected(Protocol):
    """A line with its terms protected, and the way back."""

    @property
    def text(self) -> str: ...

    def restore(self, answer: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """A line with the wanted words in it; they come back as they are."""

    text: str

    def restore(self, answer: str) -> str | None:
        return answer


@dataclass(frozen=True, slots=True)
class _Coded:
    """A line with placeholders in it."""

    text: str
    mark: str
    wanted: tuple[str, ...]

    def restore(self, answer: str) -> str | None:
        """Return the answer with words for placeholders, None where one came back maimed."""
        codes = dict(zip(_codes(self.mark, len(self.wanted)), self.wanted, strict=True))

        def word(match: re.Match[str]) -> str:
            wanted = codes.get(match[0].upper())
            if wanted is None:
                return match[0]
            opens = not answer[: match.start()].strip() or bool(
                re.search(r"[.?!…]\W*$", answer[: match.start()])
            )
            return _capitalised(wanted) if opens and wanted.islower() else wanted

        restored = re.sub(rf"\b{self.mark}[a-z]{{1,2}}\b", word, answer, flags=re.IGNORECASE)
        return None if re.search(rf"\b{self.mark}\w*", restored) else restored


def _replaced(text: str, found: Sequence[Occurrence], words: Sequence[str]) -> str:
    pieces, at = [], 0
    for occurrence, word in zip(found, words, strict=True):
        pieces += [text[at : occurrence.start], word]
        at = occurrence.end
    return "".join((*pieces, text[at:]))


def _capitalised(words: str) -> str:
    return words[0].upper() + words[1:]


def _is_said(term: GlossaryTerm, target: str, language: str) -> bool:
    if not term.is_kept:
        return bool(re.search(_bent(term.target, language), target, re.IGNORECASE))
    flags = re.IGNORECASE if _has_no_capital(term.source) else 0
    return bool(re.search(_bounded(f"{re.escape(term.source)}(?:e?s)?"), target, flags))


@functools.lru_cache(maxsize=REMEMBERED_PATTERNS)
def _pattern(phrase: str, language: str) -> re.Pattern[str]:
    """Return what finds a phrase in the singular or the plural."""
    words = []
    for word in phrase.split():
        forms = sorted({word, plural_of(word, language)}, key=len, reverse=True)
        words.append("(?:" + "|".join(re.escape(form) for form in forms) + ")")
    return re.compile(_bounded(r"\s+".join(words)), re.IGNORECASE)


def _bent(phrase: str, language: str) -> str:
    """Return what finds a phrase whose words may have other endings."""
    words = []
    for word in phrase.split():
        stem = word[:-1] if len(word) > SHORTEST_STEM and word.isalpha() else word
        ending = rf"\w{{0,{LONGEST_ENDING}}}" if len(word) > SHORTEST_STEM else ""
        words.append(f"(?:{re.escape(plural_of(word, language))}|{re.escape(stem)}{ending})")
    return _bounded(r"\s+".join(words))


_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
"""Japanese, Chinese and Thai write no spaces between words."""


def _bounded(pattern: str) -> str:
    """Return the pattern at the boundaries of words, where the script has any."""
    if _UNSPACED.search(pattern):
        return pattern
    # Vowel signs of Devanagari are no word characters to `re`.
    return rf"(?<![\w\u0900-\u0963]){pattern}(?![\w\u0900-\u0963])"


def _has_no_capital(text: str) -> bool:
    return text == text.lower()


def pivot_terms(
    glossary: Sequence[GlossaryTerm],
) -> tuple[tuple[GlossaryTerm, ...], tuple[GlossaryTerm, ...]]:
    """Return the glossary for the way to a pivot language and the one for the way on.

    In between, a term is a placeholder: its wanted words could mean something in the pivot language.
    """
    # The last of the marks: an engine on the way takes the first for its own placeholders.
    codes = _codes(PLACEHOLDERS[-1], len(glossary))
    there = tuple(GlossaryTerm(term.source, code) for term, code in zip(glossary, codes, strict=True))
    onwards = tuple(GlossaryTerm(code, term.target) for term, code in zip(glossary, codes, strict=True))
    return there, onwards


def _codes(mark: str, count: int) -> tuple[str, ...]:
    """Return that many placeholders: a letter after the mark, or two where letters run out."""
    letters = string.ascii_uppercase
    singles = (letter for letter in letters)
    doubles = (first + second for first, second in itertools.product(letters, letters))
    endings = itertools.islice(itertools.chain(singles, doubles), count)
    return tuple(f"{mark}{ending}" for ending in endings)
