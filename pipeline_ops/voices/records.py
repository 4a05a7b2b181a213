"""Whose voice became which: what a fit leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.types import VoiceDesign
from pipeline_ops.voices.fitting import NotFitted

Reason = Literal["asked_for", "fitted", "known", "nearest_pitch", "pitch_unknown"]


@dataclass(frozen=True, slots=True)
class VoicePrint:
    """A person's voice as a speaker encoder hears it; tells who somebody is, and is to be kept like that.

    Attributes:
        space: The encoder's `SpeakerEncoder.space`.
        point: On the unit sphere.
    """

    space: str
    point: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SpeakerVoice:
    """The voice of one speaker, and why.

    Attributes:
        speaker: As utterances name them.
        design: The voice.
        band_gains_db: What brings it to the colour of the speaker's recording (`voices/timbre.py`).
        reason: `asked_for`, `fitted`, `known` (fitted to this person for another video of the creator),
            `nearest_pitch` or `pitch_unknown` (the language's first voice).
        not_fitted_because: Why no mix was taken; None where one was, or none was looked for.
        speaker_pitch_hz: The speaker's median pitch, None where it could not be measured.
        voice_pitch_hz: That of the synthesizer's own voice which is nearest, None where it was not measured.
        likeness: How close the voice is to the speaker, as the encoder hears it on phrases that it was not
            fitted on, at most 1; None where it was not measured.
        plain_likeness: The same of the synthesizer's own voice.
        word_error_rate: Of a recogniser on those phrases.
        plain_word_error_rate: The same of the synthesizer's own voice.
        heard: The speaker, where a voice was fitted to them, so that another video can use it.
        plain: The synthesizer's own voice that this one was taken instead of; None where it is one itself.
    """

    speaker: str
    design: VoiceDesign
    band_gains_db: tuple[float, ...]
    reason: Reason
    not_fitted_because: NotFitted | None
    speaker_pitch_hz: float | None
    voice_pitch_hz: float | None
    likeness: float | None = None
    plain_likeness: float | None = None
    word_error_rate: float | None = None
    plain_word_error_rate: float | None = None
    heard: VoicePrint | None = None
    plain: VoiceDesign | None = None
