"""Text as SeamlessM4T's numbers, and back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

PADDING, UNKNOWN, BEGIN, END = range(4)
"""fairseq's control symbols, which every Seamless checkpoint begins with."""

PIECE_OFFSET = 1
"""fairseq puts its padding before sentencepiece's own symbols, so every piece is one number up."""


class TextTokens:
    """The sentencepiece model of a checkpoint, read as fairseq numbers its pieces.

    Languages are no pieces: their symbols stand after all of them, and the checkpoint's configuration names
    them.
    """

    def __init__(self, pieces: Any) -> None:
        self._pieces = pieces
        self._last = pieces.get_piece_size() + PIECE_OFFSET

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a sentencepiece model."""
        import sentencepiece

        return cls(sentencepiece.SentencePieceProcessor(model_file=str(path)))

    def encode(self, text: str) -> list[int]:
        """Return a text's numbers, without language and end."""
        return [number + PIECE_OFFSET for number in self._pieces.encode(text)]

    def decode(self, numbers: Iterable[int]) -> str:
        """Return the text of numbers; control symbols and languages say nothing."""
        pieces = [number - PIECE_OFFSET for number in numbers if END < number < self._last]
        return str(self._pieces.decode(pieces))
