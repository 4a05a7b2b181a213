"""Fits a mixed voice to one speaker, and makes sure that it is closer to them and as easy to understand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.base import SpeakerEncoder, SpeechRecognizer, SpeechSynthesizer
from models.errors import ModelOutputError
from models.types import VoiceDesign, VoiceShare
from pipeline_ops.quality.back_transcription import transcribe_back
from pipeline_ops.voices.mix_search import MixSearch
from pipeline_ops.voices.phrases import PHRASES, Phrases
from pipeline_ops.voices.timbre import band_levels_db, colour, correction_db

if TYPE_CHECKING:
    from numpy.typing import NDArray

SURE_TRIES = 4
"""At the end of the search, mixes that are foretold best are tried, not those in doubt."""

FINALISTS = 3

COLOUR_LIMITS_DB = (0.0, 3.0, 6.0)
"""How far bands may be raised or lowered; what sounds closest is taken. 10 dB and more gave no more."""

BETWEEN_PHRASES_S = 0.4

NotFitted = Literal["too_little_speech", "voices_do_not_mix", "no_phrases", "unintelligible", "no_closer"]


@dataclass(frozen=True, slots=True)
class Speaking:
    """A voice with its colour, and how it did on the phrases that it is checked on.

    Attributes:
        design: The voice.
        band_gains_db: Of each of `timbre.BANDS_HZ`; empty for none.
        likeness: To the speaker, as the encoder hears it, at most 1.
        word_error_rate: Of what the recogniser wrote; None where nobody recognises the language.
    """

    design: VoiceDesign
    band_gains_db: tuple[float, ...]
    likeness: float
    word_error_rate: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found.

    Attributes:
        plain: The synthesizer's own voice that the fitted one would replace; None where no fit was tried.
        fitted: The fitted one, None where it is no better.
        not_fitted_because: Why there is none.
    """

    plain: Speaking | None
    fitted: Speaking | None
    not_fitted_because: NotFitted | None = None


@dataclass(frozen=True)
class VoiceFitter:
    """Fits voices of one synthesizer in one language.

    Attributes:
        synthesizer: Whose voices are mixed.
        encoder: Tells how alike two voices are.
        recognizer: Tells what can be understood; None where none serves the language.
        language: To speak.
        tries: How many mixes are tried.
    """

    synthesizer: SpeechSynthesizer
    encoder: SpeakerEncoder
    recognizer: SpeechRecognizer | None
    language: str
    tries: int

    def fit(self, speech: NDArray[np.float32], plain: VoiceDesign) -> Fit:
        """Find the mix closest to a speaker that is understood no worse than `plain`.

        Args:
            speech: The speaker, mono, shape (frames,), at the encoder's rate.
            plain: One of the synthesizer's own voices: what the speaker gets otherwise.
        """
        heard = self.synthesizer.heard_mixes
        if heard is None or heard.space != self.encoder.space:
            return Fit(None, None, "voices_do_not_mix")
        if self.language not in PHRASES:
            return Fit(None, None, "no_phrases")
        target = self.encoder.embed(speech)
        wanted_db = band_levels_db(speech, self.encoder.sample_rate_hz)
        baseline = self._check(plain, (), target)
        search = MixSearch(heard, target)
        for number in range(self.tries):
            design = search.propose(curious=number < self.tries - SURE_TRIES)
            search.tell(design, self._likeness(self._say(design, self._phrases.to_fit[0]), target))
        finalists = self._finalists(search, target)
        because: NotFitted = "no_closer"
        for design in (*finalists, halfway(finalists[0], plain)):
            candidate = self._check(design, self._colour(design, target, wanted_db), target)
            if candidate.likeness <= baseline.likeness:
                continue
            if (candidate.word_error_rate or 0.0) <= (baseline.word_error_rate or 0.0):
                return Fit(baseline, candidate)
            because = "unintelligible"
        return Fit(baseline, None, because)

    @property
    def _phrases(self) -> Phrases:
        return PHRASES[self.language]

    def _finalists(self, search: MixSearch, target: NDArray[np.float32]) -> tuple[VoiceDesign, ...]:
        """Return the best few, in the order of what they are like on another phrase too."""
        others = self._phrases.to_fit[1:]
        totals = []
        for tried in search.tried[:FINALISTS]:
            again = [self._likeness(self._say(tried.design, phrase), target) for phrase in others]
            totals.append((tried.likeness + sum(again), tried.design))
        return tuple(design for _, design in sorted(totals, key=lambda each: -each[0]))

    def _colour(
        self, design: VoiceDesign, target: NDArray[np.float32], wanted_db: NDArray[np.float64]
    ) -> tuple[float, ...]:
        """Return the gains that make the voice most alike."""
        said = np.concatenate([self._say(design, phrase) for phrase in self._phrases.to_fit])
        voice_db = band_levels_db(said, self.encoder.sample_rate_hz)
        choices = [correction_db(voice_db, wanted_db, limit_db) for limit_db in COLOUR_LIMITS_DB]
        rate_hz = self.encoder.sample_rate_hz
        likeness = [self._likeness(colour(said, rate_hz, gains), target) for gains in choices]
        return choices[int(np.argmax(likeness))]

    def _check(
        self, design: VoiceDesign, gains_db: tuple[float, ...], target: NDArray[np.float32]
    ) -> Speaking:
        rate_hz = self.encoder.sample_rate_hz
        takes = [colour(self._say(design, phrase), rate_hz, gains_db) for phrase in self._phrases.to_check]
        likeness = float(np.mean([self._likeness(take, target) for take in takes]))
        return Speaking(design, gains_db, round(likeness, 4), self._word_error_rate(takes))

    def _word_error_rate(self, takes: Sequence[NDArray[np.float32]]) -> float | None:
        if self.recognizer is None:
            return None
        rate_hz = self.encoder.sample_rate_hz
        pause = np.zeros(round(BETWEEN_PHRASES_S * rate_hz), np.float32)
        said = np.concatenate([part for take in takes for part in (take, pause)])
        heard = _resampled(said, rate_hz, self.recognizer.sample_rate_hz)
        meant = " ".join(self._phrases.to_check)
        return round(transcribe_back(heard, self.language, meant, self.recognizer).word_error_rate, 4)

    def _say(self, design: VoiceDesign, phrase: str) -> NDArray[np.float32]:
        """Return a phrase at the encoder's rate; silence where the mix cannot speak at all."""
        try:
            clip = self.synthesizer.synthesize(phrase, self.language, design, 1.0)
        except ModelOutputError:
            return np.zeros(self.encoder.sample_rate_hz, np.float32)
        return _resampled(clip.samples[0], clip.sample_rate_hz, self.encoder.sample_rate_hz)

    def _likeness(self, samples: NDArray[np.float32], target: NDArray[np.float32]) -> float:
        return float(self.encoder.embed(samples) @ target) if samples.any() else 0.0


def halfway(one: VoiceDesign, other: VoiceDesign) -> VoiceDesign:
    """Return the voice that lies between two."""
    return VoiceDesign(_mean(one.timbre, other.timbre), _mean(one.manner, other.manner))


def _mean(some: tuple[VoiceShare, ...], others: tuple[VoiceShare, ...]) -> tuple[VoiceShare, ...]:
    total: dict[str, float] = {}
    for share in (*some, *others):
        total[share.voice_id] = total.get(share.voice_id, 0.0) + share.weight / 2.0
    return tuple(VoiceShare(name, round(weight, 4)) for name, weight in sorted(total.items()))


def _resampled(samples: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    import soxr

    if from_hz == to_hz:
        return samples
    resampled: NDArray[np.float32] = soxr.resample(samples, from_hz, to_hz).astype(np.float32)
    return resampled
