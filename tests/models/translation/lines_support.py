"""Utterances for tests of translators."""

from __future__ import annotations

from models.types import Utterance

USUAL_CHARACTERS_PER_S = 15.0


def utterance(text: str, index: int = 0, duration_s: float | None = None) -> Utterance:
    seconds = len(text) / USUAL_CHARACTERS_PER_S if duration_s is None else duration_s
    return Utterance(index, "speaker", 0.0, seconds, text)


def utterances(*texts: str) -> list[Utterance]:
    return [utterance(text, index) for index, text in enumerate(texts)]
