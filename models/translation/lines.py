"""What every translator does with a line: make it one line, and refuse what cannot be answered."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from models.errors import ModelOutputError, UnsupportedLanguageError
from models.types import Utterance


def one_line(text: str) -> str:
    """Return the text with every run of white space and control characters as one space."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def source_line(utterance: Utterance) -> str:
    """Return an utterance's text as one line.

    Raises:
        ModelOutputError: there is nothing in it; a model would make something up.
    """
    text = one_line(utterance.text)
    if not text:
        message = f"Line {utterance.index} is empty: there is nothing to translate"
        raise ModelOutputError(message)
    return text


def require_pair(pairs: AbstractSet[tuple[str, str]], source_language: str, target_language: str) -> None:
    """Refuse a pair that a translator does not serve.

    Raises:
        UnsupportedLanguageError: the pair is not one of `pairs`.
    """
    if (source_language, target_language) not in pairs:
        served = ", ".join(sorted(f"{source}-{target}" for source, target in pairs)) or "no pair"
        message = (
            f"This translator does not translate {source_language} to {target_language}; it serves {served}"
        )
        raise UnsupportedLanguageError(message)


def require_text(answer: str, utterance: Utterance) -> str:
    """Return a translation as one line.

    Raises:
        ModelOutputError: it is empty.
    """
    text = one_line(answer)
    if not text:
        message = f"Line {utterance.index} came back empty from the translator: {utterance.text!r}"
        raise ModelOutputError(message)
    return text
