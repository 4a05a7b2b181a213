"""A synthesizer that says nothing twice: what it said before, in the same voice and pace, is remembered.

So a line that a person reworded is spoken anew, and no other.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.base import SpeechSynthesizer
from models.types import AudioClip

if TYPE_CHECKING:
    from models.types import HeardMixes, Voice, VoiceDesign
    from pipeline_ops.memory import Memory


class RememberedSynthesis:
    """Says a line of text, or repeats it; either way the same 16-bit samples come out.

    Attributes:
        sample_rate_hz: The synthesizer's.
        voices: The synthesizer's.
        heard_mixes: The synthesizer's.
    """

    def __init__(self, synthesizer: SpeechSynthesizer, memory: Memory, folder: Path) -> None:
        """Take who speaks, what was said before, and an empty folder."""
        self._synthesizer = synthesizer
        self._memory = memory
        self._folder = folder
        self.sample_rate_hz: int = synthesizer.sample_rate_hz
        self.voices: tuple[Voice, ...] = synthesizer.voices
        self.heard_mixes: HeardMixes | None = synthesizer.heard_mixes

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        """Say `text`; see `models.base.SpeechSynthesizer`.

        Raises:
            UnsupportedLanguageError: the synthesizer does not speak the language.
            ModelOutputError: nothing audible came out.
        """
        work = {
            "text": text,
            "language": language,
            "voice": dataclasses.asdict(voice),
            "speed": round(speed, 6),
        }
        said = self._memory.recall(work, self._folder)
        if said is None:
            said = self._folder / "said.flac"
            clip = self._synthesizer.synthesize(text, language, voice, speed)
            samples = np.clip(clip.samples[0], -1.0, 1.0)
            soundfile.write(str(said), samples, clip.sample_rate_hz, format="FLAC", subtype="PCM_16")
            self._memory.keep(work, said)
        samples, rate_hz = soundfile.read(str(said), dtype="float32")
        return AudioClip(np.ascontiguousarray(samples[np.newaxis]), rate_hz)
