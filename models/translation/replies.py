"""Whether a language model's reply is a translation of the line, or something else."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from models.translation.checks import is_untranslated, line_flags, repeats
from models.translation.prompts import LANGUAGE_NAMES

_LABEL = re.compile(
    r"^\W*(?:(?:the )?translat(?:ion|ed)|traduç(?:ão|ao)|traducción|traduction|traduzione|here(?:'s| is| are)"
    r"|aqu[ií] (?:está|tienes)|voici|ecco|sure|certainly|claro|note|nota|english|spanish|español|french"
    r"|français|italian|italiano|(?:brazilian )?portuguese|português)\b[^:.]{0,60}:",
    re.IGNORECASE,
)
_NOTE = re.compile(r"[(\[]\s*(?:note|nota|remarque|translat|tradu)", re.IGNORECASE)
_MARKUP = re.compile(r"```|<\|?/?[a-z_]+\|?>|\*\*", re.IGNORECASE)

_CANNOT = re.compile(r"\bAI\b|can['’]?t|cannot|unable|sorry|puedo|posso|peux|siento|desculp", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\bas an ai\b|\bi(?:'m| am) (?:sorry, (?:but )?i|unable to|not able to)"
    r"|\bi can(?:no|')t (?:help|assist|comply)|n[aã]o posso (?:ajudar|atender)"
    r"|no puedo (?:ayudar|cumplir)|non posso aiutar|je ne peux pas (?:vous )?aider",
    re.IGNORECASE,
)

SHORTEST_RATIO, LONGEST_RATIO, RATIO_SLACK_CHARACTERS = 0.4, 2.2, 12
"""Translations among these languages keep within 0.7 to 1.5 of the length; interjections vary more."""
LETTERS_PER_WIDE_CHARACTER = 2.5
"""Chinese takes about 0.3 and Japanese 0.5 characters a character of English."""
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


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A line of a batch as a model answered it; `shorter` and `longer` are empty where it gave none."""

    plain: str
    shorter: str = ""
    longer: str = ""


def parse_batch(reply: str, wanted: Container[int]) -> dict[int, BatchLine]:
    """Return the lines of a batch's reply by number: those that were wanted, stand once and are text.

    Whatever else is in the reply is left out; a reply that is no JSON has no lines.
    """
    entries = _entries(reply)
    numbers = [entry.get("id") for entry in entries]
    lines: dict[int, BatchLine] = {}
    for number, entry in zip(numbers, entries, strict=True):
        plain, shorter, longer = (entry.get(kind) for kind in ("plain", "shorter", "longer"))
        if not isinstance(number, int) or isinstance(number, bool) or not isinstance(plain, str):
            continue
        if number in wanted and numbers.count(number) == 1:
            lines[number] = BatchLine(
                plain.strip(),
                shorter.strip() if isinstance(shorter, str) else "",
                longer.strip() if isinstance(longer, str) else "",
            )
    return lines


def _entries(reply: str) -> list[dict[str, Any]]:
    # Some models put JSON between fences, or a word before it.
    start, end = reply.find("{"), reply.rfind("}")
    try:
        value = json.loads(reply[start : end + 1])
        entries = value["lines"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def malformed(line: str, reply: str) -> str | None:
    """Return why a reply is not one plain line, or None where it is."""
    findings = {
        "it was empty": not reply.strip(),
        "it had more than one line": "\n" in reply.strip(),
        "it had a heading": ":" not in line and bool(_LABEL.match(reply)),
        "it had a note": bool(_NOTE.search(reply)) and not _NOTE.search(line),
        "it declined": bool(_REFUSAL.search(reply)) and not _CANNOT.search(line),
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
    asked, answered = _alphabetic_length(line), _alphabetic_length(reply)
    if answered > LONGEST_RATIO * asked + RATIO_SLACK_CHARACTERS:
        return "it was too long"
    if answered + RATIO_SLACK_CHARACTERS < SHORTEST_RATIO * asked:
        return "it was too short"
    return None


def _alphabetic_length(text: str) -> float:
    """Return how many letters a text would have in an alphabet: a wide character says as much as several."""
    wide = sum(unicodedata.east_asian_width(letter) in {"W", "F"} for letter in text)
    return len(text) + wide * (LETTERS_PER_WIDE_CHARACTER - 1)


def wrong_language(reply: str, language: str, *, other: str) -> str | None:
    """Return that a reply is not in `language` but in `other` or English, where it is long enough to tell."""
    letters = sum(letter.isalpha() for letter in reply)
    if letters < _LETTERS_TO_TELL_A_LANGUAGE or len(reply.split()) < _WORDS_TO_TELL_A_LANGUAGE:
        return None
    ranked = _identifier().rank(reply)
    found, probability = next((tag, weight) for tag, weight in ranked if tag in {language, other, "en"})
    return "it was in another language" if found != language and probability >= _SURE_OF_LANGUAGE else None


def surely_other_language(text: str, language: str) -> bool:
    """Tell whether a text of some length is in another of the languages that we know by name."""
    if sum(letter.isalpha() for letter in text) < _LETTERS_TO_TELL_A_LANGUAGE:
        return False
    ranked = _identifier().rank(text)
    found, probability = next((tag, weight) for tag, weight in ranked if tag in {language, *LANGUAGE_NAMES})
    return bool(found != language and probability >= _SURE_OF_LANGUAGE)


@functools.cache
def _identifier() -> Any:
    """Return the text language identifier with probabilities, loaded once a process (5 MB)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
