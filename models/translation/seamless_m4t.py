"""SeamlessM4T v2 as a translator: text to text in 88 languages, and speech straight to text and units.

Official weights: facebook/seamless-m4t-v2-large (CC-BY-NC-4.0). See `models/seamless` for how they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from models.seamless.batches import batches_by_length
from models.seamless.checkpoint import SeamlessCheckpoint, open_checkpoint
from models.seamless.m4t_speech import M4TSpeechTranslator
from models.translation.hypotheses import word_lines, wordings_of
from models.translation.lines import require_pair
from models.types import GlossaryTerm, Utterance, Wording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.seamless.speech import SpokenUnits

HYPOTHESES = 4
"""How many of a beam are looked at for a clearly shorter or longer wording."""


class SeamlessTranslator:
    """Translates lines of text in batches of like length; implements `models.base.Translator`."""

    def __init__(self, checkpoint: SeamlessCheckpoint) -> None:
        self._checkpoint = checkpoint
        self.pairs: frozenset[tuple[str, str]] = frozenset(permutations(checkpoint.text_languages, 2))

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Open a checkpoint; its networks are loaded with the first line.

        Args:
            files: Those of a checkpoint of `transformers`, in one folder (see `SeamlessCheckpoint`).
            options: Fields of `SeamlessOptions`, each optional.

        Raises:
            FaultError: a file or an option is missing or not what it should be.
        """
        return cls(open_checkpoint(files, options))

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        """Translate all lines; hypotheses of another length are the other wordings.

        Raises:
            UnsupportedLanguageError: the pair is not one of `pairs`.
            ModelOutputError: a line was empty, or came back empty.
            FaultError: the networks cannot be loaded.
        """
        pair = (source_language, target_language)
        require_pair(self.pairs, *pair)
        return word_lines(utterances, *pair, glossary, lambda texts: self._ask(texts, *pair))

    def _ask(self, texts: list[str], source_language: str, target_language: str) -> list[tuple[Wording, ...]]:
        """Return for each text its likeliest translation and hypotheses of another length."""
        if not texts:
            return []
        codes, network = self._checkpoint.text_languages, self._checkpoint.network
        options = self._checkpoint.options
        found: dict[int, tuple[Wording, ...]] = {}
        for batch in batches_by_length([network.token_count(text) for text in texts], options.batch_tokens):
            answers = network.write(
                network.read([texts[line] for line in batch], codes[source_language]),
                codes[target_language],
                beam_size=options.beam_size,
                hypotheses=min(HYPOTHESES, options.beam_size),
            )
            for line, hypotheses in zip(batch, answers, strict=True):
                scores = [each.mean_log_probability for each in hypotheses]
                found[line] = wordings_of([each.text for each in hypotheses], scores, target_language)
        return [found[line] for line in range(len(texts))]

    def translate_speech(
        self, sounds: Sequence[NDArray[np.float32]], target_language: str, *, speed: float = 1.0
    ) -> list[SpokenUnits]:
        """Translate lines as they were spoken, without a transcript: the first half of speech to speech.

        See `models.seamless.speech.SpeechTranslator`.
        """
        return M4TSpeechTranslator(self._checkpoint).translate(sounds, target_language, speed=speed)
