"""Writes down what is said, with the time of every word.

Only speech is handed to the recogniser, in pieces cut at pauses: silence and music make Whisper invent
text, and memory stays that of one piece. A little of the background is left in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.base import SpeechRecognizer
from models.types import LanguageIdentification, TimeSpan, Transcript
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.audio_blocks import read_spans, sound_facts
from pipeline_ops.stage import Resources, stage
from pipeline_ops.word_times import fit_words, shifted, with_usual_first_words

LONGEST_PIECE_S = 28.0
"""Whisper hears 30 s at a time; the margins fit in too."""

LONGEST_PAUSE_S = 2.0
"""Over longer pauses Whisper makes things up; over shorter ones the sentence goes on and helps it."""

MARGIN_S = 0.2
"""Kept around a piece: the detector is late on soft consonants."""

OBSERVED_SHARE = np.float32(0.5)
"""How much of the background the recogniser hears, too. What a separator tears out of speech hurts a
recogniser more than a soft background does: "observation adding", Iwamoto et al., "How Bad Are Artifacts?",
2022. Of the shares tried by `benchmarks/recognition.py`, the one with the fewest words misheard."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """Everything that was said."""

    transcript: Transcript


@stage(
    version=3, capability="speech_recognition", resources=Resources(memory_mb=700, gpu=True, timeout_s=7200)
)
def transcribe(
    *,
    speech: FlacFile,
    background: FlacFile,
    regions: tuple[TimeSpan, ...],
    language: LanguageIdentification,
    model: SpeechRecognizer,
) -> Transcription:
    """Transcribe the regions of speech.

    Args:
        speech: The voice alone, any rate, one or two channels.
        background: Everything else, of the same kind and length.
        regions: Where somebody speaks, in order, disjoint.
        language: Which language is spoken.
        model: The recogniser.

    Raises:
        UnsupportedLanguageError: the recogniser does not write that language.
    """
    pieces = pieces_of(regions, sound_facts(speech).duration_s)
    heard: list[Transcript] = []
    parts = (read_spans(file, pieces, sample_rate_hz=model.sample_rate_hz) for file in (speech, background))
    for piece, voice, rest in zip(pieces, *parts, strict=True):
        transcript = model.transcribe(voice + OBSERVED_SHARE * rest, language.language)
        heard.append(shifted(transcript, piece.start_s))
    segments = [segment for transcript in with_usual_first_words(heard) for segment in transcript.segments]
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
