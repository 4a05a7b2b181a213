"""Takes the creator's own subtitles for what is said; where there are none, what was heard passes through.

Words get the times at which they were heard, where the recogniser heard the same; in between they are spread.
So a file whose times are rough, or all late by the same, still gives lines that stand where somebody speaks.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from models.translation.replies import surely_other_language
from models.types import LanguageIdentification, TimeSpan, Transcript, TranscriptSegment, Word
from pipeline_ops.artefacts import SourceFile
from pipeline_ops.languages import english_name
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitle_files import read_subtitle_file
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.stage import Resources, stage
from pipeline_ops.verdicts import rejection
from pipeline_ops.word_times import fit_words

TextOrigin = Literal["heard", "subtitles"]

LARGEST_LAG_S = 2.0
"""How far a word's heard time may be from the file's, the file's own lag taken off: further, it is another
time that the same word is said."""

MOST_OFF_S = 10.0
"""How far the whole file may be off; beyond, it does not belong to this cut of the video."""

COMPARED_WORDS = 200
"""At a time, so that two hours of words take as long a word as two minutes."""

MOST_WORDS_PER_S = 10.0
"""Over the whole video: auctioneers reach six."""

SPEECH_MARGIN_S = 0.5
"""Subtitles come a little early and stay a little long; within this of speech a line counts as said."""

SHORTEST_WORD_S = 0.02

SMALLEST_SHARE_SAID = 0.5
"""Of the lines: where fewer stand at speech, the file is another video's or badly off."""


@dataclass(frozen=True, slots=True)
class SaidText:
    """What is said, and whence that is known."""

    transcript: Transcript
    origin: TextOrigin


@stage(version=1, resources=Resources(memory_mb=200, timeout_s=300))
def read_subtitles(
    *,
    file: SourceFile | None,
    transcript: Transcript,
    regions: tuple[TimeSpan, ...],
    language: LanguageIdentification,
    media: MediaInfo,
) -> SaidText:
    """Put the creator's subtitles in the place of what was heard.

    Args:
        file: The subtitles, SubRip or WebVTT in the language that is spoken; None where there are none.
        transcript: What the recogniser heard.
        regions: Where somebody speaks: lines elsewhere are not said.
        language: Which language is spoken.
        media: The video's facts, for its duration.

    Raises:
        RejectedInputError: the file cannot be used; see `pipeline_ops/verdicts.py`.
    """
    if file is None:
        return SaidText(transcript, "heard")
    lines = read_subtitle_file(file, media.duration_s)
    if sum(len(line.text.split()) for line in lines) > MOST_WORDS_PER_S * media.duration_s:
        raise rejection("subtitles_too_dense")
    if surely_other_language(" ".join(line.text for line in lines), language.language):
        raise rejection("subtitles_other_language", language=english_name(language.language))
    words = timed_words(lines, transcript.words)
    said = [each for each in words if _is_said(each, regions)]
    if len(said) < SMALLEST_SHARE_SAID * len(words):
        raise rejection("subtitles_off_speech")
    segments = tuple(_segment(each) for each in said)
    return SaidText(Transcript(transcript.language, fit_words(segments, regions)), "subtitles")


def timed_words(lines: Sequence[SubtitleLine], heard: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Return the words of each line with times: the recogniser's where it heard the same, else spread."""
    spread = [word for line in lines for word in spread_words(line)]
    starts = _agreed_starts(spread, heard)
    timed = _between_anchors(spread, starts)
    given, words = iter(timed), []
    for line in lines:
        words.append(tuple(next(given) for _ in line.text.split()))
    return words


def spread_words(line: SubtitleLine) -> list[Word]:
    """Return a line's words, each with time in proportion to its characters."""
    texts = line.text.split()
    total = sum(len(text) + 1 for text in texts)
    duration_s = line.end_s - line.start_s
    words, before = [], 0
    for text in texts:
        after = before + len(text) + 1
        start_s = line.start_s + duration_s * before / total
        words.append(Word(text, start_s, line.start_s + duration_s * after / total, 1.0))
        before = after
    return words


def _agreed_starts(spread: Sequence[Word], heard: Sequence[Word]) -> dict[int, Word]:
    """Return the heard word for each word of the file that was heard alike, at about its time."""
    pairs = [
        pair
        for start in range(0, len(spread), COMPARED_WORDS)
        for pair in _same_words(spread, heard, start, start + COMPARED_WORDS)
    ]
    if not pairs:
        return {}
    lag_s = median(heard[there].start_s - spread[here].start_s for here, there in pairs)
    return {
        here: heard[there]
        for here, there in pairs
        if abs(heard[there].start_s - spread[here].start_s - lag_s) <= LARGEST_LAG_S
    }


def _same_words(
    spread: Sequence[Word], heard: Sequence[Word], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Yield which words of a stretch of the file are which heard ones, by their order and letters."""
    stretch = spread[start:end]
    first = bisect_left(heard, stretch[0].start_s - MOST_OFF_S, key=lambda word: word.start_s)
    last = bisect_left(heard, stretch[-1].end_s + MOST_OFF_S, key=lambda word: word.start_s)
    ours = [_plain(word) for word in stretch]
    theirs = [_plain(word) for word in heard[first:last]]
    for block in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            if ours[block.a + step]:
                yield start + block.a + step, first + block.b + step


def _between_anchors(spread: Sequence[Word], anchors: dict[int, Word]) -> list[Word]:
    """Move the words that were not heard along with those around them, in order and without overlap."""
    timed: list[Word] = []
    shift_s, clock_s = _first_shift_s(spread, anchors), 0.0
    for index, word in enumerate(spread):
        anchor = anchors.get(index)
        if anchor is not None:
            shift_s = anchor.start_s - word.start_s
            start_s, end_s = anchor.start_s, anchor.end_s
        else:
            start_s, end_s = word.start_s + shift_s, word.end_s + shift_s
        following = anchors.get(index + 1)
        if following is not None:
            end_s = min(end_s, following.start_s)
        start_s = max(clock_s, start_s)
        end_s = max(start_s + SHORTEST_WORD_S, end_s)
        timed.append(replace(word, start_s=start_s, end_s=end_s))
        clock_s = end_s
    return timed


def _first_shift_s(spread: Sequence[Word], anchors: dict[int, Word]) -> float:
    first = min(anchors, default=None)
    return 0.0 if first is None else anchors[first].start_s - spread[first].start_s


def _plain(word: Word) -> str:
    decomposed = unicodedata.normalize("NFD", word.text.casefold())
    return re.sub(r"[^\w]|_", "", decomposed)


def _is_said(words: tuple[Word, ...], regions: Sequence[TimeSpan]) -> bool:
    start_s, end_s = words[0].start_s - SPEECH_MARGIN_S, words[-1].end_s + SPEECH_MARGIN_S
    return any(region.start_s < end_s and start_s < region.end_s for region in regions)


def _segment(words: tuple[Word, ...]) -> TranscriptSegment:
    # A person wrote it: there is nothing to doubt.
    return TranscriptSegment(words, 0.0, 0.0, 1.0)
