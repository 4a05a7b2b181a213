"""Chooses the voice in which each speaker is dubbed.

This version takes, among the voices of the target language, the one whose pitch is nearest to the
speaker's. A speaker whose pitch cannot be measured gets the language's first voice, and the record says
that it was so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.base import SpeechSynthesizer
from models.errors import UnsupportedLanguageError
from models.types import Utterance, Voice
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.quality.pitch import median_pitch_hz
from pipeline_ops.stage import Resources, stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENOUGH_SPEECH_S = 30.0
"""A speaker's median pitch settles within half a minute."""


@dataclass(frozen=True, slots=True)
class VoiceParameters:
    """The language that the voice must speak; the run supplies it. `voice_id` forces one voice."""

    target_language: str = ""
    voice_id: str = ""


@dataclass(frozen=True, slots=True)
class SpeakerVoice:
    """The voice of one speaker, and why.

    Attributes:
        speaker: As utterances name them.
        voice_id: The synthesizer's voice.
        reason: `asked_for`, `nearest_pitch` or `pitch_unknown`.
        speaker_pitch_hz: The speaker's median pitch, None where it could not be measured.
        voice_pitch_hz: The voice's median pitch, None where it was not measured.
    """

    speaker: str
    voice_id: str
    reason: str
    speaker_pitch_hz: float | None
    voice_pitch_hz: float | None


@dataclass(frozen=True, slots=True)
class FittedVoices:
    """One voice a speaker."""

    voices: tuple[SpeakerVoice, ...]


@stage(version=2, capability="speech_synthesis", resources=Resources(memory_mb=400, timeout_s=300))
def fit_voice(
    *,
    speech: FlacFile,
    utterances: tuple[Utterance, ...],
    model: SpeechSynthesizer,
    parameters: VoiceParameters,
) -> FittedVoices:
    """Choose a voice of the target language for every speaker.

    Raises:
        UnsupportedLanguageError: the synthesizer has no voice of that language, or not the one asked for.
    """
    offered = _offered(model, parameters)
    by_speaker = sorted(utterances, key=lambda line: (line.speaker, line.index))
    fitted = []
    for speaker, lines in groupby(by_speaker, key=lambda line: line.speaker):
        pitch_hz = _pitch_of(speech, tuple(lines))
        fitted.append(_nearest(speaker, pitch_hz, offered, asked_for=bool(parameters.voice_id)))
    return FittedVoices(tuple(fitted))


def _offered(model: SpeechSynthesizer, parameters: VoiceParameters) -> tuple[Voice, ...]:
    speaking = tuple(voice for voice in model.voices if voice.language == parameters.target_language)
    offered = tuple(voice for voice in speaking if parameters.voice_id in ("", voice.id))
    if not offered:
        wanted = f"voice {parameters.voice_id}" if parameters.voice_id else "voice"
        found = ", ".join(voice.id for voice in speaking) or "none"
        message = (
            f"The synthesizer has no {wanted} for language {parameters.target_language!r}; it has {found}."
        )
        raise UnsupportedLanguageError(message)
    return offered


def _nearest(
    speaker: str, pitch_hz: float | None, offered: tuple[Voice, ...], *, asked_for: bool
) -> SpeakerVoice:
    measured = [voice for voice in offered if voice.median_pitch_hz is not None]
    if asked_for or pitch_hz is None or not measured:
        reason = "asked_for" if asked_for else "pitch_unknown"
        chosen = offered[0]
    else:
        reason = "nearest_pitch"
        chosen = min(measured, key=lambda voice: _semitones_apart(voice.median_pitch_hz or 0.0, pitch_hz))
    return SpeakerVoice(speaker, chosen.id, reason, pitch_hz, chosen.median_pitch_hz)


def _semitones_apart(one_hz: float, other_hz: float) -> float:
    return abs(12.0 * math.log2(one_hz / other_hz))


def _pitch_of(speech: Path, lines: tuple[Utterance, ...]) -> float | None:
    """Measure the speaker's longest lines, up to `ENOUGH_SPEECH_S` of them."""
    import soxr

    rate_hz = 16_000
    parts: list[NDArray[np.float32]] = []
    total_s = 0.0
    with soundfile.SoundFile(str(speech)) as sound:
        for line in sorted(lines, key=lambda each: -each.duration_s):
            sound.seek(min(round(line.start_s * sound.samplerate), sound.frames))
            frames = sound.read(round(line.duration_s * sound.samplerate), dtype="float32", always_2d=True)
            parts.append(np.asarray(soxr.resample(frames.mean(axis=1), sound.samplerate, rate_hz)))
            total_s += line.duration_s
            if total_s >= ENOUGH_SPEECH_S:
                break
    pitch_hz = median_pitch_hz(np.concatenate(parts), rate_hz) if parts else None
    return None if pitch_hz is None else round(pitch_hz, 1)
