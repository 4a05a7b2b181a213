"""Marks within what is said, at which a voice may pause."""

from __future__ import annotations

import re

INNER_MARK = re.compile(r"[,;:—.!?…]+(?=\s+\S)")
"""A mark after which the line goes on."""


def inner_marks(text: str) -> tuple[int, ...]:
    """Return where the marks within a text end, after which it goes on; of text or of phonemes."""
    return tuple(match.end() - 1 for match in INNER_MARK.finditer(text))
