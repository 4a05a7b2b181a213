"""Which language is spoken, by the language tokens of Whisper (its paper, section 2.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from models.errors import ModelOutputError
from models.speech_recognition.faster_whisper import BCP_47_TAGS, WHISPER_RATE_HZ, load_whisper
from models.types import LanguageIdentification

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALLEST_PROBABILITY = 1e-4
"""One window that is sure of something else may not veto what all others say."""

ALTERNATIVES = 5


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
        (language, probability), *others = ranking
        return LanguageIdentification(language, probability, tuple(others[:ALTERNATIVES]))

    def _probabilities(self, window: NDArray[np.float32]) -> dict[str, float]:
        _, _, probabilities = self._model.detect_language(audio=window)
        return {BCP_47_TAGS.get(code, code): float(probability) for code, probability in probabilities}


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
