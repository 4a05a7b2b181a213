"""A text that is too long to be said in one go: where it is cut, and the pauses between its pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEXT_MARKS = (
    r"(?<=[.!?…])\s+|(?<=[。！？])",
    r"(?<=[;:—])\s*|(?<=[；：])",
    r"(?<=[,)”])\s+|(?<=[，、])",
    r"\s+",
)
"""Where written text may be cut, the best place first: after sentences, inner marks, commas, words."""

_PAUSES_S = {"sentence": 0.40, "clause": 0.20, "word": 0.05}
"""Between pieces of a long text, at speed 1: about what Kokoro itself leaves after such marks."""


def split_at_marks(text: str, limit: int, marks: tuple[str, ...] = TEXT_MARKS) -> tuple[str, ...]:
    """Cut a text into pieces of at most `limit` letters, at the strongest mark that does it.

    What fits together stays together; where no mark is left, it is cut anywhere.

    Args:
        text: Any text, or phonemes.
        limit: The most letters a piece.
        marks: Patterns of the places where it may be cut, the best first.
    """
    text = text.strip()
    if len(text) <= limit:
        return (text,) if text else ()
    if not marks:
        return tuple(text[start : start + limit] for start in range(0, len(text), limit))
    pieces: list[str] = []
    for part in re.split(marks[0], text):
        for piece in split_at_marks(part, limit, marks[1:]):
            if pieces and len(pieces[-1]) + 1 + len(piece) <= limit:
                pieces[-1] = f"{pieces[-1]} {piece}"
            else:
                pieces.append(piece)
    return tuple(pieces)


def pause_after(piece: str, speed: float, sample_rate_hz: int) -> NDArray[np.float32]:
    """Return the silence after a piece that another follows, shape (frames,)."""
    last = piece.rstrip('”")')[-1:]
    kind = "sentence" if last in ".!?…。！？" else "clause" if last in ",;:—，、；：" else "word"
    return np.zeros(round(_PAUSES_S[kind] / speed * sample_rate_hz), np.float32)
