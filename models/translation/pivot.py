"""Two translators in a row, through a language that both know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.base import Translator
from models.translation.glossary import pivot_terms
from models.translation.lines import require_pair
from models.types import GlossaryTerm, Utterance, Wording


@dataclass(frozen=True, slots=True)
class PivotedLine:
    """A line's best translation into the pivot language, and its wordings in the target language."""

    pivot_text: str
    wordings: tuple[Wording, ...]


class PivotTranslator:
    """Translates source to pivot and pivot to target; implements `models.base.Translator`.

    The wordings are those that the second translator gives for the best translation of the first.
    """

    def __init__(self, first: Translator, second: Translator, *, pivot_language: str = "en") -> None:
        self._first = first
        self._second = second
        self.pivot_language = pivot_language
        self.pairs: frozenset[tuple[str, str]] = frozenset(
            (source, target)
            for source, reached in first.pairs
            for left, target in second.pairs
            if reached == left == pivot_language and source != target
        )

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        """Translate through the pivot language.

        Raises:
            UnsupportedLanguageError: the two together do not serve the pair.
            ModelOutputError: a line came back empty or unusable from either.
        """
        lines = self.translate_lines(utterances, source_language, target_language, glossary)
        return [line.wordings for line in lines]

    def translate_lines(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[PivotedLine]:
        """Translate as `translate` does, and keep what each line was in the pivot language."""
        require_pair(self.pairs, source_language, target_language)
        there, onwards = pivot_terms(glossary)
        first = self._first.translate(utterances, source_language, self.pivot_language, there)
        # Word times belong to the source's words: the pivot text has none.
        halfway = [
            replace(utterance, text=wordings[0].text, words=())
            for utterance, wordings in zip(utterances, first, strict=True)
        ]
        second = self._second.translate(halfway, self.pivot_language, target_language, onwards)
        return [
            PivotedLine(utterance.text, wordings) for utterance, wordings in zip(halfway, second, strict=True)
        ]
