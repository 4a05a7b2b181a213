"""Stops a video whose transcript is noise, before anything is translated from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.types import TimeSpan, Transcript, TranscriptSegment
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.audio_blocks import read_spans
from pipeline_ops.quality.held_notes import held_note_share
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.identify_language import spread_windows
from pipeline_ops.verdicts import rejection


@dataclass(frozen=True, slots=True)
class TranscriptParameters:
    """When a transcript is taken for noise.

    Attributes:
        minimum_mean_probability: Below this geometric mean probability a token the recogniser was
            guessing; Whisper's own fallback limit is a mean log probability of -1.0, which is 0.37.
        minimum_word_probability: Mean probability of the words. Speech under noise 10 dB louder, misheard
            nearly whole, gave 0.28; speech under equally loud music, half of it misheard, 0.57; the
            nonsense sentences of GRID 0.58, clear speech about 0.8.
        doubtful_word_probability: Below this it is asked whether somebody sings: a recogniser hears words
            in songs that nobody sang, and believes them as much as speech under music.
        maximum_held_note_share: Above this, somebody sings; see `pipeline_ops/quality/held_notes.py`. Not
            asked where the words are clear: some people chant, and some songs are heard rightly.
        maximum_compression_ratio: Whisper's own limit for a segment that repeats itself (its paper,
            4.5); over a whole video any text compresses better, and a refrain is no fault.
        minimum_words_per_speech_s: Speech runs at 2 to 4 words a second in the served languages;
            less than a quarter of the slowest means that most of the sound was no speech.
        maximum_no_speech_share: A transcript most of which the recogniser itself calls no speech.
    """

    minimum_mean_probability: float = 0.37
    minimum_word_probability: float = 0.45
    doubtful_word_probability: float = 0.7
    maximum_held_note_share: float = 0.5
    maximum_compression_ratio: float = 2.4
    minimum_words_per_speech_s: float = 0.4
    maximum_no_speech_share: float = 0.5


@dataclass(frozen=True, slots=True)
class TranscriptFacts:
    """What was measured on the transcript, kept beside it; notes only where the words were doubted."""

    word_count: int
    words_per_speech_s: float
    mean_probability: float
    word_probability: float
    compression_ratio: float
    no_speech_share: float
    held_note_share: float | None = None


@dataclass(frozen=True, slots=True)
class TranscriptJudgement:
    """The facts of a transcript that passed."""

    facts: TranscriptFacts


NO_SPEECH_PROBABILITY = 0.6
"""Whisper's own threshold for calling a segment silent (its paper, 4.5)."""


NOTES_WINDOWS = 5
"""Half minutes of speech, spread over the video, in which notes are looked for; each takes about a second."""

NOTES_RATE_HZ = 16_000


@stage(version=4, resources=Resources(memory_mb=400, timeout_s=600))
def judge_transcript(
    *,
    transcript: Transcript,
    speech: FlacFile,
    regions: tuple[TimeSpan, ...],
    parameters: TranscriptParameters,
) -> TranscriptJudgement:
    """Measure how far the recogniser believed itself; reject what it did not, and doubted songs.

    Args:
        transcript: What was heard.
        speech: The voice alone.
        regions: Where somebody speaks.
        parameters: When to reject.

    Raises:
        RejectedInputError: `garbage_transcript`.
    """
    facts = transcript_facts(transcript, regions)
    believable = (
        facts.word_count > 0
        and facts.mean_probability >= parameters.minimum_mean_probability
        and facts.word_probability >= parameters.minimum_word_probability
        and facts.compression_ratio <= parameters.maximum_compression_ratio
        and facts.words_per_speech_s >= parameters.minimum_words_per_speech_s
        and facts.no_speech_share <= parameters.maximum_no_speech_share
    )
    if not believable:
        raise rejection("garbage_transcript")
    if facts.word_probability < parameters.doubtful_word_probability:
        facts = replace(facts, held_note_share=_held_note_share(speech, regions))
        if (facts.held_note_share or 0.0) > parameters.maximum_held_note_share:
            raise rejection("garbage_transcript")
    return TranscriptJudgement(facts)


def _held_note_share(speech: FlacFile, regions: tuple[TimeSpan, ...]) -> float | None:
    """Return the mean share of held notes over windows of speech, None where there is too little."""
    windows = spread_windows(regions, NOTES_WINDOWS)
    pieces = read_spans(speech, [span for window in windows for span in window], sample_rate_hz=NOTES_RATE_HZ)
    shares = (
        held_note_share(np.concatenate([next(pieces) for _ in window]), NOTES_RATE_HZ) for window in windows
    )
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None


def transcript_facts(transcript: Transcript, regions: tuple[TimeSpan, ...]) -> TranscriptFacts:
    """Measure a transcript against the spans in which somebody speaks."""
    import math

    words = transcript.words
    speech_s = sum(region.duration_s for region in regions)
    segments = transcript.segments
    log_probability = _word_weighted(segments, [each.mean_log_probability for each in segments])
    return TranscriptFacts(
        word_count=len(words),
        words_per_speech_s=len(words) / speech_s if speech_s > 0 else 0.0,
        mean_probability=math.exp(log_probability) if words else 0.0,
        word_probability=sum(word.probability for word in words) / len(words) if words else 0.0,
        compression_ratio=_word_weighted(segments, [each.compression_ratio for each in segments]),
        no_speech_share=_no_speech_share(transcript.segments),
    )


def _word_weighted(segments: tuple[TranscriptSegment, ...], values: list[float]) -> float:
    """Average over segments, each weighing as many as it has words; 0 where there are none."""
    total = sum(len(segment.words) for segment in segments)
    weighted = sum(value * len(segment.words) for segment, value in zip(segments, values, strict=True))
    return weighted / total if total else 0.0


def _no_speech_share(segments: tuple[TranscriptSegment, ...]) -> float:
    total = sum(len(segment.words) for segment in segments)
    silent = sum(
        len(segment.words)
        for segment in segments
        if segment.no_speech_probability > NO_SPEECH_PROBABILITY and segment.mean_log_probability < -1.0
    )
    return silent / total if total else 0.0
