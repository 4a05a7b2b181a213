"""Speech to speech with SeamlessM4T v2: good translations in the vocoder's own voices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.errors import FaultError, ModelOutputError, UnsupportedLanguageError
from models.seamless.batches import batches_by_length
from models.seamless.checkpoint import SeamlessCheckpoint, open_checkpoint
from models.seamless.languages import seamless_code
from models.seamless.network import HEARD_RATE_HZ, Encoded
from models.seamless.speech import SpokenUnits, require_a_text_each
from models.speech_synthesis.trimming import trim_silence
from models.types import AudioClip, Voice

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPEED_RANGE = (0.5, 2.0)
"""Half and double durations; units say nothing beyond. The timing solver asks for far less."""

Texts = Callable[[list[int], Encoded], list[str]]
"""What the lines of a batch, by their numbers, shall say, once they have been heard."""


class M4TSpeechTranslator:
    """Speech to text and units, and units to sound; implements `models.seamless.speech.SpeechTranslator`."""

    heard_rate_hz = HEARD_RATE_HZ
    sample_rate_hz = 16_000

    def __init__(self, checkpoint: SeamlessCheckpoint) -> None:
        self._checkpoint = checkpoint
        self.languages = frozenset(voice.language for voice in checkpoint.voices)

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Open a checkpoint; its networks are loaded with the first line.

        Raises:
            FaultError: a file or an option is missing or not what it should be.
        """
        return cls(open_checkpoint(files, options))

    def translate(
        self, sounds: Sequence[NDArray[np.float32]], target_language: str, *, speed: float = 1.0
    ) -> list[SpokenUnits]:
        """Return each line's likeliest translation, as text and units; see `SpeechTranslator`."""
        code = self._spoken_code(target_language)

        def likeliest(_batch: list[int], heard: Encoded) -> list[str]:
            found = self._checkpoint.network.write(heard, code, beam_size=self._checkpoint.options.beam_size)
            return [hypotheses[0].text for hypotheses in found]

        return self._units(sounds, likeliest, target_language, speed)

    def retell(
        self,
        sounds: Sequence[NDArray[np.float32]],
        texts: Sequence[str],
        target_language: str,
        *,
        speed: float = 1.0,
    ) -> list[SpokenUnits]:
        """Return units for given translations of the same lines; see `SpeechTranslator`."""
        require_a_text_each(sounds, texts)

        def given(batch: list[int], _heard: Encoded) -> list[str]:
            return [texts[line] for line in batch]

        return self._units(sounds, given, target_language, speed)

    def say(
        self, line: SpokenUnits, *, sound: NDArray[np.float32] | None = None, voice_id: str | None = None
    ) -> AudioClip:
        """Say a line's units in one of the vocoder's voices; see `SpeechTranslator`."""
        voices = self._checkpoint.voices
        first = next((voice.id for voice in voices if voice.language == line.language), "")
        code, speaker = require_voice(voices, line.language, first if voice_id is None else voice_id)
        samples = self._checkpoint.network.sound_of(line.units, code, speaker)
        return AudioClip(
            trim_silence(samples, self.sample_rate_hz, line.text)[np.newaxis, :], self.sample_rate_hz
        )

    def _units(
        self, sounds: Sequence[NDArray[np.float32]], texts_of: Texts, language: str, speed: float
    ) -> list[SpokenUnits]:
        code, network = self._spoken_code(language), None
        require_speed(speed)
        lines: dict[int, SpokenUnits] = {}
        budget = round(self._checkpoint.options.batch_s * HEARD_RATE_HZ)
        for batch in batches_by_length([len(sound) for sound in sounds], budget):
            network = self._checkpoint.network
            heard = network.hear([sounds[line] for line in batch])
            texts = [" ".join(text.split()) for text in texts_of(batch, heard)]
            for line, text in zip(batch, texts, strict=True):
                if not text:
                    message = f"Line {line} of the speech came back without a word"
                    raise ModelOutputError(message)
            units = network.units_of(heard, texts, code, 1.0 / speed)
            lines |= {
                line: SpokenUnits(language, text, said)
                for line, text, said in zip(batch, texts, units, strict=True)
            }
        return [lines[line] for line in range(len(sounds))]

    def _spoken_code(self, language: str) -> str:
        if language not in self.languages:
            message = (
                f"This SeamlessM4T does not speak {language!r}; it speaks {', '.join(sorted(self.languages))}"
            )
            raise UnsupportedLanguageError(message)
        return seamless_code(language)


def require_voice(voices: Sequence[Voice], language: str, voice_id: str | None) -> tuple[str, int]:
    """Return Seamless's code of a language and a voice's number in the vocoder.

    The voice need not be at home in that language: the vocoder is told both, each by itself.

    Raises:
        UnsupportedLanguageError: no voice is at home in `language`, so that the vocoder does not know it; or
            there is no such voice, or no single one (None).
    """
    wanted = language.partition("-")[0].lower()
    spoken = sorted({voice.language for voice in voices})
    if wanted not in spoken:
        message = f"This SeamlessM4T does not speak {language!r}; it speaks {', '.join(spoken)}"
        raise UnsupportedLanguageError(message)
    if voice_id is None:
        message = "SeamlessM4T cannot mix voices: choose one of its own"
        raise UnsupportedLanguageError(message)
    if voice_id not in {voice.id for voice in voices}:
        message = f"SeamlessM4T has no voice {voice_id!r}; it has {', '.join(voice.id for voice in voices)}"
        raise UnsupportedLanguageError(message)
    return seamless_code(wanted), int(voice_id.rpartition("-")[2])


def require_speed(speed: float) -> None:
    """Refuse a pace that the model cannot keep.

    Raises:
        FaultError: it is outside `SPEED_RANGE`.
    """
    slowest, fastest = SPEED_RANGE
    if not slowest <= speed <= fastest:
        message = f"SeamlessM4T speaks at {slowest} to {fastest} times its pace, not at {speed}"
        raise FaultError(message)
