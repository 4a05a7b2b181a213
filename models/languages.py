"""How languages are written: plain ISO 639-1 codes (`pt`), whatever tag a request brings (`pt-BR`)."""

from __future__ import annotations

import functools

from models.errors import UnsupportedLanguageError


@functools.cache
def normalise_language(tag: str) -> str:
    """Return the language of a BCP 47 tag, as the catalog writes it: `pt-BR` and `por` give `pt`.

    Region and script are dropped: no engine tells them apart yet.

    Raises:
        UnsupportedLanguageError: the tag is malformed, or names no language.
    """
    # Inside: its tables are slow to load, and Dag files import this module.
    import langcodes

    try:
        language = langcodes.Language.get(tag.strip())
    except langcodes.tag_parser.LanguageTagError as error:
        message = f"{tag!r} is not a language tag; write it as en, pt or pt-BR (BCP 47)"
        raise UnsupportedLanguageError(message) from error
    if language.language is None or not language.is_valid():
        message = f"{tag!r} names no language that we know; write it as en, pt or pt-BR (BCP 47)"
        raise UnsupportedLanguageError(message)
    return language.language
