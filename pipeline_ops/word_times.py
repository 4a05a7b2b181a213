"""When words begin and end: a recogniser's own times, made plausible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from models.types import TimeSpan, Transcript, TranscriptSegment, Word

SHORTEST_PAUSE_S = 0.3
"""Below this a gap between regions is a plosive or a breath, and words may span it."""

LARGEST_EXCESS_S = 0.1
"""How far a word may reach into silence before it is drawn back to the detector's edge."""

LONGEST_USUAL_WORD_S, LONGEST_FIRST_WORD = 0.7, 2.0
"""A first word lasts at most twice as long as words usually do, and "usually" is at most 0.7 s: Whisper lets
it begin where the sound begins. The same limits as in openai/whisper, `timing.py`."""


def shifted(transcript: Transcript, offset_s: float) -> Transcript:
    """Return the transcript later by `offset_s`."""
    return replace(transcript, segments=tuple(_shifted(segment, offset_s) for segment in transcript.segments))


def _shifted(segment: TranscriptSegment, offset_s: float) -> TranscriptSegment:
    words = (
        replace(word, start_s=word.start_s + offset_s, end_s=word.end_s + offset_s) for word in segment.words
    )
    return replace(segment, words=tuple(words))


def with_usual_first_words(pieces: Sequence[Transcript]) -> tuple[Transcript, ...]:
    """Return the pieces, the first word of each beginning late enough not to last longer than it may."""
    lengths_s = [word.end_s - word.start_s for piece in pieces for word in piece.words]
    usual_s = min(median(lengths_s), LONGEST_USUAL_WORD_S) if lengths_s else 0.0
    return tuple(_with_first_word_within(piece, LONGEST_FIRST_WORD * usual_s) for piece in pieces)


def _with_first_word_within(piece: Transcript, longest_s: float) -> Transcript:
    if not piece.segments or not piece.segments[0].words:
        return piece
    segment, *later_segments = piece.segments
    first, *later_words = segment.words
    first = replace(first, start_s=max(first.start_s, first.end_s - longest_s))
    return replace(piece, segments=(replace(segment, words=(first, *later_words)), *later_segments))


def fit_words(
    segments: Sequence[TranscriptSegment], regions: Sequence[TimeSpan]
) -> tuple[TranscriptSegment, ...]:
    """Draw words out of the silence that Whisper let them reach into; order and count stay."""
    stretches = _joined(regions)
    clock_s = 0.0
    fitted = []
    for segment in segments:
        words = []
        for word in segment.words:
            drawn = fit_word(word, stretches)
            start_s = max(drawn.start_s, clock_s)
            words.append(replace(drawn, start_s=start_s, end_s=max(drawn.end_s, start_s)))
            clock_s = words[-1].end_s
        fitted.append(replace(segment, words=tuple(words)))
    return tuple(fitted)


def fit_word(word: Word, stretches: Sequence[TimeSpan]) -> Word:
    """Draw a word's ends back to the stretch of speech that it shares most time with, if it has one."""
    stretch = max(stretches, key=lambda span: _shared_s(word, span), default=None)
    if stretch is None or _shared_s(word, stretch) <= 0:
        return word
    early = stretch.start_s - word.start_s > LARGEST_EXCESS_S
    late = word.end_s - stretch.end_s > LARGEST_EXCESS_S
    return replace(
        word,
        start_s=stretch.start_s if early else word.start_s,
        end_s=stretch.end_s if late else word.end_s,
    )


def _shared_s(word: Word, span: TimeSpan) -> float:
    return min(word.end_s, span.end_s) - max(word.start_s, span.start_s)


def _joined(regions: Sequence[TimeSpan]) -> list[TimeSpan]:
    stretches: list[TimeSpan] = []
    for region in regions:
        if stretches and region.start_s - stretches[-1].end_s < SHORTEST_PAUSE_S:
            stretches[-1] = TimeSpan(stretches[-1].start_s, region.end_s)
        else:
            stretches.append(region)
    return stretches
