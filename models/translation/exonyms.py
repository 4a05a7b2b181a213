"""Names that every language has its own word for: countries by Unicode's CLDR, and what it does not list."""

from __future__ import annotations

import functools
import re

_ELSEWHERE: tuple[dict[str, str], ...] = (
    {"en": "god lord", "es": "dios señor", "fr": "dieu seigneur", "it": "dio signore", "pt": "deus senhor"},
    {"en": "europe european", "es": "europa", "fr": "europe", "it": "europa", "pt": "europa"},
    {"en": "england", "es": "inglaterra", "fr": "angleterre", "it": "inghilterra", "pt": "inglaterra"},
    {"en": "scotland", "es": "escocia", "fr": "écosse", "it": "scozia", "pt": "escócia"},
    {"en": "wales", "es": "gales", "fr": "galles", "it": "galles", "pt": "gales"},
    {"en": "holland", "es": "holanda", "fr": "hollande", "it": "olanda", "pt": "holanda"},
    {"en": "america", "es": "américa", "fr": "amérique", "it": "america", "pt": "américa"},
    {"en": "usa us states", "es": "eeuu ee unidos", "fr": "usa unis", "it": "usa uniti", "pt": "eua unidos"},
    {"en": "uk kingdom britain", "es": "unido bretaña", "fr": "uni bretagne", "it": "unito bretagna",
     "pt": "unido bretanha"},
    {"en": "london", "es": "londres", "fr": "londres", "it": "londra", "pt": "londres"},
    {"en": "munich", "es": "múnich", "fr": "munich", "it": "monaco", "pt": "munique"},
    {"en": "cologne", "es": "colonia", "fr": "cologne", "it": "colonia", "pt": "colônia"},
    {"en": "geneva", "es": "ginebra", "fr": "genève", "it": "ginevra", "pt": "genebra"},
    {"en": "genoa", "es": "génova", "fr": "gênes", "it": "genova", "pt": "gênova"},
    {"en": "florence", "es": "florencia", "fr": "florence", "it": "firenze", "pt": "florença"},
    {"en": "venice", "es": "venecia", "fr": "venise", "it": "venezia", "pt": "veneza"},
    {"en": "naples", "es": "nápoles", "fr": "naples", "it": "napoli", "pt": "nápoles"},
    {"en": "turin", "es": "turín", "fr": "turin", "it": "torino", "pt": "turim"},
    {"en": "antwerp", "es": "amberes", "fr": "anvers", "it": "anversa", "pt": "antuérpia"},
    {"en": "brussels", "es": "bruselas", "fr": "bruxelles", "it": "bruxelles", "pt": "bruxelas"},
    {"en": "vienna", "es": "viena", "fr": "vienne", "it": "vienna", "pt": "viena"},
    {"en": "warsaw", "es": "varsovia", "fr": "varsovie", "it": "varsavia", "pt": "varsóvia"},
    {"en": "moscow", "es": "moscú", "fr": "moscou", "it": "mosca", "pt": "moscou"},
    {"en": "athens", "es": "atenas", "fr": "athènes", "it": "atene", "pt": "atenas"},
    {"en": "beijing peking", "es": "pekín", "fr": "pékin", "it": "pechino", "pt": "pequim"},
    {"en": "cairo", "es": "cairo", "fr": "caire", "it": "cairo", "pt": "cairo"},
    {"en": "hague", "es": "haya", "fr": "haye", "it": "aia aja", "pt": "haia"},
    {"en": "new york", "es": "nueva york", "fr": "new york", "it": "new york", "pt": "nova york iorque"},
    {"en": "thames", "es": "támesis", "fr": "tamise", "it": "tamigi", "pt": "tâmisa"},
    {"en": "danube", "es": "danubio", "fr": "danube", "it": "danubio", "pt": "danúbio"},
    {"en": "rhine", "es": "rin", "fr": "rhin", "it": "reno", "pt": "reno"},
    {"en": "santa claus", "es": "noel", "fr": "noël", "it": "natale", "pt": "noel natal"},
    {"en": "john", "es": "juan", "fr": "jean", "it": "giovanni", "pt": "joão"},
    {"en": "james", "es": "santiago jaime", "fr": "jacques", "it": "giacomo", "pt": "tiago"},
)  # fmt: skip
"""Words of one thing in each language; saints and kings are translated, so two names of persons are here."""


def are_one_name(name: str, source: str, target: str, source_language: str, target_language: str) -> bool:
    """Return whether a name is one that the target has in its own language.

    Args:
        name: A word of the source, in small letters like the texts.
        source: What was said: a name may be part of a longer one, which must stand there.
        target: Its translation.
        source_language: Of the source.
        target_language: Of the target; in others than CLDR's nothing is found.
    """
    for here, there in _countries(source_language, target_language):
        if name in here.split() and _stands_in(here, source) and _stands_in(there, target):
            return True
    words = set(target.split())
    return any(
        name in thing.get(source_language, "").split()
        and not words.isdisjoint(thing.get(target_language, "").split())
        for thing in _ELSEWHERE
    )


def _stands_in(name: str, text: str) -> bool:
    return f" {name} " in f" {text} "


@functools.cache
def _countries(source_language: str, target_language: str) -> tuple[tuple[str, str], ...]:
    """Return the countries and continents with a word of their own in both languages, in small letters."""
    from babel import Locale, UnknownLocaleError

    try:
        here, there = Locale(source_language).territories, Locale(target_language).territories
    except UnknownLocaleError:
        return ()
    return tuple((_bare(here[code]), _bare(there[code])) for code in here if code in there)


def _bare(name: str) -> str:
    return re.sub(r"\s*\(.*?\)", "", name).casefold()
