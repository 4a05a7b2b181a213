"""Whether a language model's reply is a translation of the line, or something else."""

from __future__ import annotations

import functools
import re
from typing import Any

from models.translation.checks import is_untranslated, line_flags, repeats

_LABEL = re.compile(
    r"^\W*(?:(?:the )?translat(?:ion|ed)|traduç(?:ão|ao)|traducción|traduction|traduzione|here(?:'s| is| are)"
    r"|aqu[ií] (?:está|tienes)|voici|ecco|sure|certainly|claro|note|nota|english|spanish|español|french"
    r"|français|italian|italiano|(?:brazilian )?portuguese|português)\b[^:.]{0,60}:",
    re.IGNORECASE,
)
_NOTE = re.compile(r"[(\[]\s*(?:note|nota|remarque|translat|tradu)", re.IGNORECASE)
_MARKUP = re.compile(r"```|<\|?/?[a-z_]+\|?>|\*\*", re.IGNORECASE)

SHORTEST_RATIO, LONGEST_RATIO, RATIO_SLACK_CHARACTERS = 0.4, 2.2, 12
"""Translations among these languages keep within 0.7 to 1.5 of the length; interjections vary more."""
_LETTERS_TO_TELL_A_LANGUAGE = 30
_WORDS_TO_TELL_A_LANGUAGE = 6
_SURE_OF_LANGUAGE = 0.9


def unusable(line: str, reply: str, source_language: str, target_language: str) -> str | None:
    """Return why a reply cannot be the line's translation, or None where it can."""
    if is_untranslated(line, reply):
        return "it was the line itself"
    return (
        malformed(line, reply)
        or _wrong_length(line, reply)
        or wrong_language(reply, target_language, other=source_language)
    )


def malformed(line: str, reply: str) -> str | None:
    """Return why a reply is not one plain line, or None where it is."""
    findings = {
        "it was empty": not reply.strip(),
        "it had more than one line": "\n" in reply.strip(),
        "it had a heading": ":" not in line and bool(_LABEL.match(reply)),
        "it had a note": bool(_NOTE.search(reply)) and not _NOTE.search(line),
        "it had markup": bool(_MARKUP.search(reply)),
        "it repeated itself": repeats(reply) and not repeats(line),
    }
    return next((reason for reason, found in findings.items() if found), None)


def doubtful(line: str, reply: str, source_language: str, target_language: str) -> tuple[str, ...]:
    """Return what makes a usable reply look wrong; fewer is better."""
    doubts = list(line_flags(line, reply, source_language, target_language))
    if line.rstrip().endswith("?") != reply.rstrip().endswith("?"):
        doubts.append("question_changed")
    return tuple(doubts)


def _wrong_length(line: str, reply: str) -> str | None:
    if len(reply) > LONGEST_RATIO * len(line) + RATIO_SLACK_CHARACTERS:
        return "it was too long"
    if len(reply) + RATIO_SLACK_CHARACTERS < SHORTEST_RATIO * len(line):
        return "it was too short"
    return None


def wrong_language(reply: str, language: str, *, other: str) -> str | None:
    """Return that a reply is not in `language` but in `other` or English, where it is long enough to tell."""
    letters = sum(letter.isalpha() for letter in reply)
    if letters < _LETTERS_TO_TELL_A_LANGUAGE or len(reply.split()) < _WORDS_TO_TELL_A_LANGUAGE:
        return None
    ranked = _identifier().rank(reply)
    found, probability = next((tag, weight) for tag, weight in ranked if tag in {language, other, "en"})
    return "it was in another language" if found != language and probability >= _SURE_OF_LANGUAGE else None


@functools.cache
def _identifier() -> Any:
    """Return the text language identifier with probabilities, loaded once a process (5 MB)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
