"""Speech to speech in two halves: first text and units, which can be stored and looked at, then sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from models.errors import FaultError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from models.types import AudioClip

UNIT_S = 0.02
"""What one unit lasts: 320 samples at 16 kHz, a step of the encoder whose clusters the units are."""


@dataclass(frozen=True, slots=True)
class SpokenUnits:
    """What a line becomes before it is sound; plain values, so that a checkpoint can hold it.

    Attributes:
        language: ISO 639-1.
        text: What it says.
        units: The speech itself, 50 a second: numbers of the clusters of sound that the model was trained on.
    """

    language: str
    text: str
    units: tuple[int, ...]

    @property
    def duration_s(self) -> float:
        """How long it will sound, silence at its ends counted."""
        return len(self.units) * UNIT_S


@runtime_checkable
class SpeechTranslator(Protocol):
    """Translates lines as they were spoken, without a transcript, and says them.

    Attributes:
        heard_rate_hz: Of the sound that it is handed.
        sample_rate_hz: Of the sound that it makes.
        languages: What it can speak, ISO 639-1; it hears many more.
    """

    heard_rate_hz: int
    sample_rate_hz: int
    languages: frozenset[str]

    def translate(
        self, sounds: Sequence[NDArray[np.float32]], target_language: str, *, speed: float = 1.0
    ) -> list[SpokenUnits]:
        """Return each line's translation as text and units: the first half.

        Args:
            sounds: One line each, mono, shape (frames,), at `heard_rate_hz`.
            target_language: One of `languages`.
            speed: 1.0 the pace that the model finds natural in that language, above it faster.

        Raises:
            UnsupportedLanguageError: it does not speak `target_language`.
            ModelOutputError: a line came back without text or units.
        """
        ...

    def retell(
        self,
        sounds: Sequence[NDArray[np.float32]],
        texts: Sequence[str],
        target_language: str,
        *,
        speed: float = 1.0,
    ) -> list[SpokenUnits]:
        """Return units for given translations of the same lines: the first half, after people reworded it.

        Args:
            sounds: As `translate` takes them.
            texts: What each line shall say, in `target_language`.
            target_language: One of `languages`.
            speed: As `translate` takes it.

        Raises:
            UnsupportedLanguageError: it does not speak `target_language`.
            ModelOutputError: a text is empty, or a line came back without units.
        """
        ...

    def say(
        self,
        line: SpokenUnits,
        *,
        sound: NDArray[np.float32] | None = None,
        voice_id: str | None = None,
    ) -> AudioClip:
        """Return a line's speech, shape (1, frames), without leading or trailing silence: the second half.

        Args:
            line: Of `translate` or `retell`.
            sound: The line as it was spoken, for those that keep the speaker's voice; others pass over it.
            voice_id: One of the model's own voices, for those that have some; the language's first where left
                out.

        Raises:
            UnsupportedLanguageError: no such voice, or it does not speak the line's language.
            ModelOutputError: nothing audible came out.
            FaultError: it keeps the speaker's voice and was handed no `sound`.
        """
        ...


def require_a_text_each(sounds: Sequence[NDArray[np.float32]], texts: Sequence[str]) -> None:
    """Make sure that every line that is to be retold has its text.

    Raises:
        FaultError: there are more of one than of the other.
    """
    if len(texts) != len(sounds):
        message = f"{len(texts)} texts were handed over for {len(sounds)} lines of speech"
        raise FaultError(message)
