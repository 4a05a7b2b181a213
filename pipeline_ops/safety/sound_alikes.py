"""Finds insults by their sound alone: spelled otherwise ("phuck"), or hidden in a name ("Mike Hunt").

A dub is heard and not read. Words are compared by the phonemes that the dub's voice speaks them with, in the
text's own language. Only what the source does not have counts; short words, and those that are plain in other
languages, sound like too much else.
"""

from __future__ import annotations

import functools
import itertools
import re

from pipeline_ops.quality.back_transcription import as_it_sounds
from pipeline_ops.safety.word_lists import entries, listed_languages, plain_alikes

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NAME_OF_WORDS = re.compile(r"\b[^\W\d_]+(?: [^\W\d_]+)+\b")

SHORTEST_SOUND = 3
"""Phonemes: of two, half of all words are made."""


def sounds_like_insults(source: str, target: str, language: str) -> tuple[str, ...]:
    """Return the words and names of a translation that sound like a listed word, and that nobody said.

    Args:
        source: What was said, in any language.
        target: How it is translated.
        language: Of the translation; nothing is found in one without a list.
    """
    if language not in listed_languages():
        return ()
    said = set(_words(source))
    words = [word for word in _WORD.findall(target) if word.casefold() not in said]
    respelled = [word for word in words if _is_respelled(word.casefold(), language)]
    names = [name for name in _names(target, said) if _hides_one(name, language)]
    return (*respelled, *names)


def _is_respelled(word: str, language: str) -> bool:
    return word not in plain_alikes(language) and _sound(word, language) in _listed_sounds(language)


def _names(text: str, said: set[str]) -> list[str]:
    """Return names of two words and more, none of which was said: "Mike Hunt"."""
    found = []
    for run in _NAME_OF_WORDS.findall(text):
        capitalised = itertools.groupby(run.split(), lambda word: word[0].isupper())
        parts = [list(words) for is_name, words in capitalised if is_name]
        found += [" ".join(words) for words in parts if said.isdisjoint(map(str.casefold, words))]
    return [name for name in found if " " in name]


def _hides_one(name: str, language: str) -> bool:
    """Tell whether a name ends with the sound of a listed word that begins in an earlier word of it.

    The breath of an "h" is lost after another word.
    """
    first, *others = (_sound(word.casefold(), language) for word in name.split())
    spoken = [first, *(sound.removeprefix("h") for sound in others)]
    whole, last = "".join(spoken), spoken[-1]
    return any(whole.endswith(sound) and len(sound) > len(last) for sound in _listed_sounds(language))


@functools.cache
def _listed_sounds(language: str) -> frozenset[str]:
    words = [
        entry.text for entry in entries(language) if entry.kind != "mild" and not entry.own_language_only
    ]
    sounds = {_sound(form, language) for word in words for form in (word, f"{word}s")}
    return frozenset(sound for sound in sounds if len(sound) >= SHORTEST_SOUND)


@functools.lru_cache(maxsize=10_000)
def _sound(word: str, language: str) -> str:
    return as_it_sounds(word, language).replace(" ", "")


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
