"""Says which voice speaks each word, from the words' times and the voices' turns.

A recogniser's word times are off by a tenth of a second or two, so a word at the edge of a turn may lie in
the wrong one, and where two talk at once both are there. All words are therefore decided together: a word
should lie in a turn of its voice, and a change of voice should fall where speakers change, after a sentence
or at a pause. The cheapest choice is found by dynamic programming (Viterbi, 1967) over (word, voice).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.types import SpeakerTurn, Word
from pipeline_ops.punctuation import ends_clause, ends_sentence

Costs = NDArray[np.float64]

SHORTEST_WORD_S = 0.1
"""Recognisers give some words no time at all; those are looked at over this length."""

USUAL_WORD_S = 0.3
"""A word of this length counts once; one of twice that length counts twice, and none counts more."""

FURTHEST_S = 1.0
"""A word outside of all turns belongs to the nearest; beyond this none is nearer than another."""

LONG_PAUSE_S = 0.9
"""A silence that is worth a cut whatever the grammar says, as in `split_sentences`."""

CHANGE_IN_CLAUSE, CHANGE_AFTER_CLAUSE, CHANGE_AFTER_SENTENCE = 1.5, 0.8, 0.3
"""What a change of voice costs, in words that lie in the wrong turn: to go over and back for one word in the
middle of a clause costs three and is never worth it; a one-word answer between sentences is."""

PAUSE_DISCOUNT = 0.7
"""The part of that cost which a long pause takes away."""

LEAST_OVERLAP_S = 0.3
"""Two voices at once for less is within the uncertainty of where turns end (scoring allows 0.25 s)."""

LEAST_CONFIDENCE = 0.25
"""A silhouette below this shows no structure (Kaufman and Rousseeuw, "Finding groups in data", 1990, 2.2)."""

ONLY_VOICE = "voice_1"


def voices_of(words: Sequence[Word], turns: Sequence[SpeakerTurn], minimum_s: float) -> tuple[str, ...]:
    """Return for each word the voice that speaks it.

    Args:
        words: In order.
        turns: Which voice talks when; where there are none, one voice speaks everything.
        minimum_s: A voice whose words last less in all is left out, and they go to the others.
    """
    voices = sorted({turn.voice for turn in turns}) or [ONLY_VOICE]
    while words:
        chosen = _cheapest(words, turns, voices)
        said_s = dict.fromkeys(voices, 0.0)
        for word, voice in zip(words, chosen, strict=True):
            said_s[voice] += word.end_s - word.start_s
        least = min(voices, key=lambda voice: said_s[voice])
        if said_s[least] >= minimum_s or len(voices) == 1:
            return tuple(chosen)
        voices = [voice for voice in voices if voice != least]
    return ()


def line_flags(
    words: Sequence[Word], voice: str, turns: Iterable[SpeakerTurn], *, several: bool
) -> tuple[str, ...]:
    """Return what a person should know of who speaks a line.

    Args:
        words: The line's, at least one.
        voice: Who speaks them.
        turns: All voices' turns.
        several: Whether anybody else speaks in the video.
    """
    start_s, end_s = words[0].start_s, words[-1].end_s
    here = [turn for turn in turns if turn.start_s < end_s and turn.end_s > start_s]
    own = [turn for turn in here if turn.voice == voice]
    overlap_s = sum(
        max(0.0, min(one.end_s, other.end_s, end_s) - max(one.start_s, other.start_s, start_s))
        for one in own
        for other in here
        if other.voice != voice
    )
    flags = ("overlapping_speech",) if overlap_s >= LEAST_OVERLAP_S else ()
    return (*flags, "unsure_speaker") if several and _unsure(words, own) else flags


def _unsure(words: Sequence[Word], own: Sequence[SpeakerTurn]) -> bool:
    """Tell whether the voice is heard in less than half of the words, or is hardly told from another."""
    shared_s = [sum(_shared_s(word, turn) for word in words) for turn in own]
    length_s = sum(max(word.end_s - word.start_s, SHORTEST_WORD_S) for word in words)
    if not own or sum(shared_s) < length_s / 2:
        return True
    confidence = np.average([turn.confidence for turn in own], weights=shared_s)
    return bool(confidence < LEAST_CONFIDENCE)


def _cheapest(words: Sequence[Word], turns: Sequence[SpeakerTurn], voices: Sequence[str]) -> list[str]:
    misfits = _misfits(words, turns, voices)
    total = misfits[0]
    before = np.zeros(misfits.shape, np.int64)
    for index in range(1, len(words)):
        change = _change_cost(words[index - 1], words[index])
        came_from = np.where(total <= total.min() + change, np.arange(len(voices)), int(np.argmin(total)))
        before[index] = came_from
        total = np.minimum(total, total.min() + change) + misfits[index]
    best = int(np.argmin(total))
    chosen = []
    for index in range(len(words) - 1, -1, -1):
        chosen.append(voices[best])
        best = int(before[index, best])
    return chosen[::-1]


def _misfits(words: Sequence[Word], turns: Sequence[SpeakerTurn], voices: Sequence[str]) -> Costs:
    """Return how badly each word lies in the turns of each voice, shape (words, voices)."""
    misfits = np.zeros((len(words), len(voices)))
    for column, voice in enumerate(voices):
        own = [turn for turn in turns if turn.voice == voice]
        starts_s = np.array([turn.start_s for turn in own])
        ends_s = np.array([turn.end_s for turn in own])
        for row, word in enumerate(words):
            length_s = max(word.end_s - word.start_s, SHORTEST_WORD_S)
            shared_s = np.minimum(ends_s, word.start_s + length_s) - np.maximum(starts_s, word.start_s)
            share = float(np.maximum(shared_s, 0.0).sum()) / length_s
            away_s = -float(shared_s.max()) if own else FURTHEST_S
            misfit = 1.0 - share if share > 0 else 1.0 + min(away_s, FURTHEST_S)
            misfits[row, column] = misfit * min(length_s / USUAL_WORD_S, 2.0)
    return misfits


def _shared_s(word: Word, turn: SpeakerTurn) -> float:
    end_s = max(word.end_s, word.start_s + SHORTEST_WORD_S)
    return max(0.0, min(end_s, turn.end_s) - max(word.start_s, turn.start_s))


def _change_cost(before: Word, after: Word) -> float:
    if ends_sentence(before):
        cost = CHANGE_AFTER_SENTENCE
    elif ends_clause(before):
        cost = CHANGE_AFTER_CLAUSE
    else:
        cost = CHANGE_IN_CLAUSE
    pause_s = max(0.0, after.start_s - before.end_s)
    return cost * (1.0 - PAUSE_DISCOUNT * min(pause_s / LONG_PAUSE_S, 1.0))
