"""Finds words that insult, and tells what a translation adds of them to what was said.

By lists of words, as ETOX does (Costa-jussà et al., "Toxicity in Multilingual Machine Translation at Scale",
2023): whole words with their endings, in the language of the text and, where they mean nothing else there,
in every other language that has a list, so that a switch of languages hides nothing. Masks and figures in
the place of letters (f*ck, sh1t, f.u.c.k, fuuuck) are read as what they stand for, and what a translation
adds is listened to as well (`sound_alikes`). Lists know no context: they find what may be looked at by a
person, and miss what is meant by plain words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline_ops.safety.sound_alikes import sounds_like_insults
from pipeline_ops.safety.word_lists import Entry, Kind, entries, lexicon, listed_languages

_TOKEN = re.compile(r"[^\W_](?:[\w@$!*'’-]*[\w@$*])?")
_SPELLED = re.compile(r"(?<!\w)(?:[^\W\d_][.\-_*·\s]{1,2}){3,}[^\W\d_](?!\w)")
"""Single letters with marks between them: f.u.c.k, f u c k."""
_STRETCHED = re.compile(r"(.)\1{2,}")
_FIGURES = str.maketrans("@4310$5!7", "aaeiossit")
_FIGURE_LETTERS = frozenset("@4310$5!7")
_SHORTEST_MASKED = 4
"""Letters and masks together: "a*s" may be anything, "sh*t" is not."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of a text that is on a list: as it stands there, and how bad it is."""

    word: str
    kind: Kind


def toxic_words(text: str, language: str) -> tuple[Hit, ...]:
    """Return the words of a text that are on its language's list, or on another's and no plain word here."""
    hits = []
    for word, readings in _words(text):
        entry = next((found for form in readings if (found := _entry(form, language)) is not None), None)
        if entry is not None:
            hits.append(Hit(word, entry.kind))
    return tuple(hits)


def added_words(source: str, target: str, source_language: str, target_language: str) -> tuple[str, ...]:
    """Return the words by which a translation is worse than what was said; empty where it is not.

    It is worse where it has a vulgar word, or what sounds like a listed one, and the source has nothing of
    the kind, not even a mild one, or where it has a slur and the source has none.
    """
    said = {hit.kind for hit in toxic_words(source, source_language)}
    heard = set(source.casefold().split())  # a name that is kept: Dick
    translated = [hit for hit in toxic_words(target, target_language) if hit.word.casefold() not in heard]
    slurs = tuple(hit.word for hit in translated if hit.kind == "slur")
    if slurs and "slur" not in said:
        return slurs
    if said:
        return ()
    spelled = tuple(hit.word for hit in translated if hit.kind == "vulgar")
    return spelled or sounds_like_insults(source, target, target_language)


def _entry(word: str, language: str) -> Entry | None:
    own = lexicon(language).find(word) if language in listed_languages() else None
    if own is not None:
        return own
    for other in listed_languages():
        if other != language:
            entry = lexicon(other).find(word)
            if entry is not None and not entry.own_language_only and entry.kind != "mild":
                return entry
    return None


def _words(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each word of a text with the ways in which it may be read, in small letters."""
    plain = unicodedata.normalize("NFKC", text)
    for spelled in _SPELLED.findall(plain):
        joined = re.sub(r"[^\w]|_", "", spelled).casefold()
        yield spelled, (joined,)
    for match in _TOKEN.finditer(plain):
        word = match[0]
        yield word, _readings(word.casefold().replace("’", "'"))


def _readings(word: str) -> tuple[str, ...]:
    readings = [word]
    if _FIGURE_LETTERS & set(word) and any(letter.isalpha() for letter in word):
        readings.append(word.translate(_FIGURES))
    for reading in tuple(readings):
        if _STRETCHED.search(reading):
            readings += [_STRETCHED.sub(r"\1", reading), _STRETCHED.sub(r"\1\1", reading)]
    if "*" in word and len(word) >= _SHORTEST_MASKED:
        readings += _unmasked(word)
    for reading in tuple(readings):
        if "-" in reading or "'" in reading:
            readings += [part for part in re.split("[-']", reading) if part]
    return tuple(dict.fromkeys(readings))


def _unmasked(word: str) -> list[str]:
    """Return listed words that a masked one may stand for: f*ck, sh**."""
    if sum(letter.isalpha() for letter in word) * 2 < len(word):
        return []
    return [
        entry.text
        for language in listed_languages()
        for entry in entries(language)
        if entry.kind != "mild" and not entry.own_language_only and _may_stand_for(word, entry)
    ]


def _may_stand_for(masked: str, entry: Entry) -> bool:
    """Tell whether a word with masks is an entry, letter by letter; after a stem anything may follow."""
    if len(masked) < len(entry.text) or (len(masked) > len(entry.text) and not entry.is_stem):
        return False
    pairs = list(zip(masked, entry.text, strict=False))
    return any(letter != "*" for letter, _ in pairs) and all(
        letter in {"*", other} for letter, other in pairs
    )
