"""Names of languages for people, from the CLDR data of the langcodes library."""

from __future__ import annotations

import functools


@functools.cache
def english_name(language: str) -> str:
    """Return the English name of a language code: `pt` -> `Portuguese`."""
    import langcodes

    return langcodes.Language.get(language).display_name("en")


@functools.cache
def own_name(language: str) -> str:
    """Return a language's name in that language: `pt` -> `português`."""
    import langcodes

    return langcodes.Language.get(language).autonym()


@functools.cache
def three_letter_code(language: str) -> str:
    """Return the ISO 639-2/T code that media containers use: `pt` -> `por`."""
    import langcodes

    return langcodes.Language.get(language).to_alpha3()
