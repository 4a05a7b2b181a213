from __future__ import annotations

import numpy as np
import pytest
import soxr

from models.catalog import load_catalog
from models.errors import UnsupportedLanguageError
from models.speech_synthesis.kokoro_voices import MEDIAN_PITCH_HZ, accent_of, describe_voice
from models.speech_synthesis.phonemes import ESPEAK_VOICES
from models.types import Voice, VoiceDesign
from pipeline_ops.quality.pitch import median_pitch_hz
from tests.models.embedded import engine

VOICES = [
    (language, voice_id)
    for language, ids in load_catalog().entry("kokoro-82m-int8").voices.items()
    for voice_id in ids
]


@pytest.mark.parametrize(("language", "voice_id"), VOICES)
def test_every_voice_of_the_catalog_is_described(language: str, voice_id: str) -> None:
    voice = describe_voice(voice_id)
    assert (voice.id, voice.language) == (voice_id, language)
    assert voice.gender in ("female", "male")
    assert accent_of(voice_id) in ESPEAK_VOICES


def test_a_name_tells_language_accent_and_gender() -> None:
    assert describe_voice("bm_lewis") == Voice("bm_lewis", "en", "male", MEDIAN_PITCH_HZ["bm_lewis"])
    assert accent_of("bm_lewis") == "en-gb"
    assert accent_of("af_heart") == "en-us"


def test_a_voice_that_is_left_out_of_the_table_has_no_pitch() -> None:
    assert describe_voice("af_nicole") == Voice("af_nicole", "en", "female", None)


def test_a_name_without_a_gender_is_unknown() -> None:
    assert describe_voice("ax_new").gender == "unknown"


@pytest.mark.parametrize("voice_id", ["jf_alpha", "zf_xiaobei", ""])
def test_a_language_without_phonemes_is_refused(voice_id: str) -> None:
    with pytest.raises(UnsupportedLanguageError, match="no phonemes"):
        describe_voice(voice_id)


def test_measured_voices_are_in_the_catalog_and_every_language_has_one() -> None:
    assert set(MEDIAN_PITCH_HZ) <= {voice_id for _, voice_id in VOICES}
    assert {language for language, _ in VOICES} == {
        describe_voice(voice_id).language for voice_id in MEDIAN_PITCH_HZ
    }


def test_nobody_gets_a_voice_of_the_other_sex_for_its_pitch_alone() -> None:
    pitches_hz: dict[str, list[float]] = {"female": [], "male": []}
    for voice_id, pitch_hz in MEDIAN_PITCH_HZ.items():
        pitches_hz[describe_voice(voice_id).gender].append(pitch_hz)
    assert max(pitches_hz["male"]) < min(pitches_hz["female"])


@pytest.mark.models
@pytest.mark.parametrize("voice_id", ["pf_dora", "pm_alex"])
def test_a_voice_speaks_at_the_pitch_that_the_table_states(voice_id: str) -> None:
    clip = engine("speech_synthesis", "pt").synthesize(
        "Hoje vamos conversar sobre a história da nossa cidade.", "pt", VoiceDesign.of(voice_id), 1.0
    )
    samples = soxr.resample(np.asarray(clip.samples[0]), clip.sample_rate_hz, 16_000)
    assert median_pitch_hz(samples, 16_000) == pytest.approx(MEDIAN_PITCH_HZ[voice_id], rel=0.12)
