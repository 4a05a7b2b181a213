from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from models.base import SpeechSynthesizer
from models.errors import FaultError, ModelOutputError, UnsupportedLanguageError
from models.speech_synthesis.pacing import synthesize_to_duration
from models.speech_synthesis.seamless_m4t import SeamlessSynthesizer
from models.translation.seamless_m4t import SeamlessTranslator
from models.types import VoiceDesign, VoiceShare
from tests.models.seamless.tiny_checkpoint import OPTIONS, SENTENCES, spoken

pytestmark = pytest.mark.models

LINE = SENTENCES["pt"][1]
PORTUGUESE = VoiceDesign.of("por-3")


@pytest.fixture(scope="module")
def synthesizer(tiny_seamless: dict[str, Path]) -> SeamlessSynthesizer:
    return SeamlessSynthesizer.load(tiny_seamless, OPTIONS)


def test_the_same_words_give_the_same_samples(synthesizer: SeamlessSynthesizer) -> None:
    assert isinstance(synthesizer, SpeechSynthesizer)
    first, again = (synthesizer.synthesize(LINE, "pt", PORTUGUESE, 1.0) for _ in range(2))
    assert np.array_equal(first.samples, again.samples)
    assert first.samples.dtype == np.float32
    assert first.samples.shape[0] == 1
    assert first.sample_rate_hz == synthesizer.sample_rate_hz == 16_000
    assert np.abs(first.samples).max() > 0.01


def test_the_pace_is_the_one_that_was_asked_for(synthesizer: SeamlessSynthesizer) -> None:
    natural, fast, slow = (synthesizer.synthesize(LINE, "pt", PORTUGUESE, pace) for pace in (1.0, 1.25, 0.8))
    assert fast.duration_s / natural.duration_s == pytest.approx(1 / 1.25, rel=0.1)
    assert slow.duration_s / natural.duration_s == pytest.approx(1 / 0.8, rel=0.1)


def test_a_line_can_be_said_to_fit_its_place(synthesizer: SeamlessSynthesizer) -> None:
    natural_s = synthesizer.synthesize(LINE, "pt", PORTUGUESE, 1.0).duration_s
    clip, _ = synthesize_to_duration(
        synthesizer,
        LINE,
        language="pt",
        voice=PORTUGUESE,
        target_duration_s=0.88 * natural_s,
        natural_duration_s=natural_s,
        speed_limits=(0.8, 1.3),
    )
    assert clip.duration_s == pytest.approx(0.88 * natural_s, rel=0.03)


def test_a_long_text_is_said_in_pieces_with_pauses_between_them(synthesizer: SeamlessSynthesizer) -> None:
    one = synthesizer.synthesize(" ".join([LINE] * 7), "pt", PORTUGUESE, 1.0)
    two = synthesizer.synthesize(" ".join([LINE] * 14), "pt", PORTUGUESE, 1.0)
    assert two.duration_s == pytest.approx(2 * one.duration_s + 0.4, rel=0.02)
    # All units of these random networks are loud: silence is the pause alone.
    assert np.sum(two.samples == 0.0) >= 0.4 * 16_000


def test_units_of_translated_speech_are_said_in_the_voice_that_is_asked_for(
    synthesizer: SeamlessSynthesizer, tiny_seamless: dict[str, Path]
) -> None:
    translator = SeamlessTranslator.load(tiny_seamless, OPTIONS)
    (line,) = translator.translate_speech([spoken("en", 1)], "fr")
    one, other = (synthesizer.say_units(line, voice_id) for voice_id in ("fra-1", "fra-2"))
    assert one.duration_s == pytest.approx(line.duration_s, abs=0.1)
    assert not np.array_equal(one.samples, other.samples)


@pytest.mark.parametrize("text", ["", "...", "?!"])
def test_nothing_to_say_is_an_error_and_not_silence(synthesizer: SeamlessSynthesizer, text: str) -> None:
    with pytest.raises(ModelOutputError, match="nothing to say"):
        synthesizer.synthesize(text, "pt", PORTUGUESE, 1.0)


@pytest.mark.parametrize(("language", "voice_id"), [("de", "eng-0"), ("en", "eng-7"), ("de", "deu-9")])
def test_a_voice_or_a_language_that_it_does_not_have_is_an_error(
    synthesizer: SeamlessSynthesizer, language: str, voice_id: str
) -> None:
    with pytest.raises(UnsupportedLanguageError):
        synthesizer.synthesize("Hallo.", language, VoiceDesign.of(voice_id), 1.0)


def test_a_voice_speaks_other_languages_too(synthesizer: SeamlessSynthesizer) -> None:
    at_home, abroad = (
        synthesizer.synthesize(LINE, "pt", VoiceDesign.of(voice), 1.0) for voice in ("por-3", "fra-1")
    )
    assert abroad.duration_s == pytest.approx(at_home.duration_s, abs=0.05)
    assert not np.array_equal(at_home.samples, abroad.samples)


def test_voices_cannot_be_mixed(synthesizer: SeamlessSynthesizer) -> None:
    assert synthesizer.heard_mixes is None
    both = (VoiceShare("fra-1", 0.5), VoiceShare("fra-2", 0.5))
    with pytest.raises(UnsupportedLanguageError, match="cannot mix"):
        synthesizer.synthesize("Bon.", "fr", VoiceDesign(both, both), 1.0)


@pytest.mark.parametrize("speed", [0.4, 2.1, math.nan])
def test_a_pace_that_it_cannot_keep_is_an_error(synthesizer: SeamlessSynthesizer, speed: float) -> None:
    with pytest.raises(FaultError, match="times its pace"):
        synthesizer.synthesize(LINE, "pt", PORTUGUESE, speed)
