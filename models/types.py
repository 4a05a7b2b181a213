"""Plain frozen values that models take and return. Times are seconds from the start of the video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A stretch of time, `start_s` included, `end_s` not."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class AudioClip:
    """Sound in memory: `samples` is float32 of shape (channels, frames), nominally in [-1, 1]."""

    samples: NDArray[np.float32]
    sample_rate_hz: int

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return float(self.samples.shape[-1]) / self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word. `text` keeps its punctuation and carries no spaces around it."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class TranscriptSegment:
    """What a recogniser heard in one go, with its own doubts about it (see Whisper's paper, sec. 4.5).

    Attributes:
        words: The words in order.
        mean_log_probability: Mean natural log probability of the tokens.
        no_speech_probability: How likely there was no speech at all.
        compression_ratio: Length of the text over its zlib-compressed length; high means repetition.
    """

    words: tuple[Word, ...]
    mean_log_probability: float
    no_speech_probability: float
    compression_ratio: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that was said, in `language` (BCP 47, as the catalog writes it)."""

    language: str
    segments: tuple[TranscriptSegment, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """All words of all segments, in order."""
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def text(self) -> str:
        """The words joined by spaces."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class LanguageIdentification:
    """Which language is spoken, how sure that is, and the runners-up (language, probability)."""

    language: str
    probability: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of one speaker: the unit that is translated, spoken and placed."""

    index: int
    speaker: str
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.end_s - self.start_s


WordingKind = Literal["plain", "shorter", "longer"]


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say a line in the target language.

    `penalty` is what choosing it costs in meaning or fluency: 0 for the best translation, higher for
    a rewording; the timing solver weighs it against changes of speed.
    """

    text: str
    kind: WordingKind = "plain"
    penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that a synthesizer offers. `median_pitch_hz` is None where it was not measured."""

    id: str
    language: str
    gender: Literal["female", "male", "unknown"]
    median_pitch_hz: float | None = None
