"""What is said, moment by moment, by the encoder of Whisper base, reduced to its main directions.

An encoder that was trained on 680 000 hours knows sounds apart from voices: mouths of speakers left out are
foretold from it by a correlation of 0.52 where cepstra give 0.33 (`docs/measurements.md`). Sources of the
idea: MuseTalk (Zhang et al., 2024) and LatentSync (Li et al., 2024) hear through Whisper as well.

Whisper knows where in its window something is said, and answers a little otherwise there. That changes
slowly and falls out with the slow part (`models/faces/sound_around.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError, ModelOutputError
from models.speech_recognition.faster_whisper import WHISPER_RATE_HZ, load_whisper
from models.types import ENCODING_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_S = 30
"""What Whisper hears at a time."""

MARGIN_S = 4
"""Of each window, on either side: what lies there is heard again, further inside, in the next window."""

MOMENTS_A_SECOND = int(ENCODING_RATE_HZ)
WIDTH = 512
"""Of the encoder of Whisper base."""

DIRECTIONS = Path(__file__).parent / "whisper_base_directions.npz"
"""Made by `scripts/learn_speech_directions.py`."""


class WhisperSpeechEncoder:
    """Hears with the encoder of Whisper base."""

    sample_rate_hz: ClassVar[int] = WHISPER_RATE_HZ

    def __init__(self, model: Any, mean: NDArray[np.float32], directions: NDArray[np.float32]) -> None:
        self._model, self._mean, self._directions = model, mean, directions
        self.width = directions.shape[1]

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load a converted Whisper base.

        Args:
            files: The model's files, all in one folder.
            options: Fields of `WhisperOptions`, each optional.

        Raises:
            FaultError: an option is not known, or the files do not stand in one folder.
        """
        model, _ = load_whisper(files, options)
        return cls(model, *_directions())

    def encode(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Yield what is heard, shape (moments, 64) each, 50 moments a second; see `SpeechEncoder.encode`.

        Raises:
            ModelOutputError: Whisper is another than base, or answered with something that is no number.
        """
        margin, step = MARGIN_S * WHISPER_RATE_HZ, (WINDOW_S - 2 * MARGIN_S) * WHISPER_RATE_HZ
        held = np.zeros(margin, np.float32)  # before the sound there is silence
        for block in blocks:
            held = np.concatenate([held, block])
            while len(held) >= step + 2 * margin:
                yield self._hear(held[: step + 2 * margin], step)
                held = held[step:]
        left = len(held) - margin
        while left > 0:
            yield self._hear(held[: step + 2 * margin], min(left, step))
            held, left = held[step:], left - step

    def _hear(self, samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        """Return the moments of `count` samples that lie one margin into a window."""
        features = self._model.feature_extractor(samples, padding=0)
        window = np.full((features.shape[0], 100 * WINDOW_S), features.min(), np.float32)
        window[:, : features.shape[1]] = features[:, : 100 * WINDOW_S]
        heard = np.array(self._model.encode(window), np.float32)[0]
        first = MARGIN_S * MOMENTS_A_SECOND
        last = first + -(-count * MOMENTS_A_SECOND // WHISPER_RATE_HZ)
        if heard.shape[1] != WIDTH or not np.isfinite(heard[first:last]).all():
            message = f"The encoder answered with {heard.shape[1]} numbers a moment, not {WIDTH} finite ones"
            raise ModelOutputError(message)
        encoded: NDArray[np.float32] = (heard[first:last] - self._mean) @ self._directions
        return encoded


@functools.cache
def _directions() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean of the encoder's answers, shape (512,), and the main directions, shape (512, 64).

    Raises:
        FaultError: the file that ships with this module is damaged.
    """
    with np.load(DIRECTIONS, allow_pickle=False) as stored:
        mean, directions = stored["mean"], stored["directions"]
    if mean.shape != (WIDTH,) or directions.ndim != 2 or len(directions) != WIDTH:  # noqa: PLR2004
        raise FaultError(f"{DIRECTIONS} is damaged: put back the one that came with the project")
    return mean, directions
