"""Which language is spoken, by the language tokens of Whisper (its paper, section 2.3).

Whisper's first token alone mistakes an accent for a language: a Catalan who speaks English into a phone was
Greek to it at 0.32, English at 0.32. So where the token is not sure, a few seconds are written down in each
likely language, and the one that Whisper believes decides: -0.2 a token for English, -1.5 for Greek.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from models.errors import ModelOutputError
from models.speech_recognition.faster_whisper import BCP_47_TAGS, WHISPER_CODES, WHISPER_RATE_HZ, load_whisper
from models.types import LanguageIdentification

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALLEST_PROBABILITY = 1e-4
"""One window that is sure of something else may not veto what all others say."""

ALTERNATIVES = 5

CLEAR_PROBABILITY = 0.9
"""From here on the token was right on every clip at hand (reading aloud gives over 0.95)."""

LEAST_LIKELY = 0.1
"""Below that a language is no candidate: in one that it hardly knows, Whisper babbles with confidence."""

SILENT_LOG_PROBABILITY = -3.0
"""What a language counts in which nothing was heard at all: less than the worst babble (-2.3)."""

TRIED_S = 10.0
"""How much of a window is written down; two sentences tell right from wrong by 0.4 a token and more."""


class WhisperLanguageIdentifier:
    """Weighs what Whisper thinks of each window by the window's length."""

    sample_rate_hz: ClassVar[int] = WHISPER_RATE_HZ

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load a converted Whisper.

        Args:
            files: The model's files, all in one folder.
            options: Fields of `WhisperOptions`, each optional.

        Raises:
            FaultError: an option is not known, or the files do not stand in one folder.
        """
        model, _ = load_whisper(files, options)
        return cls(model)

    def identify_language(self, windows: Sequence[NDArray[np.float32]]) -> LanguageIdentification:
        """Weigh several windows of speech into one answer.

        Args:
            windows: Mono, shape (frames,), at 16 kHz, at most 30 s each, at least one.

        Raises:
            ModelOutputError: no window holds a sample.
        """
        heard = [window for window in windows if len(window)]
        if not heard:
            message = "There is no sound to tell the language from"
            raise ModelOutputError(message)
        weighed = [(self._probabilities(window), float(len(window))) for window in heard]
        ranking = combine(weighed)
        if ranking[0][1] >= CLEAR_PROBABILITY:
            return LanguageIdentification(*ranking[0], tuple(ranking[1 : 1 + ALTERNATIVES]))
        beliefs = {
            language: self._belief(heard, language)
            for language, probability in ranking
            if probability >= LEAST_LIKELY or language == ranking[0][0]
        }
        language = believed(ranking, beliefs)
        others = tuple(each for each in ranking if each[0] != language)
        return LanguageIdentification(
            language, dict(ranking)[language], others[:ALTERNATIVES], round(beliefs[language], 4)
        )

    def _belief(self, windows: Sequence[NDArray[np.float32]], language: str) -> float:
        """Return the mean natural log probability of a token when the windows are written in `language`."""
        tokens, total = 0, 0.0
        for window in windows:
            segments, _ = self._model.transcribe(
                window[: round(TRIED_S * self.sample_rate_hz)],
                language=WHISPER_CODES.get(language, language),
                beam_size=1,
                temperature=0.0,  # no sampling: the first answer is the one to be believed or not
                condition_on_previous_text=False,
                without_timestamps=True,
            )
            for segment in segments:
                tokens += len(segment.tokens)
                total += len(segment.tokens) * float(segment.avg_logprob)
        return total / tokens if tokens else SILENT_LOG_PROBABILITY

    def _probabilities(self, window: NDArray[np.float32]) -> dict[str, float]:
        _, _, probabilities = self._model.detect_language(audio=window)
        return {BCP_47_TAGS.get(code, code): float(probability) for code, probability in probabilities}


def believed(ranking: Sequence[tuple[str, float]], beliefs: Mapping[str, float]) -> str:
    """Return the language whose probability, weighed by how far its transcript is believed, is highest.

    Args:
        ranking: (language, probability).
        beliefs: Mean natural log probability of a token for each candidate, at least one of `ranking`.
    """
    scores = {language: math.log(probability) for language, probability in ranking if language in beliefs}
    return max(scores, key=lambda language: scores[language] + beliefs[language])


def combine(weighed: Sequence[tuple[Mapping[str, float], float]]) -> list[tuple[str, float]]:
    """Average log probabilities, weighted, over windows; return (language, probability), likeliest first.

    Args:
        weighed: For each window the probability of each language, and the window's weight.
    """
    total = sum(weight for _, weight in weighed)
    languages = {language for probabilities, _ in weighed for language in probabilities}
    scores = {
        language: math.exp(
            sum(
                weight * math.log(max(probabilities.get(language, 0.0), SMALLEST_PROBABILITY))
                for probabilities, weight in weighed
            )
            / total
        )
        for language in languages
    }
    # Probabilities below the smallest are raised to it, so they must not count when there are a hundred.
    surplus = {language: max(0.0, score - SMALLEST_PROBABILITY) for language, score in scores.items()}
    whole = sum(surplus.values())
    return sorted(
        ((language, score / whole) for language, score in surplus.items()),
        key=lambda pair: (-pair[1], pair[0]),
    )
