from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.errors import FaultError, ModelOutputError
from models.types import (
    AudioClip,
    HeardMixes,
    Melody,
    Transcript,
    TranscriptSegment,
    Voice,
    VoiceDesign,
    Word,
)
from pipeline_ops.voices.fitting import CHECKED_TOGETHER, VoiceFitter, mixed
from pipeline_ops.voices.phrases import PHRASES

RATE_HZ = 16_000
TONES_HZ = (300.0, 700.0, 1_200.0, 2_000.0)
LONGER = 0.96
NAMES = tuple(f"v{number}" for number in range(len(TONES_HZ)))
SPACE = "tones"


def hum(levels: np.ndarray, factor: float = 1.0) -> np.ndarray:
    """A second of tones as loud as `levels` says, so many times as high, shape (frames,)."""
    moments = factor * np.arange(RATE_HZ) / RATE_HZ
    return sum(
        level * np.sin(2 * np.pi * tone_hz * moments) for level, tone_hz in zip(levels, TONES_HZ, strict=True)
    ).astype(np.float32)


def levels_of(samples: np.ndarray, factor: float = 1.0) -> np.ndarray:
    """How loud each tone is, or those that are so many times as high."""
    spectrum = np.abs(np.fft.rfft(samples[:RATE_HZ], RATE_HZ))
    return np.array([spectrum[round(factor * tone_hz)] for tone_hz in TONES_HZ])


class Ears:
    """Hears how loud each tone is."""

    sample_rate_hz = RATE_HZ
    width = len(TONES_HZ)
    space = SPACE

    def embed(self, samples: np.ndarray) -> np.ndarray:
        levels = levels_of(samples)
        return (levels / np.linalg.norm(levels)).astype(np.float32)


class EarsForSize(Ears):
    """Hears besides how much of it is not sung by somebody whose vocal tract is longer."""

    width = len(TONES_HZ) + 1

    def embed(self, samples: np.ndarray) -> np.ndarray:
        usual, lower = levels_of(samples), levels_of(samples, LONGER)
        levels = (usual + lower) / np.linalg.norm(usual + lower)
        angle = 0.6 * usual.sum() / (usual + lower).sum()
        return np.append(np.cos(angle) * levels, np.sin(angle)).astype(np.float32)


def timbre_of(design: VoiceDesign) -> np.ndarray:
    levels = np.zeros(len(NAMES))
    for share in design.timbre:
        levels[NAMES.index(share.voice_id)] += share.weight
    return levels


class Choir:
    """Each of its voices is a tone; a mix is a chord. Where `mute`, no mix can be heard."""

    sample_rate_hz = RATE_HZ
    voices: tuple[Voice, ...] = ()

    def __init__(self, *, space: str = SPACE, mute: bool = False, ears: Ears | None = None) -> None:
        mixes = np.random.default_rng(1).dirichlet(np.ones(len(NAMES)), (30, 2)).astype(np.float32)
        points = np.stack([(ears or Ears()).embed(hum(mix[0])) for mix in mixes])
        self.heard_mixes: HeardMixes | None = HeardMixes(
            space, NAMES, np.stack([np.eye(len(NAMES), dtype=np.float32)] * 2), mixes, points
        )
        self.mute = mute
        self.said = 0
        self.heard_saying: list[tuple[VoiceDesign, str]] = []

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        self.said += 1
        self.heard_saying.append((voice, text))
        if self.mute and voice.only_voice_id is None:
            message = "nothing audible came out"
            raise ModelOutputError(message)
        return AudioClip(hum(timbre_of(voice), voice.formant_factor)[np.newaxis], RATE_HZ)


class Reader:
    """Understands a sound as long as the loudest of its tones is no other than the first."""

    sample_rate_hz = RATE_HZ
    languages = frozenset({"en"})

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict

    def transcribe(self, samples: np.ndarray, language: str) -> Transcript:
        clear = not self.strict or np.argmax(Ears().embed(samples)) == 0
        text = " ".join(PHRASES["en"].to_check) if clear else "what"
        words = tuple(Word(word, 0.0, 1.0, 1.0) for word in text.split())
        return Transcript("en", (TranscriptSegment(words, 0.0, 0.0, 1.0),))


PLAIN = VoiceDesign.of(NAMES[0])
SPEAKER = hum(np.array([0.1, 0.6, 0.3, 0.0]))
TARGET = Ears().embed(SPEAKER)


def fitter(choir: Choir, *, strict: bool = False, language: str = "en", tries: int = 8) -> VoiceFitter:
    return VoiceFitter(choir, Ears(), Reader(strict=strict), language, tries)


def test_a_mix_takes_the_place_of_a_voice_that_is_further_from_the_speaker() -> None:
    fit = fitter(Choir()).fit(SPEAKER, TARGET, PLAIN)
    assert fit.fitted is not None
    assert fit.fitted.likeness > 0.95 > fit.plain.likeness
    assert timbre_of(fit.fitted.design).argmax() == 1
    assert fit.fitted.word_error_rate == fit.plain.word_error_rate == 0.0


def test_a_mix_that_is_harder_to_understand_is_not_taken() -> None:
    fit = fitter(Choir(), strict=True).fit(SPEAKER, TARGET, PLAIN)
    # On the way to the plain voice its tone leads again.
    assert fit.fitted is None or timbre_of(fit.fitted.design).argmax() == 0
    if fit.fitted is None:
        assert fit.not_fitted_because == "unintelligible"


def test_where_a_mix_is_understood_none_on_the_way_home_is_checked() -> None:
    choir = Choir()
    fit = fitter(choir).fit(SPEAKER, TARGET, PLAIN)
    checked = {design.timbre for design, phrase in choir.heard_saying if phrase in PHRASES["en"].to_check}
    assert fit.fitted is not None
    assert fit.fitted.design.timbre in checked
    assert len(checked) == 1 + CHECKED_TOGETHER


def test_a_speaker_who_sounds_like_the_plain_voice_keeps_it() -> None:
    like_plain = hum(np.array([1.0, 0.0, 0.0, 0.0]))
    fit = fitter(Choir()).fit(like_plain, Ears().embed(like_plain), PLAIN)
    assert (fit.fitted, fit.not_fitted_because) == (None, "no_closer")


def test_mixes_that_cannot_be_heard_are_no_reason_to_fail() -> None:
    fit = fitter(Choir(mute=True)).fit(SPEAKER, TARGET, PLAIN)
    # All that is left is the plain voice in the colour of the recording.
    assert fit.fitted is None or fit.fitted.design.timbre == PLAIN.timbre


def test_the_search_says_no_more_than_it_may() -> None:
    few, more = Choir(), Choir()
    fitter(few, tries=4).fit(SPEAKER, TARGET, PLAIN)
    fitter(more, tries=10).fit(SPEAKER, TARGET, PLAIN)
    assert more.said - few.said <= 6 + 3


def test_no_voice_says_a_phrase_twice() -> None:
    choir = Choir()
    fitter(choir, tries=4).fit(SPEAKER, TARGET, PLAIN)
    assert len(choir.heard_saying) == len(set(choir.heard_saying))


@pytest.mark.parametrize(
    ("choir", "language", "because"),
    [(Choir(space="others"), "en", "voices_do_not_mix"), (Choir(), "xx", "no_phrases")],
)
def test_where_nothing_is_known_of_mixes_or_phrases_nothing_is_tried(
    choir: Choir, language: str, because: str
) -> None:
    assert fitter(choir, language=language).obstacle == because
    with pytest.raises(FaultError, match=because):
        fitter(choir, language=language).fit(SPEAKER, TARGET, PLAIN)
    assert choir.said == 0


def test_a_voice_that_is_known_to_do_is_kept_and_nothing_is_tried() -> None:
    known = VoiceDesign.of(NAMES[1])
    choir = Choir()
    fit = fitter(choir).fit(SPEAKER, TARGET, PLAIN, known)
    assert fit.was_known
    assert fit.fitted is not None
    assert (fit.fitted.design.timbre, fit.fitted.design.manner) == (known.timbre, known.manner)
    assert choir.said <= 6


def test_a_known_voice_that_is_no_closer_than_the_plain_one_is_not_kept() -> None:
    fit = fitter(Choir()).fit(SPEAKER, TARGET, PLAIN, VoiceDesign.of(NAMES[3]))
    assert not fit.was_known
    assert fit.fitted is not None


def test_a_speaker_of_a_longer_vocal_tract_gets_lower_formants() -> None:
    ears, speaker = EarsForSize(), hum(np.array([0.1, 0.6, 0.3, 0.0]), LONGER)
    listening = VoiceFitter(Choir(ears=ears), ears, Reader(strict=False), "en", tries=8)
    fit = listening.fit(speaker, ears.embed(speaker), PLAIN)
    assert fit.fitted is not None
    assert fit.fitted.design.formant_factor == LONGER
    known = replace(VoiceDesign.of(NAMES[1]), formant_factor=1.04)
    kept = listening.fit(speaker, ears.embed(speaker), PLAIN, known)
    assert kept.was_known
    assert kept.fitted is not None
    assert kept.fitted.design.formant_factor == known.formant_factor


def test_between_two_voices_each_has_its_share() -> None:
    between = mixed(VoiceDesign.of("v0"), VoiceDesign.of("v1"))
    assert {share.voice_id: share.weight for share in between.timbre} == {"v0": 0.5, "v1": 0.5}
    nearer = mixed(VoiceDesign.of("v0"), VoiceDesign.of("v1"), 0.75)
    assert {share.voice_id: share.weight for share in nearer.manner} == {"v0": 0.75, "v1": 0.25}
    assert mixed(PLAIN, PLAIN) == PLAIN


def test_halfway_between_two_voices_the_melody_is_halfway_too() -> None:
    high = replace(PLAIN, melody=Melody(4.0, 1.4))
    assert mixed(high, PLAIN).melody == Melody(2.0, 1.2)
