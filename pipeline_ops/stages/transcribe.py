"""Writes down what is said, with the time of every word.

Only speech is handed to the recogniser, in pieces cut at pauses: silence and music make Whisper invent
text, and memory stays that of one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.base import SpeechRecognizer
from models.types import LanguageIdentification, TimeSpan, Transcript, TranscriptSegment, Word
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.audio_blocks import read_spans, sound_facts
from pipeline_ops.stage import Resources, stage

LONGEST_PIECE_S = 28.0
"""Whisper hears 30 s at a time; the margins fit in too."""

LONGEST_PAUSE_S = 2.0
"""Over longer pauses Whisper makes things up; over shorter ones the sentence goes on and helps it."""

MARGIN_S = 0.2
"""Kept around a piece: the detector is late on soft consonants."""

SHORTEST_PAUSE_S = 0.3
"""Below this a gap between regions is a plosive or a breath, and words may span it."""

LARGEST_EXCESS_S = 0.1
"""How far a word may reach into silence before it is drawn back to the detector's edge."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """Everything that was said."""

    transcript: Transcript


@stage(
    version=2, capability="speech_recognition", resources=Resources(memory_mb=700, gpu=True, timeout_s=7200)
)
def transcribe(
    *,
    speech: FlacFile,
    regions: tuple[TimeSpan, ...],
    language: LanguageIdentification,
    model: SpeechRecognizer,
) -> Transcription:
    """Transcribe the regions of speech.

    Args:
        speech: The voice alone, any rate, one or two channels.
        regions: Where somebody speaks, in order, disjoint.
        language: Which language is spoken.
        model: The recogniser.

    Raises:
        UnsupportedLanguageError: the recogniser does not write that language.
    """
    pieces = pieces_of(regions, sound_facts(speech).duration_s)
    segments: list[TranscriptSegment] = []
    sounds = read_spans(speech, pieces, sample_rate_hz=model.sample_rate_hz)
    for piece, samples in zip(pieces, sounds, strict=True):
        heard = model.transcribe(samples, language.language)
        segments.extend(shifted(segment, piece.start_s) for segment in heard.segments)
    return Transcription(Transcript(language.language, fit_words(segments, regions)))


def pieces_of(regions: Sequence[TimeSpan], duration_s: float) -> tuple[TimeSpan, ...]:
    """Gather regions into pieces of at most 28 s, cut at long pauses, else at the longest there is.

    A single region that is longer stays whole. Pieces have margins, which never overlap.
    """
    groups: list[list[TimeSpan]] = []
    for region in regions:
        if groups and region.start_s - groups[-1][-1].end_s <= LONGEST_PAUSE_S:
            groups[-1].append(region)
        else:
            groups.append([region])
    parts = [part for group in groups for part in _cut_at_longest_pauses(group)]
    pieces = []
    for index, part in enumerate(parts):
        start_s, end_s = part[0].start_s, part[-1].end_s
        earliest_s = (parts[index - 1][-1].end_s + start_s) / 2 if index else 0.0
        latest_s = (end_s + parts[index + 1][0].start_s) / 2 if index + 1 < len(parts) else duration_s
        pieces.append(TimeSpan(max(earliest_s, start_s - MARGIN_S), min(latest_s, end_s + MARGIN_S)))
    return tuple(pieces)


def _cut_at_longest_pauses(group: list[TimeSpan]) -> list[list[TimeSpan]]:
    parts: list[list[TimeSpan]] = []
    waiting = [group]
    while waiting:
        part = waiting.pop()
        if len(part) == 1 or part[-1].end_s - part[0].start_s <= LONGEST_PIECE_S:
            parts.append(part)
        else:
            cut = _longest_pause(part) + 1
            waiting += [part[cut:], part[:cut]]
    return parts


def _longest_pause(part: list[TimeSpan]) -> int:
    """Return after which region the longest pause comes.

    The detector counts in steps, so pauses are often equally long: of those the most central is meant, since
    cuts at the first of them would leave single words.
    """
    middle_s = (part[0].start_s + part[-1].end_s) / 2

    def length_and_centrality(index: int) -> tuple[float, float]:
        pause_s = part[index + 1].start_s - part[index].end_s
        return round(pause_s, 3), -abs(part[index].end_s - middle_s)

    return max(range(len(part) - 1), key=length_and_centrality)


def shifted(segment: TranscriptSegment, offset_s: float) -> TranscriptSegment:
    """Return the segment later by `offset_s`."""
    words = (
        replace(word, start_s=word.start_s + offset_s, end_s=word.end_s + offset_s) for word in segment.words
    )
    return replace(segment, words=tuple(words))


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
