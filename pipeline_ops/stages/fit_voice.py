"""Finds the voice in which each speaker is dubbed: one that sounds like them, if the synthesizer can mix one.

First the synthesizer's own voice of the target language whose pitch is nearest to the speaker's. Then, where
voices can be mixed, the mix that a speaker encoder finds closest to the speaker, as long as it is closer than
that voice and understood as well. Somebody who was given such a voice in another video of the creator keeps
it. None is mixed where nobody agreed to it. The record says for every speaker what was chosen, and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from models.base import SpeakerEncoder, SpeechRecognizer, SpeechSynthesizer
from models.errors import UnsupportedLanguageError
from models.types import Utterance, Voice, VoiceDesign
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.quality.pitch import median_pitch_hz
from pipeline_ops.safety.consent import Consent, agrees
from pipeline_ops.stage import Resources, stage
from pipeline_ops.voices.fitting import Fit, VoiceFitter
from pipeline_ops.voices.known_voices import voice_of_same_person
from pipeline_ops.voices.prosody import semitones_between
from pipeline_ops.voices.records import Reason, SpeakerVoice, VoicePrint
from pipeline_ops.voices.reference import speech_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENOUGH_SPEECH_S = 30.0
"""A speaker's median pitch settles within half a minute, and so does what an encoder hears of them."""

LEAST_SPEECH_S = 2.0
"""Two halves of a clip of three seconds compare at 0.60 to 0.81, of five and more at 0.78 to 0.89: a voice
that is fitted to less speech is fitted to the words."""


@dataclass(frozen=True, slots=True)
class VoiceParameters:
    """The language that the voice must speak; the run supplies it.

    Attributes:
        target_language: As the catalog writes it.
        voice_id: Forces one of the synthesizer's own voices; empty for none.
        tries: How many mixed voices are tried for a speaker, about 1.5 s of CPU each; 0 keeps to the
            synthesizer's own voices.
    """

    target_language: str = ""
    voice_id: str = ""
    tries: int = 12


@dataclass(frozen=True, slots=True)
class FittedVoices:
    """One voice a speaker."""

    voices: tuple[SpeakerVoice, ...]


@stage(
    version=10,
    capability="speech_synthesis",
    resources=Resources(memory_mb=1500, timeout_s=3600),
    judges={"encoder": "speaker_embedding", "recognizer": "speech_recognition"},
)
def fit_voice(
    *,
    speech: FlacFile,
    utterances: tuple[Utterance, ...],
    known: tuple[SpeakerVoice, ...] | None,
    consent: Consent | None,
    model: SpeechSynthesizer,
    encoder: SpeakerEncoder,
    recognizer: SpeechRecognizer | None,
    parameters: VoiceParameters,
) -> FittedVoices:
    """Find a voice of the target language for every speaker.

    Args:
        speech: The voices of the video alone.
        utterances: Who speaks when.
        known: Voices that were fitted for other videos of the same creator; None where there are none.
        consent: To a voice like the speaker's; without it the synthesizer's own voices speak.
        model: Who will speak.
        encoder: Tells how alike two voices are.
        recognizer: Tells what can be understood; None where none serves the language.
        parameters: Which language, and how much may be tried.

    Raises:
        UnsupportedLanguageError: the synthesizer has no voice of that language, or not the one asked for.
    """
    offered = _offered(model, parameters)
    fitter = VoiceFitter(model, encoder, recognizer, parameters.target_language, parameters.tries)
    by_speaker = sorted(utterances, key=lambda line: (line.speaker, line.index))
    voices = []
    for speaker, lines in groupby(by_speaker, key=lambda line: line.speaker):
        samples = speech_of(speech, lines, encoder.sample_rate_hz, ENOUGH_SPEECH_S)
        pitch_hz = median_pitch_hz(samples, encoder.sample_rate_hz)
        plain = _nearest(speaker, pitch_hz, offered, asked_for=bool(parameters.voice_id))
        if parameters.tries and not parameters.voice_id:
            if agrees(consent, "voice"):
                plain = _fitted(plain, samples, known or (), fitter)
            else:
                plain = replace(plain, not_fitted_because="no_consent")
        voices.append(plain)
    return FittedVoices(tuple(voices))


def _fitted(
    plain: SpeakerVoice,
    speech: NDArray[np.float32],
    known: tuple[SpeakerVoice, ...],
    fitter: VoiceFitter,
) -> SpeakerVoice:
    """Return a mixed voice in the place of `plain` where one is closer, else `plain` with the reason."""
    if len(speech) < LEAST_SPEECH_S * fitter.encoder.sample_rate_hz:
        return replace(plain, not_fitted_because="too_little_speech")
    if (obstacle := fitter.obstacle) is not None:
        return replace(plain, not_fitted_because=obstacle)
    target = fitter.encoder.embed(speech)
    heard = VoicePrint(fitter.encoder.space, tuple(round(float(each), 4) for each in target))
    before = voice_of_same_person(known, heard)
    fit = fitter.fit(speech, target, plain.design, None if before is None else before.design)
    return _recorded(plain, fit, heard)


def _recorded(plain: SpeakerVoice, fit: Fit, heard: VoicePrint) -> SpeakerVoice:
    speaking = fit.fitted or fit.plain
    fitted_now = fit.fitted is not None and not fit.was_known
    reason: Reason = plain.reason if fit.fitted is None else "known" if fit.was_known else "fitted"
    return replace(
        plain,
        design=speaking.design,
        band_gains_db=speaking.band_gains_db,
        reason=reason,
        not_fitted_because=fit.not_fitted_because,
        likeness=speaking.likeness,
        plain_likeness=fit.plain.likeness,
        word_error_rate=speaking.word_error_rate,
        plain_word_error_rate=fit.plain.word_error_rate,
        heard=heard if fitted_now else None,
        plain=None if fit.fitted is None else plain.design,
    )


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
        reason: Reason = "asked_for" if asked_for else "pitch_unknown"
        chosen = offered[0]
    else:
        reason = "nearest_pitch"
        chosen = min(
            measured, key=lambda voice: abs(semitones_between(voice.median_pitch_hz or 0.0, pitch_hz))
        )
    return SpeakerVoice(
        speaker=speaker,
        design=VoiceDesign.of(chosen.id),
        band_gains_db=(),
        reason=reason,
        not_fitted_because=None,
        speaker_pitch_hz=None if pitch_hz is None else round(pitch_hz, 1),
        voice_pitch_hz=chosen.median_pitch_hz,
    )
