"""How any language model is held to a line: its reply is checked, and asked for again with what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.errors import ModelOutputError
from models.translation.checks import is_faithful_rewording
from models.translation.glossary import GLOSSARY_MISSED, missed_terms
from models.translation.prompts import RewordingKind
from models.translation.replies import doubtful, malformed, unusable, wrong_language
from models.types import GlossaryTerm, Wording

SHORTER_RATIOS = (0.7, 0.92)
LONGER_RATIOS = (1.1, 1.6)
"""Outside, a rewording has dropped or invented something, or changes too little to help."""
REWORDING_PENALTY = 0.8
"""A detail may be lost: in the timing solver's costs as bad as 1.22 times natural speed."""

AskAgain = Callable[[str], str]
"""A question for one line's translation: what was wrong before in, a reply out."""


def settled(
    line: str, first: str, ask_again: AskAgain, pair: tuple[str, str], glossary: Sequence[GlossaryTerm]
) -> str:
    """Return the first reply, or a second one where that is unusable, doubtful or lost a term.

    Raises:
        ModelOutputError: neither is a translation.
    """

    def doubts_of(reply: str) -> tuple[str, ...]:
        missed = [GLOSSARY_MISSED] * len(missed_terms(line, reply, glossary, *pair))
        return (*doubtful(line, reply, *pair), *missed)

    refusal = unusable(line, first, *pair)
    doubts = () if refusal else doubts_of(first)
    if not refusal and not doubts:
        return first
    second = ask_again(refusal or f"please mind {', '.join(dict.fromkeys(doubts)).replace('_', ' ')}")
    still_refused = unusable(line, second, *pair)
    if refusal and still_refused:
        message = (
            f"A line could not be translated from {pair[0]} to {pair[1]}: {line!r} came back as"
            f" {second[:200]!r} ({still_refused})"
        )
        raise ModelOutputError(message)
    if refusal:
        return second
    better = not still_refused and len(doubts_of(second)) < len(doubts)
    return second if better else first


def rewording_of(best: str, text: str, kind: RewordingKind, language: str) -> Wording | None:
    """Return another wording of a line where it is one: of a length that helps, and with nothing changed."""
    least, most = SHORTER_RATIOS if kind == "shorter" else LONGER_RATIOS
    fits = least * len(best) <= len(text) <= most * len(best)
    sound = not malformed(best, text) and not wrong_language(text, language, other="en")
    if fits and sound and is_faithful_rewording(best, text, language):
        return Wording(text, kind, REWORDING_PENALTY)
    return None
