"""Pauses within a line: where the speaker was silent, and at which mark of the translation the dub is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from models.speech_synthesis.marks import inner_marks
from models.types import Word

SHORTEST_PAUSE_S = 0.3
"""Below it is a plosive or a breath; a voice pauses about as long at a comma by itself."""

LONGEST_PAUSE_S = 1.5
"""A longer one within a line is a recogniser's mistake more often than a pause."""

SAME_PLACE = 0.25
"""How far off, in parts of the line, a mark may be and still stand where the speaker paused: word order
differs, clauses mostly do not."""


@dataclass(frozen=True, slots=True)
class InnerPause:
    """A silence within a line.

    Attributes:
        after_share: The share of the line's letters that are said before it.
        length_s: How long it lasts.
    """

    after_share: float
    length_s: float


def inner_pauses(words: Sequence[Word]) -> tuple[InnerPause, ...]:
    """Return where a speaker is silent between two words of a line."""
    letters = sum(len(word.text) for word in words)
    said = itertools.accumulate(len(word.text) for word in words)
    return tuple(
        InnerPause(round(before / letters, 3), round(min(after.start_s - word.end_s, LONGEST_PAUSE_S), 3))
        for before, (word, after) in zip(said, itertools.pairwise(words), strict=False)
        if after.start_s - word.end_s >= SHORTEST_PAUSE_S
    )


def pauses_at_marks(text: str, pauses: Sequence[InnerPause]) -> tuple[float, ...]:
    """Return how long the dub is silent at each mark within a text, in order; empty where it is nowhere.

    Every pause goes to the nearest mark that is left, in order. One without a mark near its place is given
    up: silence between two words that belong together sounds like a fault.
    """
    marks = inner_marks(text)
    letters = max(sum(not each.isspace() for each in text), 1)
    shares = [sum(not each.isspace() for each in text[: mark + 1]) / letters for mark in marks]
    lengths_s, free = [0.0] * len(marks), 0
    for pause in pauses:
        near = [
            place for place in range(free, len(marks)) if abs(shares[place] - pause.after_share) <= SAME_PLACE
        ]
        if near:
            place = min(near, key=lambda each: abs(shares[each] - pause.after_share))
            lengths_s[place], free = pause.length_s, place + 1
    return tuple(lengths_s) if any(lengths_s) else ()
