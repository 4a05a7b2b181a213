"""What an evaluation looks at and listens to, gathered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.base import (
    LanguageIdentifier,
    SentenceEncoder,
    SpeakerEncoder,
    SpeechQualityJudge,
    SpeechRecognizer,
)
from models.types import TimeSpan, Utterance
from pipeline_ops.media.audio_blocks import read_spans
from pipeline_ops.media.probe import MediaContents, MediaInfo
from pipeline_ops.quality.lip_sync import LipSync
from pipeline_ops.timing import Placement
from pipeline_ops.voices.records import SpeakerVoice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ = 16_000
"""What every model here hears."""


@dataclass(frozen=True)
class Judges:
    """The models that listen; None where none serves the language or the profile names none."""

    recognizer: SpeechRecognizer | None
    identifier: LanguageIdentifier | None
    encoder: SpeakerEncoder | None
    sentences: SentenceEncoder | None
    listener: SpeechQualityJudge | None


@dataclass(frozen=True)
class DubbedLine:
    """A line on both sides, what the dub says, and whether people worded that."""

    original: Utterance
    place: Placement
    text: str
    by_people: bool = False


@dataclass(frozen=True)
class Material:
    """One translation with its source.

    Attributes:
        media: The source.
        source: Its file.
        finished: The finished file, as a medium.
        video: Its file.
        contents: What the finished file holds, read from its packets.
        source_language: BCP 47.
        target_language: BCP 47.
        lines: Those of the dub.
        regions: Where somebody speaks in the original.
        original: The source's sound.
        original_speech: The original voice alone.
        dub_speech: The dub's voice alone, as it was planned.
        sound: The dub as the finished file plays it, 48 kHz, on the source's timeline.
        analysis: The same, 16 kHz, mono.
        original_lufs: Loudness of the source; None where it is silent.
        voices: Each speaker's.
        lips: Of each track that was changed, lips against the dub before and after; None where the picture
            was kept.
        language_windows: Of the finished dub, what a language identifier is to hear.
        most_lines: So many lines are listened to at most.
    """

    media: MediaInfo
    source: Path
    finished: MediaInfo
    video: Path
    contents: MediaContents
    source_language: str
    target_language: str
    lines: tuple[DubbedLine, ...]
    regions: tuple[TimeSpan, ...]
    original: Path
    original_speech: Path
    dub_speech: Path
    sound: Path
    analysis: Path
    original_lufs: float | None
    voices: tuple[SpeakerVoice, ...]
    lips: tuple[tuple[LipSync | None, LipSync | None], ...] | None
    language_windows: tuple[tuple[TimeSpan, ...], ...]
    most_lines: int

    @property
    def placements(self) -> tuple[Placement, ...]:
        """Where the dub's lines stand."""
        return tuple(line.place for line in self.lines)


def dub_lines(lines: Sequence[DubbedLine], path: Path) -> list[NDArray[np.float32]]:
    """Return each line of a sound of the dub, mono, at `RATE_HZ`."""
    spans = [TimeSpan(line.place.start_s, line.place.end_s) for line in lines]
    return list(read_spans(path, spans, sample_rate_hz=RATE_HZ))


def original_lines(lines: Sequence[DubbedLine], path: Path) -> list[NDArray[np.float32]]:
    """Return each line of a sound of the original, mono, at `RATE_HZ`."""
    spans = [TimeSpan(line.original.start_s, line.original.end_s) for line in lines]
    return list(read_spans(path, spans, sample_rate_hz=RATE_HZ))
