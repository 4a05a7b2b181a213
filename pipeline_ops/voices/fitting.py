"""Fits a mixed voice to one speaker, and makes sure that it is closer to them and as easy to understand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.base import SpeakerEncoder, SpeechRecognizer, SpeechSynthesizer
from models.errors import FaultError, ModelOutputError
from models.resampling import resampled
from models.types import Melody, VoiceDesign, VoiceShare
from pipeline_ops.media.loudness import brought_to, measure_samples
from pipeline_ops.quality.back_transcription import transcribe_back
from pipeline_ops.quality.pitch import pitch_of
from pipeline_ops.voices.mix_search import MixSearch
from pipeline_ops.voices.phrases import PHRASES, Phrases
from pipeline_ops.voices.prosody import pitched_like, semitones_between
from pipeline_ops.voices.timbre import band_levels_db, colour, correction_db

if TYPE_CHECKING:
    from numpy.typing import NDArray

SURE_TRIES = 4
"""At the end of the search, mixes that are foretold best are tried, not those in doubt."""

FINALISTS = 4

CHECKED_TOGETHER = 2
"""So many finalists are checked, and the closest is taken that passes; the others only where none does."""

SHARES_ON_THE_WAY_HOME = (0.75, 0.5)
"""Of the best mix, the rest the plain voice: the nearer to that, the clearer."""

ERROR_COST = 0.5
"""What a mix loses that is not understood at all: more than a search gains by it (0.25), so that it turns
back."""

SHIFT_COST = 0.008
"""Of likeness, a semitone: six mixes that were moved down by six lost 0.05 by it, of 0.70."""

COLOUR_LIMITS_DB = (0.0, 3.0, 6.0)
"""How far bands may be raised or lowered; what sounds closest is taken. 10 dB and more gave no more."""

FORMANT_FACTORS = (0.92, 0.96, 1.0, 1.04, 1.08)
"""How much shorter than the mixed voice's a speaker's vocal tract may be: men's and women's differ by about
15 %. Chosen so for six speakers, likeness rose by 0.025 in the mean, and as many words were heard."""

BETWEEN_PHRASES_S = 0.4

CHECK_SPEED = 1.2
"""As fast as a line may be said unnoticed: a mix that is clear at its natural pace may not be so then. All is
said so, which also takes less time."""

NotFitted = Literal[
    "no_consent", "too_little_speech", "voices_do_not_mix", "no_phrases", "unintelligible", "no_closer"
]


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
        plain: The synthesizer's own voice that the fitted one would replace.
        fitted: The fitted one, None where it is no better.
        not_fitted_because: Why there is none.
        was_known: Whether the fitted one is a voice that was known before.
    """

    plain: Speaking
    fitted: Speaking | None
    not_fitted_because: NotFitted | None = None
    was_known: bool = False


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

    @property
    def obstacle(self) -> NotFitted | None:
        """Why nothing can be fitted here at all, None where it can."""
        heard = self.synthesizer.heard_mixes
        if heard is None or heard.space != self.encoder.space:
            return "voices_do_not_mix"
        return None if self.language in PHRASES else "no_phrases"

    def fit(
        self,
        speech: NDArray[np.float32],
        target: NDArray[np.float32],
        plain: VoiceDesign,
        known: VoiceDesign | None = None,
    ) -> Fit:
        """Find the mix closest to a speaker that is understood no worse than `plain`.

        Args:
            speech: The speaker, mono, shape (frames,), at the encoder's rate.
            target: The same as the encoder hears it, shape (width,).
            plain: One of the synthesizer's own voices: what the speaker gets otherwise.
            known: A mix that was fitted to the speaker before; kept where it does.

        Raises:
            FaultError: there is an `obstacle`.
        """
        heard = self.synthesizer.heard_mixes
        if self.obstacle is not None or heard is None:
            message = f"No voice can be fitted in {self.language}: {self.obstacle}"
            raise FaultError(message)
        audition = _Audition(self, speech, target)
        baseline = audition.check(plain, ())
        if known is not None:
            kept = audition.check_coloured(known, (known.formant_factor,))
            if _why_not(kept, baseline) is None:
                return Fit(baseline, kept, was_known=True)
        search = MixSearch(heard, audition.target)
        for number in range(self.tries):
            design = search.propose(curious=number < self.tries - SURE_TRIES)
            search.tell(design, audition.score(design, search.best_score))
        finalists = audition.finalists(search)
        on_the_way_home = (mixed(finalists[0], plain, share) for share in SHARES_ON_THE_WAY_HOME)
        rounds = (
            *(finalists[first : first + CHECKED_TOGETHER] for first in range(0, FINALISTS, CHECKED_TOGETHER)),
            *((design,) for design in (*on_the_way_home, plain)),
        )
        reasons: list[NotFitted] = []
        for designs in rounds:
            candidates = [audition.check_coloured(design) for design in designs]
            for candidate in sorted(candidates, key=lambda each: -each.likeness):
                if (why_not := _why_not(candidate, baseline)) is None:
                    return Fit(baseline, candidate)
                reasons.append(why_not)
        return Fit(baseline, None, "unintelligible" if "unintelligible" in reasons else "no_closer")


class _Audition:
    """Hears voices say the phrases, each voice each phrase once, and compares them with one speaker."""

    def __init__(self, fitter: VoiceFitter, speech: NDArray[np.float32], target: NDArray[np.float32]) -> None:
        self._fitter = fitter
        self._phrases: Phrases = PHRASES[fitter.language]
        self._rate_hz = fitter.encoder.sample_rate_hz
        self._wanted_db = band_levels_db(speech, self._rate_hz)
        self._wanted_pitch = pitch_of(speech, self._rate_hz)
        self._wanted_lufs = measure_samples(speech, self._rate_hz).integrated_lufs
        self._said: dict[tuple[VoiceDesign, str], NDArray[np.float32]] = {}
        self.target = target

    def score(self, design: VoiceDesign, to_beat: float) -> float:
        """Return how good a mix is; only of what would be the best is it asked whether it is understood."""
        phrase = self._phrases.to_fit[0]
        said = self._say(design, phrase)
        likeness = self._likeness(said) - SHIFT_COST * self._semitones_off(said)
        if likeness <= to_beat:
            return likeness
        return likeness - ERROR_COST * (self._word_error_rate([said], phrase) or 0.0)

    def _semitones_off(self, said: NDArray[np.float32]) -> float:
        """Return how far a voice will have to be moved to the speaker's pitch; 0 where that is not known."""
        pitch = pitch_of(said, self._rate_hz)
        if pitch is None or self._wanted_pitch is None:
            return 0.0
        return abs(semitones_between(pitch.median_hz, self._wanted_pitch.median_hz))

    def finalists(self, search: MixSearch) -> tuple[VoiceDesign, ...]:
        """Return the best few, in the order of what they are like on another phrase too."""
        others = self._phrases.to_fit[1:]
        totals = []
        for tried in search.tried[:FINALISTS]:
            again = [self._likeness(self._say(tried.design, phrase)) for phrase in others]
            totals.append((tried.score + sum(again), tried.design))
        return tuple(design for _, design in sorted(totals, key=lambda each: -each[0]))

    def check_coloured(
        self, design: VoiceDesign, formant_factors: tuple[float, ...] = FORMANT_FACTORS
    ) -> Speaking:
        """Check a voice in the speaker's pitch, with the formants and the gains that make it most alike."""
        design = replace(design, melody=Melody(), formant_factor=1.0)
        by_itself = np.concatenate([self._say(design, phrase) for phrase in self._phrases.to_fit])
        # Played faster, its pitch changes too; the encoder hardly hears that, and nothing is said anew.
        played = [resampled(by_itself, factor * self._rate_hz, self._rate_hz) for factor in formant_factors]
        closest = int(np.argmax([self._likeness(said) for said in played]))
        voice_db = band_levels_db(played[closest], self._rate_hz)
        choices = [correction_db(voice_db, self._wanted_db, limit_db) for limit_db in COLOUR_LIMITS_DB]
        coloured = [colour(played[closest], self._rate_hz, gains) for gains in choices]
        gains_db = choices[int(np.argmax([self._likeness(said) for said in coloured]))]
        in_pitch = pitched_like(design, pitch_of(by_itself, self._rate_hz), self._wanted_pitch)
        return self.check(replace(in_pitch, formant_factor=formant_factors[closest]), gains_db)

    def check(self, design: VoiceDesign, gains_db: tuple[float, ...]) -> Speaking:
        """Say the phrases that nothing was fitted on, and listen."""
        said = [self._say(design, each) for each in self._phrases.to_check]
        takes = [colour(samples, self._rate_hz, gains_db) for samples in said]
        likeness = float(np.mean([self._likeness(take) for take in takes]))
        meant = " ".join(self._phrases.to_check)
        return Speaking(design, gains_db, round(likeness, 4), self._word_error_rate(takes, meant))

    def _word_error_rate(self, takes: Sequence[NDArray[np.float32]], meant: str) -> float | None:
        recognizer = self._fitter.recognizer
        if recognizer is None:
            return None
        pause = np.zeros(round(BETWEEN_PHRASES_S * self._rate_hz), np.float32)
        said = np.concatenate([part for take in takes for part in (take, pause)])
        heard = resampled(said, self._rate_hz, recognizer.sample_rate_hz)
        return round(transcribe_back(heard, self._fitter.language, meant, recognizer).word_error_rate, 4)

    def _say(self, design: VoiceDesign, phrase: str) -> NDArray[np.float32]:
        """Return a phrase, said fast, at the encoder's rate; silence where the mix cannot speak at all."""
        if (design, phrase) not in self._said:
            fitter = self._fitter
            try:
                clip = fitter.synthesizer.synthesize(phrase, fitter.language, design, CHECK_SPEED)
                said = resampled(clip.samples[0], clip.sample_rate_hz, self._rate_hz)
            except ModelOutputError:
                said = np.zeros(self._rate_hz, np.float32)
            self._said[design, phrase] = said
        return self._said[design, phrase]

    def _likeness(self, samples: NDArray[np.float32]) -> float:
        """Return how alike it is, as loud as the speaker, which `mix` makes it: encoders hear loudness."""
        heard = brought_to(self._wanted_lufs, samples, self._rate_hz)
        return 0.0 if heard is None else float(self._fitter.encoder.embed(heard) @ self.target)


def _why_not(candidate: Speaking, plain: Speaking) -> NotFitted | None:
    """Return why a voice does not take the place of the plain one, None where it does."""
    if candidate.likeness <= plain.likeness:
        return "no_closer"
    errs_more = (candidate.word_error_rate or 0.0) > (plain.word_error_rate or 0.0)
    return "unintelligible" if errs_more else None


def mixed(one: VoiceDesign, other: VoiceDesign, share: float = 0.5) -> VoiceDesign:
    """Return the voice that lies between two, so much of it `one`."""
    melody = Melody(
        round(share * one.melody.shift_semitones + (1.0 - share) * other.melody.shift_semitones, 2),
        round(share * one.melody.range_factor + (1.0 - share) * other.melody.range_factor, 2),
    )
    return VoiceDesign(
        _mean(one.timbre, other.timbre, share),
        _mean(one.manner, other.manner, share),
        melody,
        formant_factor=round(share * one.formant_factor + (1.0 - share) * other.formant_factor, 3),
    )


def _mean(
    some: tuple[VoiceShare, ...], others: tuple[VoiceShare, ...], share: float
) -> tuple[VoiceShare, ...]:
    total: dict[str, float] = {}
    for part, shares in ((share, some), (1.0 - share, others)):
        for each in shares:
            total[each.voice_id] = total.get(each.voice_id, 0.0) + part * each.weight
    return tuple(VoiceShare(name, round(weight, 4)) for name, weight in sorted(total.items()))
