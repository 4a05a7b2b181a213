"""Cuts a transcript into utterances, at punctuation and pauses weighed together, never inside a word.

Where the speaker changes there is always a cut (`pipeline_ops/word_voices.py` says who speaks each word).
Between, a cut after a full stop costs nothing, one in the middle of a clause costs much, and a pause makes
any cut cheaper; lengths far from comfortable cost too. The cheapest set of cuts over all that one says in a
row is found by dynamic programming, so that a long sentence is cut at its best place, not at its first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.types import SpeakerTurn, Transcript, Utterance, Word
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.punctuation import ends_clause, ends_sentence
from pipeline_ops.stage import Resources, stage
from pipeline_ops.word_voices import line_flags, voices_of


@dataclass(frozen=True, slots=True)
class SplitParameters:
    """What makes a good utterance.

    Attributes:
        maximum_s: The longest utterance; translation models do better on short input, and a long line
            drifts. Only a single word may be longer.
        comfortable_s: No cost up to this length.
        minimum_s: Shorter ones are joined to a neighbour where the pause between allows.
        long_pause_s: A silence that is always worth a cut, whatever the grammar says: nobody speaks
            across it in the original, so nobody should in the dub.
        maximum_characters: The longest text, for speech that runs fast.
        minimum_speaker_s: Whose words last less in the whole video is no speaker, and another's voice says
            them: it may be a line of a song or a call from aside, and no voice can be fitted to so little.
    """

    maximum_s: float = 12.0
    comfortable_s: float = 7.0
    minimum_s: float = 1.0
    long_pause_s: float = 0.9
    maximum_characters: int = 220
    minimum_speaker_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Sentences:
    """The lines of the video, in order, and the same as subtitles."""

    utterances: tuple[Utterance, ...]
    subtitles: tuple[SubtitleLine, ...]


@stage(version=3, resources=Resources(memory_mb=100, timeout_s=60))
def split_sentences(
    *, transcript: Transcript, turns: tuple[SpeakerTurn, ...], parameters: SplitParameters
) -> Sentences:
    """Cut the transcript into utterances of one speaker each, of at most `maximum_s`.

    Utterances are in order and disjoint, as words are: a recogniser writes one stream of them. Where two talk
    at once it hears one, and the line says so in its flags.

    Args:
        transcript: What was said.
        turns: Which voice talks when; without any, one speaker says everything.
        parameters: What makes a good utterance.
    """
    words = transcript.words
    voices = voices_of(words, turns, parameters.minimum_speaker_s)
    names: dict[str, str] = {}
    lines = []
    for voice, run in _runs(words, voices):
        speaker = names.setdefault(voice, f"speaker_{len(names) + 1}")
        for piece in split_words(run, parameters):
            flags = line_flags(piece, voice, turns, several=len(set(voices)) > 1)
            lines.append((speaker, piece, flags))
    utterances = tuple(
        Utterance(
            index=index,
            speaker=speaker,
            start_s=piece[0].start_s,
            end_s=max(piece[-1].end_s, piece[0].start_s),
            text=" ".join(word.text for word in piece),
            words=piece,
            flags=flags,
        )
        for index, (speaker, piece, flags) in enumerate(lines)
    )
    subtitles = tuple(SubtitleLine(line.start_s, line.end_s, line.text, line.speaker) for line in utterances)
    return Sentences(utterances, subtitles)


def _runs(words: tuple[Word, ...], voices: Sequence[str]) -> Iterator[tuple[str, tuple[Word, ...]]]:
    """Yield the words that one voice says in a row, with that voice."""
    start = 0
    for end in range(1, len(words) + 1):
        if end == len(words) or voices[end] != voices[start]:
            yield voices[start], words[start:end]
            start = end


def split_words(words: tuple[Word, ...], parameters: SplitParameters) -> list[tuple[Word, ...]]:
    """Return consecutive runs of `words` whose cuts cost least in all."""
    count = len(words)
    cut_costs = [_cut_cost(words, position, parameters) for position in range(count + 1)]
    best = [0.0] + [math.inf] * count
    previous = [0] * (count + 1)
    for end in range(1, count + 1):
        for start in range(end - 1, -1, -1):
            run = words[start:end]
            if len(run) > 1 and _too_long(run, parameters):
                break
            cost = best[start] + cut_costs[end] + _length_cost(words, start, end, parameters)
            if cost < best[end]:
                best[end], previous[end] = cost, start
    pieces: list[tuple[Word, ...]] = []
    end = count
    while end > 0:
        pieces.append(words[previous[end] : end])
        end = previous[end]
    return pieces[::-1]


def _cut_cost(words: tuple[Word, ...], position: int, parameters: SplitParameters) -> float:
    """Cost of a cut before `words[position]`: 0 is a perfect place, below 0 one that must be used."""
    if position in (0, len(words)):
        return 0.0
    before = words[position - 1]
    pause_s = max(0.0, words[position].start_s - before.end_s)
    if ends_sentence(before):
        grammar = -2.0
    elif ends_clause(before):
        grammar = 2.0
    else:
        grammar = 6.0
    # A pause as long as `long_pause_s` outweighs even the middle of a clause.
    return grammar - 7.0 * min(pause_s / parameters.long_pause_s, 1.5)


def _too_long(run: tuple[Word, ...], parameters: SplitParameters) -> bool:
    characters = sum(len(word.text) + 1 for word in run)
    return run[-1].end_s - run[0].start_s > parameters.maximum_s or characters > parameters.maximum_characters


def _length_cost(words: tuple[Word, ...], start: int, end: int, parameters: SplitParameters) -> float:
    duration_s = words[end - 1].end_s - words[start].start_s
    if duration_s > parameters.comfortable_s:
        return 1.5 * (duration_s - parameters.comfortable_s)
    if duration_s >= parameters.minimum_s:
        return 0.0
    # A short line alone between long pauses is what the speaker did; between short ones it is a scrap.
    gaps = [parameters.long_pause_s, parameters.long_pause_s]
    if start > 0:
        gaps[0] = words[start].start_s - words[start - 1].end_s
    if end < len(words):
        gaps[1] = words[end].start_s - words[end - 1].end_s
    isolation = min(max(min(gaps), 0.0) / parameters.long_pause_s, 1.0)
    return 4.0 * (1.0 - duration_s / parameters.minimum_s) * (1.0 - isolation)
