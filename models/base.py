"""One protocol a capability: what the platform asks of a model, whichever engine answers.

An engine is a class with a `load` class method that takes its files and options (see
`models/registry.py`); it imports its heavy library inside that method. Engines read the sound they
are handed and return values of `models/types.py`; they open no other path and keep no state that
changes an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from models.types import (
        AudioClip,
        FaceBox,
        FaceFootage,
        FaceFrame,
        FacePart,
        FacePatch,
        GlossaryTerm,
        HeardMixes,
        HeardSpeech,
        LanguageIdentification,
        LipFit,
        SeenFace,
        SpeakerLimits,
        SpeakerTurn,
        SpeechQuality,
        TimeSpan,
        Transcript,
        Utterance,
        Voice,
        VoiceDesign,
        WatermarkReading,
        Wording,
    )

Capability = Literal[
    "voice_activity_detection",
    "language_identification",
    "speech_recognition",
    "speech_separation",
    "translation",
    "speech_synthesis",
    "speech_encoding",
    "speaker_embedding",
    "diarization",
    "face_landmarks",
    "lip_sync",
    "toxicity_detection",
    "watermarking",
    "sentence_similarity",
    "speech_quality",
]


@runtime_checkable
class VoiceActivityDetector(Protocol):
    """Finds where somebody speaks."""

    sample_rate_hz: int

    def detect_speech(self, blocks: Iterable[NDArray[np.float32]]) -> tuple[TimeSpan, ...]:
        """Return the spans of speech, in order, disjoint.

        Args:
            blocks: Consecutive mono blocks, shape (frames,), at `sample_rate_hz`, of any length.
        """
        ...


@runtime_checkable
class LanguageIdentifier(Protocol):
    """Tells which language is spoken."""

    sample_rate_hz: int

    def identify_language(self, windows: Sequence[NDArray[np.float32]]) -> LanguageIdentification:
        """Weigh several windows of speech into one answer.

        Args:
            windows: Mono, shape (frames,), at `sample_rate_hz`, at most 30 s each, at least one.
        """
        ...


@runtime_checkable
class SpeechRecognizer(Protocol):
    """Writes down what is said, with the time of every word."""

    sample_rate_hz: int
    languages: frozenset[str]

    def transcribe(self, samples: NDArray[np.float32], language: str) -> Transcript:
        """Recognise speech in `language`.

        Args:
            samples: Mono, shape (frames,), at `sample_rate_hz`.
            language: One of `languages`.

        Raises:
            UnsupportedLanguageError: `language` is not one of `languages`.
        """
        ...


@runtime_checkable
class SpeechSeparator(Protocol):
    """Parts speech from everything else, sample by sample in time with its input."""

    sample_rate_hz: int

    def separate(
        self, blocks: Iterable[NDArray[np.float32]], channels: int
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield (speech, background) blocks; their sum is the input and their total length its length.

        Args:
            blocks: Consecutive blocks, shape (channels, frames), at `sample_rate_hz`, of any length.
            channels: 1 or 2.
        """
        ...


@runtime_checkable
class Translator(Protocol):
    """Translates lines of text, several wordings a line where it can."""

    pairs: frozenset[tuple[str, str]]

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        """Return for each utterance its wordings, the best translation first, at least one each.

        Neighbouring utterances may serve as context. Wordings differ in length where the engine can. Terms of
        the glossary are said as it wants where the engine manages; whoever calls checks and tells.

        Raises:
            UnsupportedLanguageError: the pair is not one of `pairs`.
            ModelOutputError: a line came back empty.
        """
        ...


@runtime_checkable
class SpeechSynthesizer(Protocol):
    """Says a line of text.

    Attributes:
        sample_rate_hz: Of what it says.
        voices: Its own voices.
        heard_mixes: Where mixes of its voices were heard before, for who looks for a mix that sounds like
            somebody; None where it cannot mix voices.
    """

    sample_rate_hz: int
    voices: tuple[Voice, ...]
    heard_mixes: HeardMixes | None

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        """Return mono speech, shape (1, frames), without leading or trailing silence.

        Args:
            text: What to say, of any length; the engine splits what is too long for it.
            language: One of the synthesizer's, in which the voice need not be at home.
            voice: One of `voices`, or a mix of them where the engine can.
            speed: Asked pace, 1.0 natural, 1.2 about a fifth faster. Engines need not be exact.

        Raises:
            UnsupportedLanguageError: no such voice, or it does not speak `language`.
            ModelOutputError: nothing audible came out.
        """
        ...


@runtime_checkable
class SpeechEncoder(Protocol):
    """Hears what is said, moment by moment, whoever says it."""

    sample_rate_hz: int
    width: int

    def encode(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Yield consecutive moments, shape (moments, width), `ENCODING_RATE_HZ` a second.

        Args:
            blocks: Consecutive mono blocks, shape (frames,), at `sample_rate_hz`, of any length.
        """
        ...


@runtime_checkable
class SpeakerEncoder(Protocol):
    """Tells voices apart: what one person says lies close together, what others say further off.

    Attributes:
        sample_rate_hz: Of the sound that it hears.
        width: Of its answers.
        space: Names the space that its answers lie in: those of two encoders of one name can be compared.
    """

    sample_rate_hz: int
    width: int
    space: str

    def embed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one voice as a point on the unit sphere, shape (width,), float32.

        Two voices compare by their dot product, at most 1.

        Args:
            samples: Mono, shape (frames,), at `sample_rate_hz`; of one speaker, half a second at least.

        Raises:
            ModelOutputError: there is too little sound, or none, to hear a voice in.
        """
        ...


@runtime_checkable
class SentenceEncoder(Protocol):
    """Puts sentences of several languages into one space, where like meanings lie close together."""

    width: int
    languages: frozenset[str]

    def embed_sentences(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Return one point of the unit sphere a sentence, shape (sentences, width), float32.

        Two sentences compare by their dot product, at most 1.

        Raises:
            ModelOutputError: a sentence is empty.
        """
        ...


@runtime_checkable
class SpeechQualityJudge(Protocol):
    """Says what listeners would say of how speech sounds.

    Attributes:
        sample_rate_hz: Of the sound that it hears.
        longest_s: What it hears at a time; more does not count.
    """

    sample_rate_hz: int
    longest_s: float

    def rate_speech(self, samples: NDArray[np.float32]) -> SpeechQuality:
        """Rate speech.

        Args:
            samples: Mono, shape (frames,), at `sample_rate_hz`, nominally in [-1, 1].

        Raises:
            ModelOutputError: there is no sound to rate.
        """
        ...


@runtime_checkable
class SpeakerDiarizer(Protocol):
    """Tells who speaks when."""

    sample_rate_hz: int

    def diarize(
        self,
        blocks: Iterable[NDArray[np.float32]],
        regions: Sequence[TimeSpan],
        limits: SpeakerLimits,
    ) -> tuple[SpeakerTurn, ...]:
        """Return every speaker's turns, in order of their start; empty where `regions` are.

        Turns of one speaker are disjoint; those of different speakers overlap where both talk. What is kept
        in memory grows by no more than what is known of each window of a few seconds.

        Args:
            blocks: Consecutive mono blocks, shape (frames,), at `sample_rate_hz`, of any length.
            regions: Where somebody speaks, in order, disjoint; nobody speaks elsewhere.
            limits: How many speakers there may be.
        """
        ...


@runtime_checkable
class FaceLandmarker(Protocol):
    """Finds faces in a picture, and the 468 points of the MediaPipe face mesh on each."""

    def detect_faces(self, image: NDArray[np.uint8]) -> tuple[FaceBox, ...]:
        """Return the faces of one picture, the surest first.

        Args:
            image: R'G'B', upright, shape (height, width, 3).
        """
        ...

    def locate_landmarks(self, image: NDArray[np.uint8], box: FaceBox) -> tuple[NDArray[np.float32], float]:
        """Return one face's points, shape (468, 3), in pixels, and how sure it is that one is there, 0 to 1.

        Args:
            image: R'G'B', upright, shape (height, width, 3).
            box: Where the face is: as detected, or around the points of the frame before.
        """
        ...


@runtime_checkable
class LipPlan(Protocol):
    """New mouth shapes for one face of one video, ready to be drawn frame by frame, in any order.

    It can be pickled: several processes share the drawing.

    Attributes:
        part: What of a face it wants to see: all of it, or what lies below the eyes.
    """

    part: ClassVar[FacePart]

    def render(self, frame: FaceFrame) -> FacePatch | None:
        """Draw the mouth of one frame; None where the frame stays as it is."""
        ...


@runtime_checkable
class LipSynchronizer(Protocol):
    """Gives a speaker the mouth shapes of new speech."""

    def fit(self, footage: FaceFootage, frames: Iterable[FaceFrame], folder: Path) -> LipFit:
        """Learn one speaker's mouth from footage of theirs and write what was learnt into `folder`.

        The same footage gives the same bytes. A ready-made generator learns nothing: its model is empty.

        Args:
            footage: All frames' landmarks and the speech that they belong to.
            frames: The pictures of the usable frames, in order, once; only a bounded library of them is kept.
            folder: Where to write; empty.
        """
        ...

    def plan(
        self,
        model: Path,
        face: SeenFace,
        speech: HeardSpeech,
        strength: NDArray[np.float32],
    ) -> LipPlan:
        """Decide every frame's mouth for new speech.

        Args:
            model: What `fit` wrote.
            face: The face that is to be changed.
            speech: The new speech, on the same clock.
            strength: Shape (frames,): 0 leaves the frame alone, 1 changes it; between them the mouth is on
                its way from one to the other.
        """
        ...


@runtime_checkable
class ToxicityDetector(Protocol):
    """Tells how likely a line of text insults somebody."""

    def insult_probabilities(self, texts: Sequence[str]) -> list[float]:
        """Return a probability from 0 to 1 for each text, in order; nothing for no text.

        Raises:
            ModelOutputError: the model gave something else.
        """
        ...


@runtime_checkable
class Watermarker(Protocol):
    """Marks speech so that a machine finds out, and nobody hears it.

    Attributes:
        sample_rate_hz: Of the sound in which it looks for marks.
        payload_bits: How long an id its mark carries; 0 where it only says that it is there.
    """

    sample_rate_hz: int
    payload_bits: int

    def mark(
        self, blocks: Iterable[NDArray[np.float32]], sample_rate_hz: int
    ) -> Iterator[NDArray[np.float32]]:
        """Yield the same blocks with the mark added: as many, of the same lengths.

        Args:
            blocks: Consecutive mono blocks, shape (frames,), at `sample_rate_hz`, of any length.
            sample_rate_hz: Any rate; sound above the mark's band is left alone.
        """
        ...

    def detect(self, blocks: Iterable[NDArray[np.float32]]) -> WatermarkReading:
        """Return how surely each window of a sound bears the mark; silent windows are passed over.

        Args:
            blocks: Consecutive mono blocks, shape (frames,), at the watermarker's own rate, of any length.
        """
        ...
