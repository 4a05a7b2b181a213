"""Where sentences and clauses end, by the punctuation that a recogniser writes."""

from __future__ import annotations

from models.types import Word

SENTENCE_ENDS = ".?!…。？！।"
CLAUSE_ENDS = ",;:—–、，؛"
CLOSING_MARKS = "\"'”’»)]"
ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "vs",
        "etc",
        "e.g",
        "i.e",
        "a.m",
        "p.m",
        "no",
        "sr",
        "sra",
        "srta",
        "dra",
        "ud",
        "uds",
        "d",
        "dña",
        "mme",
        "mlle",
        "m",
        "ex",
        "exmo",
        "exma",
        "sig",
        "dott",
        "avv",
        "ecc",
        "jr",
        "inc",
        "ltd",
        "co",
        "u.s",
        "u.k",
    ]
)
"""Words whose full stop ends no sentence, in the languages that the embedded profile hears."""


def ends_sentence(word: Word) -> bool:
    """Tell whether a word's punctuation ends a sentence, abbreviations and initials left out."""
    text = word.text.rstrip(CLOSING_MARKS)
    if not text or text[-1] not in SENTENCE_ENDS:
        return False
    if text[-1] != "." or text.endswith("..."):
        return True
    stem = text[:-1].lstrip("¿¡\"'“‘«([").lower()
    is_initial = len(stem) == 1 and stem.isalpha() and stem not in {"i", "y", "o", "e", "a"}
    return stem not in ABBREVIATIONS and not is_initial


def ends_clause(word: Word) -> bool:
    """Tell whether a word's punctuation ends a clause without ending the sentence."""
    text = word.text.rstrip(CLOSING_MARKS)
    return bool(text) and text[-1] in CLAUSE_ENDS
