"""SeamlessM4T v2 as a synthesizer: 36 languages, in the voices of its vocoder.

The model has no mouth of its own for a given text: it translates. A text is therefore read in its own
language and forced on the decoder as its own translation, from whose states the units of speech are made;
reworded lines are spoken as they stand.

Official weights: facebook/seamless-m4t-v2-large (CC-BY-NC-4.0). See `models/seamless` for how they run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.errors import ModelOutputError
from models.seamless.checkpoint import SeamlessCheckpoint, open_checkpoint
from models.seamless.m4t_speech import M4TSpeechTranslator, require_speed, require_voice
from models.speech_synthesis.pieces import pause_after, split_at_marks
from models.speech_synthesis.trimming import trim_silence
from models.types import AudioClip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.seamless.speech import SpokenUnits
    from models.types import HeardMixes, Voice, VoiceDesign

SAMPLE_RATE_HZ = 16_000

LONGEST_SAID = 250
"""Letters said in one go, about 17 s. The model was trained on single sentences; much longer ones lose
words."""


class SeamlessSynthesizer:
    """Says text with SeamlessM4T v2; implements `models.base.SpeechSynthesizer`.

    Attributes:
        sample_rate_hz: 16 kHz.
        voices: Those of the vocoder; nothing but their language is known of them.
        heard_mixes: None; each voice is one of the vocoder's speakers.
    """

    sample_rate_hz = SAMPLE_RATE_HZ
    heard_mixes: HeardMixes | None = None

    def __init__(self, checkpoint: SeamlessCheckpoint) -> None:
        self._checkpoint = checkpoint
        self.voices: tuple[Voice, ...] = checkpoint.voices

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Open a checkpoint; its networks are loaded with the first line.

        Args:
            files: Those of a checkpoint of `transformers`, in one folder (see `SeamlessCheckpoint`).
            options: Fields of `SeamlessOptions`, each optional.

        Raises:
            FaultError: a file or an option is missing or not what it should be.
        """
        return cls(open_checkpoint(files, options))

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        """Say `text`; see `models.base.SpeechSynthesizer`.

        The predicted durations of all units are scaled by 1 / `speed`; each is rounded to 20 ms.

        Raises:
            UnsupportedLanguageError: no such voice, a mix of several, or a language that it does not speak.
            FaultError: `speed` is outside `SPEED_RANGE`, or the networks cannot be loaded.
            ModelOutputError: nothing audible came out, or the text holds nothing to say.
        """
        code, speaker = require_voice(self.voices, language, voice.only_voice_id)
        require_speed(speed)
        pieces = split_at_marks(" ".join(text.split()), LONGEST_SAID)
        if not any(letter.isalnum() for letter in text):
            message = f"There is nothing to say in {text!r}"
            raise ModelOutputError(message)
        network = self._checkpoint.network
        parts: list[NDArray[np.float32]] = []
        for position, piece in enumerate(pieces):
            if position:
                parts.append(pause_after(pieces[position - 1], speed, SAMPLE_RATE_HZ))
            (units,) = network.units_of(network.read([piece], code), [piece], code, 1.0 / speed)
            parts.append(trim_silence(network.sound_of(units, code, speaker), SAMPLE_RATE_HZ, piece))
        return AudioClip(np.concatenate(parts)[np.newaxis, :], SAMPLE_RATE_HZ)

    def say_units(self, line: SpokenUnits, voice_id: str) -> AudioClip:
        """Say a line that was translated as speech: the second half of speech to speech.

        See `models.seamless.speech.SpeechTranslator`.
        """
        return M4TSpeechTranslator(self._checkpoint).say(line, voice_id=voice_id)
