"""What a beam search found, as wordings: the best translation, and others that last longer or shorter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.translation.checks import is_faithful_rewording
from models.translation.glossary import keep_terms
from models.translation.lines import one_line, require_text, source_line
from models.translation.rewording import reword
from models.types import GlossaryTerm, Utterance, Wording

WORTH_CHOOSING = 0.93
"""A hypothesis this much shorter (or the inverse longer) than the best changes how long a line lasts."""
PENALTY_PER_NAT = 2.0
"""Turns a drop in mean log probability a token into the timing solver's costs: 0.2 nats, where fluency
begins to suffer, weigh as much as 1.2 times natural speed (0.4)."""


def word_lines(
    utterances: Sequence[Utterance],
    source_language: str,
    target_language: str,
    glossary: Sequence[GlossaryTerm],
    ask: Callable[[list[str]], list[tuple[Wording, ...]]],
) -> list[tuple[Wording, ...]]:
    """Return each line's wordings: the best, its rewordings by rule, and hypotheses of another length.

    Args:
        utterances: The lines.
        source_language: Of the lines.
        target_language: Of the wordings.
        glossary: Terms that must be kept.
        ask: Translates texts, `wordings_of` each.

    Raises:
        ModelOutputError: a line was empty, or came back empty.
    """
    sources = [source_line(utterance) for utterance in utterances]
    lines = []
    answers = keep_terms(sources, glossary, source_language, target_language, ask)
    for utterance, (best, *others) in zip(utterances, answers, strict=True):
        text = require_text(best.text, utterance)
        lines.append((Wording(text), *reword(text, target_language), *others))
    return lines


def wordings_of(texts: Sequence[str], scores: Sequence[float], language: str) -> tuple[Wording, ...]:
    """Return the best translation, the likeliest clearly shorter hypothesis and the likeliest longer one.

    Args:
        texts: All hypotheses, the likeliest first. Where that is empty, so is the one wording.
        scores: The mean log probability a token of each.
        language: Of the texts.
    """
    best, *others = (one_line(text) for text in texts)
    return (Wording(best), *_others(best, others, scores, language)) if best else (Wording(""),)


def _others(best: str, others: Sequence[str], scores: Sequence[float], language: str) -> tuple[Wording, ...]:
    """Return the likeliest hypothesis that is clearly shorter and the likeliest that is clearly longer."""
    found: dict[str, Wording] = {}
    for text, score in zip(others, scores[1:], strict=True):
        ratio = len(text) / len(best)
        if WORTH_CHOOSING < ratio < 1 / WORTH_CHOOSING or not is_faithful_rewording(best, text, language):
            continue
        penalty = round(PENALTY_PER_NAT * max(0.0, scores[0] - score), 4)
        if ratio < 1:
            found.setdefault("shorter", Wording(text, "shorter", penalty))
        else:
            found.setdefault("longer", Wording(text, "longer", penalty))
    return tuple(wording for wording in found.values() if wording.text)
