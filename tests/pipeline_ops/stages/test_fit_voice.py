from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.errors import UnsupportedLanguageError
from models.types import AudioClip, HeardMixes, Utterance, Voice, VoiceDesign
from pipeline_ops.safety.consent import Consent
from pipeline_ops.stages.fit_voice import VoiceParameters, fit_voice
from pipeline_ops.voices.records import SpeakerVoice
from tests.models.embedded import CLIP, engine
from tests.pipeline_ops.stages.sounds import decoded, write_mono

RATE_HZ = 16_000
PORTUGUESE = VoiceParameters("pt")

VOICE_AGREED = Consent("voice")


class Cast:
    """Voices that are asked for their names and never speak."""

    sample_rate_hz = RATE_HZ
    heard_mixes: HeardMixes | None = None

    def __init__(self, *voices: Voice) -> None:
        self.voices = voices

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        message = "choosing a voice needs no speech"
        raise AssertionError(message)


class Ears:
    """Hears no difference: nobody asks it to where voices cannot be mixed."""

    sample_rate_hz = RATE_HZ
    width = 2
    space = "none"

    def embed(self, samples: np.ndarray) -> np.ndarray:
        message = "choosing a voice by its pitch needs no encoder"
        raise AssertionError(message)


CAST = Cast(
    Voice("pt_high", "pt", "female", 220.0),
    Voice("pt_low", "pt", "male", 110.0),
    Voice("en_lowest", "en", "male", 90.0),
    Voice("pt_unmeasured", "pt", "unknown"),
)


def voiced(pitch_hz: float, duration_s: float) -> np.ndarray:
    """A buzz with the overtones of a voice, shape (frames,)."""
    phase = 2 * np.pi * pitch_hz * np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return 0.1 * sum(np.sin(number * phase) / number for number in range(1, 8))


def speech_of(folder: Path, *parts: np.ndarray) -> Path:
    return write_mono(folder / "speech.flac", np.concatenate(parts), RATE_HZ)


def line(index: int, speaker: str, start_s: float, end_s: float) -> Utterance:
    return Utterance(index, speaker, start_s, end_s, "text")


def fitted(
    speech: Path,
    *lines: Utterance,
    parameters: VoiceParameters = PORTUGUESE,
    cast: Cast = CAST,
    consent: Consent | None = VOICE_AGREED,
) -> tuple[SpeakerVoice, ...]:
    result = fit_voice(
        speech=speech,
        utterances=lines,
        known=None,
        consent=consent,
        model=cast,
        encoder=Ears(),
        recognizer=None,
        parameters=parameters,
    )
    return result.voices


@pytest.mark.parametrize(("pitch_hz", "voice_id"), [(100.0, "pt_low"), (150.0, "pt_low"), (250.0, "pt_high")])
def test_a_speaker_gets_the_voice_of_the_nearest_pitch_that_speaks_the_language(
    tmp_path: Path, pitch_hz: float, voice_id: str
) -> None:
    speech = speech_of(tmp_path, voiced(pitch_hz, 3.0))
    [voice] = fitted(speech, line(0, "speaker_1", 0.0, 3.0))
    assert (voice.speaker, voice.design, voice.reason) == (
        "speaker_1",
        VoiceDesign.of(voice_id),
        "nearest_pitch",
    )
    assert voice.speaker_pitch_hz == pytest.approx(pitch_hz, rel=0.03)
    assert voice.voice_pitch_hz == {"pt_low": 110.0, "pt_high": 220.0}[voice_id]


def test_every_speaker_is_measured_on_their_own_lines(tmp_path: Path) -> None:
    speech = speech_of(tmp_path, voiced(240.0, 2.0), voiced(105.0, 2.0), voiced(240.0, 2.0))
    voices = fitted(speech, line(0, "bea", 0.0, 2.0), line(1, "adam", 2.0, 4.0), line(2, "bea", 4.0, 6.0))
    assert [(voice.speaker, voice.design.only_voice_id) for voice in voices] == [
        ("adam", "pt_low"),
        ("bea", "pt_high"),
    ]


def test_the_longest_lines_are_measured_and_no_more_than_are_needed(tmp_path: Path) -> None:
    speech = speech_of(tmp_path, voiced(240.0, 5.0), voiced(105.0, 31.0))
    [voice] = fitted(speech, line(0, "ann", 0.0, 5.0), line(1, "ann", 5.0, 36.0))
    assert voice.speaker_pitch_hz == pytest.approx(105.0, rel=0.03)


def test_a_speaker_whose_pitch_is_unknown_gets_the_first_voice_of_the_language(tmp_path: Path) -> None:
    speech = speech_of(tmp_path, np.zeros(3 * RATE_HZ))
    assert fitted(speech, line(0, "ann", 0.0, 3.0)) == (
        SpeakerVoice("ann", VoiceDesign.of("pt_high"), (), "pitch_unknown", "voices_do_not_mix", None, 220.0),
    )


def test_where_no_voice_was_measured_the_first_is_taken_and_the_record_says_why(tmp_path: Path) -> None:
    speech = speech_of(tmp_path, voiced(105.0, 3.0))
    cast = Cast(Voice("one", "pt", "female"), Voice("two", "pt", "male"))
    [voice] = fitted(speech, line(0, "ann", 0.0, 3.0), cast=cast)
    assert (voice.design, voice.reason) == (VoiceDesign.of("one"), "pitch_unknown")
    assert voice.speaker_pitch_hz == pytest.approx(105.0, rel=0.03)


def test_a_line_past_the_end_of_the_sound_does_no_harm(tmp_path: Path) -> None:
    speech = speech_of(tmp_path, voiced(105.0, 2.0))
    [voice] = fitted(speech, line(0, "ann", 0.0, 2.0), line(1, "ann", 5.0, 6.0))
    assert voice.design.only_voice_id == "pt_low"


def test_a_voice_that_was_asked_for_is_taken_whatever_the_pitch(tmp_path: Path) -> None:
    speech = speech_of(tmp_path, voiced(105.0, 3.0))
    [voice] = fitted(speech, line(0, "ann", 0.0, 3.0), parameters=VoiceParameters("pt", "pt_high"))
    assert (voice.design, voice.reason) == (VoiceDesign.of("pt_high"), "asked_for")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (VoiceParameters("fr"), "no voice for language 'fr'; it has none"),
        (VoiceParameters("pt", "en_lowest"), "no voice en_lowest for language 'pt'; it has pt_high, pt_low"),
    ],
)
def test_a_language_or_a_voice_that_is_not_offered_is_refused(
    tmp_path: Path, parameters: VoiceParameters, said: str
) -> None:
    speech = speech_of(tmp_path, voiced(105.0, 1.0))
    with pytest.raises(UnsupportedLanguageError, match=said):
        fitted(speech, line(0, "ann", 0.0, 1.0), parameters=parameters)


@pytest.mark.parametrize("consent", [None, Consent("lips")])
def test_without_consent_to_a_voice_the_nearest_stock_voice_speaks_and_nobody_is_embedded(
    tmp_path: Path, consent: Consent | None
) -> None:
    speech = speech_of(tmp_path, voiced(105.0, 30.0))
    [voice] = fitted(speech, line(0, "ann", 0.0, 30.0), consent=consent)
    assert (voice.design, voice.reason) == (VoiceDesign.of("pt_low"), "nearest_pitch")
    assert (voice.not_fitted_because, voice.heard, voice.likeness) == ("no_consent", None, None)


def test_nobody_who_speaks_needs_no_voice(tmp_path: Path) -> None:
    assert fitted(speech_of(tmp_path, np.zeros(100))) == ()


def test_a_voice_is_not_fitted_to_a_word_or_two(tmp_path: Path) -> None:
    speech = speech_of(tmp_path, voiced(105.0, 1.5))
    [voice] = fitted(speech, line(0, "ann", 0.0, 1.5))
    assert (voice.design.only_voice_id, voice.not_fitted_because) == ("pt_low", "too_little_speech")


@pytest.mark.thorough
@pytest.mark.models
def test_the_woman_of_the_demo_clip_is_dubbed_in_a_voice_that_is_closer_to_hers(tmp_path: Path) -> None:
    speech = decoded(CLIP, tmp_path / "speech.flac", RATE_HZ, 1)
    lines = (line(0, "speaker_1", 0.6, 3.3), line(1, "speaker_1", 4.0, 6.9))
    synthesizer = engine("speech_synthesis", "pt")
    result = fit_voice(
        speech=speech,
        utterances=lines,
        known=None,
        consent=Consent("voice"),
        model=synthesizer,
        encoder=engine("speaker_embedding"),
        recognizer=engine("speech_recognition", "pt"),
        parameters=VoiceParameters("pt", tries=5),
    )
    [voice] = result.voices
    assert voice.reason == "fitted"
    assert voice.likeness > voice.plain_likeness
    assert voice.word_error_rate <= voice.plain_word_error_rate
