"""Plain frozen values that models take and return. Times are seconds from the start of the video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

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
    """Which language is spoken.

    Attributes:
        language: The likeliest one.
        probability: How sure that is, 0 to 1.
        alternatives: The runners-up (language, probability).
        mean_log_probability: Natural log, a token, of a transcript written in that language, where the answer
            was not clear and so a transcript was tried; None where it was clear.
    """

    language: str
    probability: float
    alternatives: tuple[tuple[str, float], ...] = ()
    mean_log_probability: float | None = None


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """A stretch of time in which one speaker talks; turns of different speakers may overlap.

    Attributes:
        start_s: When it begins.
        end_s: When it ends.
        voice: Whose: `voice_1`, `voice_2` and so on, in the order in which they are first heard.
        confidence: How sure it is that it was this one of the speakers, 0 to 1; 1 where there is only one.
    """

    start_s: float
    end_s: float
    voice: str
    confidence: float

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class SpeakerLimits:
    """What is known of a video's speakers before it is heard.

    Attributes:
        expected: How many there are; None where nobody said.
        most: There are no more than these, at least 1.
        minimum_speech_s: Whoever speaks less in all is no speaker: a cough, a laugh, a word from beside the
            camera. What they said goes to the speaker who sounds most alike.
    """

    expected: int | None = None
    most: int = 8
    minimum_speech_s: float = 1.5

    def __post_init__(self) -> None:
        """Refuse limits that nobody can keep.

        Raises:
            ValueError: a number of speakers below 1, or more expected than there may be.
        """
        if self.most < 1 or (self.expected is not None and not 1 <= self.expected <= self.most):
            message = (
                f"expected {self.expected} speakers of at most {self.most}: give 1 or more, at most that"
            )
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of one speaker: the unit that is translated, spoken and placed.

    Attributes:
        index: Its number, from 0.
        speaker: Who says it: `speaker_1`, `speaker_2` and so on, in the order of their first lines.
        start_s: When it begins.
        end_s: When it ends.
        text: What is said.
        words: The same word by word.
        flags: What a person should know of how it was heard: `overlapping_speech` where somebody else talks
            at the same time, `unsure_speaker` where it may have been somebody else.
    """

    index: int
    speaker: str
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()
    flags: tuple[str, ...] = ()

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
class GlossaryTerm:
    """How a creator wants a word of theirs said; a term whose `target` is its `source` stays as written."""

    source: str
    target: str

    @property
    def is_kept(self) -> bool:
        """Whether it is not to be translated."""
        return self.source == self.target


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that a synthesizer offers. `median_pitch_hz` is None where it was not measured."""

    id: str
    language: str
    gender: Literal["female", "male", "unknown"]
    median_pitch_hz: float | None = None


@dataclass(frozen=True, slots=True)
class VoiceShare:
    """How much of one of a synthesizer's voices goes into a mixed one."""

    voice_id: str
    weight: float


@dataclass(frozen=True, slots=True)
class Melody:
    """How a voice's pitch is moved from what it does by itself; a synthesizer that cannot leaves it.

    Attributes:
        shift_semitones: How much higher.
        range_factor: How much further it rises and falls about its mean.
    """

    shift_semitones: float = 0.0
    range_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class VoiceDesign:
    """The voice that something is said with: one of a synthesizer's own, or several mixed.

    Attributes:
        timbre: What it sounds like; the weights add up to 1.
        manner: How it moves, its rhythm and melody; the weights add up to 1.
        melody: What is changed of its pitch.
        pauses_s: How long it is silent at least at each mark within the text, in order; empty for as it is by
            itself. A synthesizer that cannot leaves it.
        formant_factor: How many times higher its formants lie than by themselves, as those of a person with a
            shorter vocal tract do; pitch and pace stay. A synthesizer that cannot leaves it.
    """

    timbre: tuple[VoiceShare, ...]
    manner: tuple[VoiceShare, ...]
    melody: Melody = Melody()
    pauses_s: tuple[float, ...] = ()
    formant_factor: float = 1.0

    @classmethod
    def of(cls, voice_id: str) -> Self:
        """Return one of the synthesizer's own voices."""
        whole = (VoiceShare(voice_id, 1.0),)
        return cls(whole, whole)

    @property
    def only_voice_id(self) -> str | None:
        """The one voice that it is, None where voices are mixed."""
        ids = {share.voice_id for share in (*self.timbre, *self.manner)}
        return ids.pop() if len(ids) == 1 else None

    @property
    def main_voice_id(self) -> str:
        """The voice that most of its manner comes from."""
        return max(self.manner, key=lambda share: share.weight).voice_id


@dataclass(frozen=True, slots=True)
class HeardMixes:
    """Mixed voices of a synthesizer, and where a speaker encoder hears them.

    Attributes:
        space: The encoder's `SpeakerEncoder.space`.
        voice_ids: The voices that are mixed.
        voice_places: Shape (2, voices, dimensions), float32: where the synthesizer keeps each voice's timbre
            and manner, at any scale. Mixes lie between them by their weights; what lies close sounds alike.
        weights: Shape (mixes, 2, voices), float32: each one's timbre and manner.
        points: Shape (mixes, width), float32, on the unit sphere.
    """

    space: str
    voice_ids: tuple[str, ...]
    voice_places: NDArray[np.float32]
    weights: NDArray[np.float32]
    points: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Where a face is: the square around it, in pixels, and how sure that is, 0 to 1.

    `roll_deg` is how far the head leans, clockwise; 0 is upright.
    """

    centre_x_px: float
    centre_y_px: float
    size_px: float
    score: float
    roll_deg: float = 0.0


ENCODING_RATE_HZ = 50.0
"""Moments a second of encoded speech: what Whisper, wav2vec 2.0, HuBERT and WavLM all answer with."""


@dataclass(frozen=True, slots=True)
class SpeechEncoding:
    """What is said, moment by moment, as a `SpeechEncoder` hears it.

    Attributes:
        moments: Shape (moments, width), float32, `ENCODING_RATE_HZ` a second.
        start_s: When the first one begins, on the picture's clock; negative where the sound was late.
    """

    moments: NDArray[np.float32]
    start_s: float = 0.0


@dataclass(frozen=True, slots=True)
class HeardSpeech:
    """Speech as lip-sync takes it: as sound, and as what is said.

    Attributes:
        samples: Mono, shape (samples,), at 16 kHz, on the picture's clock.
        encoding: The same, encoded.
    """

    samples: NDArray[np.float32]
    encoding: SpeechEncoding


@dataclass(frozen=True, slots=True)
class SeenFace:
    """One face over time.

    Attributes:
        times_s: Shape (frames,): when each frame is shown.
        landmarks: Shape (frames, 468, 3), float32, pixels of the upright frame; NaN where there is none.
    """

    times_s: NDArray[np.float64]
    landmarks: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceFootage(SeenFace):
    """One face throughout a video, with the speech that goes with it.

    Attributes:
        usable: Shape (frames,), bool: seen well (not covered, not blurred, not in profile).
        speech: The video's own, its offset against the picture corrected.
        source_digest: sha256 of the video; whoever an engine learnt from before is left out by it.
    """

    usable: NDArray[np.bool_]
    speech: HeardSpeech
    source_digest: str | None = None


@dataclass(frozen=True, slots=True)
class SpeechQuality:
    """What listeners would say of speech: mean opinions from 1 (bad) to 5 (excellent).

    Attributes:
        overall: Of all together (ITU-T P.835, OVRL).
        signal: Of the speech alone (P.835, SIG).
        background: Of what else is heard: 5 is nothing that intrudes (P.835, BAK).
        p808: Of all together, as ITU-T P.808 asks.
    """

    overall: float
    signal: float
    background: float
    p808: float


FacePart = Literal["face", "below_eyes"]
"""What of a face is lifted out of a frame: from the forehead, or from the eyes, to below the chin."""


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """The part of one frame that shows a face.

    Attributes:
        index: The frame's number in the footage.
        landmarks: Shape (468, 3), float32, pixels of the upright frame.
        pixels: R'G'B', shape (height, width, 3), float32, nominally 0 to 1.
        left_px: Where the first column of `pixels` lies in the upright frame.
        top_px: Where its first row lies.
    """

    index: int
    landmarks: NDArray[np.float32]
    pixels: NDArray[np.float32]
    left_px: int
    top_px: int


@dataclass(frozen=True, slots=True)
class FacePatch:
    """What a frame's part becomes.

    Attributes:
        pixels: R'G'B', the shape of the frame's `pixels`, float32.
        changed: Shape (height, width), bool; where False, `pixels` do not count and the frame stays as it is.
    """

    pixels: NDArray[np.float32]
    changed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LipFit:
    """How well a speaker's mouth was learnt.

    Attributes:
        model: The file that was written.
        held_out_correlation: Predicted against real mouth on footage of this speaker that was held out; None
            for a generator that learns nothing.
        noise_correlation: What the same measure gives by chance (speech shifted against the picture).
        speech_s: How much usable speech it was learnt from.
        exemplars: How many real mouths are in its library.
    """

    model: Path
    held_out_correlation: float | None
    noise_correlation: float | None
    speech_s: float
    exemplars: int


@dataclass(frozen=True, slots=True)
class HeardWatermark:
    """How surely a window of sound bears a watermark: 0 not at all, 1 for sure."""

    start_s: float
    end_s: float
    presence: float


@dataclass(frozen=True, slots=True)
class WatermarkReading:
    """What a watermark's detector heard.

    Attributes:
        windows: In order, overlapping; silent ones are not among them.
        full_presence: From which presence on a window counts as marked.
    """

    windows: tuple[HeardWatermark, ...]
    full_presence: float

    @property
    def marked_s(self) -> float:
        """Seconds that lie in at least one marked window."""
        return _covered_s(window for window in self.windows if window.presence >= self.full_presence)

    @property
    def heard_s(self) -> float:
        """Seconds that lie in at least one window."""
        return _covered_s(self.windows)

    @property
    def strongest(self) -> float:
        """The highest presence of any window; 0 where nothing was heard."""
        return max((window.presence for window in self.windows), default=0.0)


def _covered_s(windows: Iterable[HeardWatermark]) -> float:
    """Return the seconds that lie in at least one of some windows, which are in order."""
    covered_s = until_s = 0.0
    for window in windows:
        covered_s += max(0.0, window.end_s - max(window.start_s, until_s))
        until_s = max(until_s, window.end_s)
    return covered_s
