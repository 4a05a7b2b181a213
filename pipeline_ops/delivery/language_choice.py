"""Which language a viewer hears first, and why: a pure function of what is offered and what they know.

A dub is chosen only where the viewer knows its language and not the original's. Their own choice counts for
more than any list, and the original is always among what they may choose.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import langcodes
from langcodes.tag_parser import LanguageTagError

ORIGINAL = "original"
"""Asked for instead of a language: the video as it was made, whatever is spoken in it."""

NO_SUBTITLES = "off"

UNKNOWN_LANGUAGE = "und"
"""BCP 47 for a language that nobody has named."""

LONGEST_TAG = 35
"""Characters of a language tag, as RFC 5646 (sec. 4.4.1) advises to reserve; the catalog keeps as many."""

MOST_DISTANT = 10
"""Up to this distance (CLDR's, as langcodes computes it) somebody who knows one language follows the other:
regions are 4 or 5 apart, Swiss German and German 8, Norwegian and Danish 12, Catalan and Spanish 20."""

MOST_LANGUAGES = 20
"""Of a viewer's list; browsers send five or six at most."""

LONGEST_ACCEPT_LANGUAGE = 1000
"""Characters of the header that are read; real ones have fewer than 100."""

Reason = Literal[
    "asked",
    "chosen_before",
    "original_always",
    "original_preferred",
    "original_understood",
    "dub_understood",
    "nothing_understood",
    "nothing_dubbed",
]
"""`asked`: by the address. `chosen_before`: for this video. `original_always`: their setting.
`original_preferred`: they turned from a dub to the original in another video of that language.
`original_understood`: it is in a language of their list. `dub_understood`: the original is not, a dub is.
`nothing_understood`: neither is, so it is the original. `nothing_dubbed`: there is nothing else."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is of one video.

    Attributes:
        original: The language that is spoken in it; `UNKNOWN_LANGUAGE` where nobody knows.
        dubs: The languages of its published dubs.
        subtitles: The languages of its subtitles.
    """

    original: str
    dubs: tuple[str, ...] = ()
    subtitles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is known of a viewer.

    Attributes:
        languages: Those that they know, the best known first.
        original_always: They want no dub at all, whatever they know.
        originals: Languages that they would rather hear in the original.
        chosen: What they chose for this video before: a dub's language, or `ORIGINAL`.
        subtitles: The language of subtitles that they chose, `NO_SUBTITLES`, or None where they never did.
    """

    languages: tuple[str, ...] = ()
    original_always: bool = False
    originals: tuple[str, ...] = ()
    chosen: str | None = None
    subtitles: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a viewer hears first.

    Attributes:
        language: Of what is heard.
        is_dub: Whether that is a dub.
        reason: Why.
        because_of: The language of their list that decided, where one did.
        subtitles: The language of the subtitles that are shown at first, None for none.
    """

    language: str
    is_dub: bool
    reason: Reason
    because_of: str | None = None
    subtitles: str | None = None


def choose(offer: Offer, wish: Wish, asked: str | None = None) -> Choice:
    """Choose what a viewer hears first.

    Args:
        offer: What there is.
        wish: What is known of them.
        asked: The language that the address names, or `ORIGINAL`; one that is not offered counts for nothing.
    """
    language, reason, because_of = _audio(offer, wish, asked)
    heard = offer.original if language == ORIGINAL else language
    return Choice(
        heard,
        is_dub=language != ORIGINAL,
        reason=reason,
        because_of=because_of,
        subtitles=_subtitles(offer, wish, heard),
    )


def parse_accept_language(header: str | None) -> tuple[str, ...]:
    """Return the languages of an `Accept-Language` header, the most wanted first (RFC 9110, sec. 12.5.4).

    What is no language tag, is refused (`q=0`) or stands for any language (`*`) is left out.
    """
    weighted: dict[str, float] = {}
    for entry in (header or "")[:LONGEST_ACCEPT_LANGUAGE].split(","):
        tag, _, parameter = entry.partition(";")
        language = standard_tag(tag.strip())
        weight = _weight(parameter)
        if language is not None and weight > 0:
            weighted.setdefault(language, weight)
    ordered = sorted(weighted, key=lambda language: -weighted[language])
    return tuple(ordered[:MOST_LANGUAGES])


@functools.lru_cache(maxsize=4096)
def standard_tag(tag: str) -> str | None:
    """Return a language tag as BCP 47 writes it (`PT_br` is `pt-BR`), or None where it is none."""
    if not 0 < len(tag) <= LONGEST_TAG or tag == "*":
        return None
    try:
        standard = langcodes.standardize_tag(tag)
        is_known = langcodes.Language.get(standard).is_valid()  # it is stricter than the first
    except (LanguageTagError, ValueError):
        return None
    return standard if is_known and not standard.startswith(UNKNOWN_LANGUAGE) else None


@functools.lru_cache(maxsize=65_536)
def spoken_distance(known: str, spoken: str) -> int:
    """Return how far a spoken language is from one that is known; how either is written does not matter."""
    return langcodes.tag_distance(_as_spoken(known), _as_spoken(spoken))


def is_understood(languages: tuple[str, ...], spoken: str) -> str | None:
    """Return the language of a list in which `spoken` is understood, the closest and then the first."""
    if spoken == UNKNOWN_LANGUAGE:
        return None
    near = [(spoken_distance(known, spoken), place) for place, known in enumerate(languages)]
    distance, place = min(near, default=(MOST_DISTANT + 1, 0))
    return languages[place] if distance <= MOST_DISTANT else None


def _asked_for(offer: Offer, wanted: str | None) -> str | None:
    """Return what somebody named, a dub's language or `ORIGINAL`, or None where there is no such thing."""
    if wanted in offer.dubs:
        return wanted
    return ORIGINAL if wanted in (ORIGINAL, offer.original) else None


def _audio(offer: Offer, wish: Wish, asked: str | None) -> tuple[str, Reason, str | None]:
    """Return a dub's language or `ORIGINAL`, the reason, and the language of the list that decided."""
    if (found := _asked_for(offer, asked)) is not None:
        return found, "asked", None
    if (found := _asked_for(offer, wish.chosen)) is not None:
        return found, "chosen_before", None
    reason, because_of = _why_original(offer, wish)
    if reason != "nothing_understood":
        return ORIGINAL, reason, because_of
    for known in wish.languages:
        distance, dub = min((spoken_distance(known, dub), dub) for dub in offer.dubs)
        if distance <= MOST_DISTANT:
            return dub, "dub_understood", known
    return ORIGINAL, reason, None


def _why_original(offer: Offer, wish: Wish) -> tuple[Reason, str | None]:
    """Return why a viewer gets the original; `nothing_understood` where only a dub could be understood."""
    if not offer.dubs:
        return "nothing_dubbed", None
    if wish.original_always:
        return "original_always", None
    if (known := is_understood(wish.languages, offer.original)) is not None:
        return "original_understood", known
    if (known := is_understood(wish.originals, offer.original)) is not None:
        return "original_preferred", known
    return "nothing_understood", None


def _subtitles(offer: Offer, wish: Wish, heard: str) -> str | None:
    """Return the subtitles to begin with: those chosen before, else some where what is heard is not known."""
    if wish.subtitles == NO_SUBTITLES:
        return None
    if wish.subtitles is not None:
        found = _readable((wish.subtitles,), offer.subtitles)
        if found is not None:
            return found
    if is_understood(wish.languages, heard) is not None:
        return None
    return _readable(wish.languages, offer.subtitles)


def _readable(languages: tuple[str, ...], subtitles: tuple[str, ...]) -> str | None:
    """Return the subtitles that somebody with these languages can read; here the script counts."""
    for known in languages:
        near = [(langcodes.tag_distance(known, written), written) for written in subtitles]
        distance, written = min(near, default=(MOST_DISTANT + 1, ""))
        if distance <= MOST_DISTANT:
            return written
    return None


@functools.lru_cache(maxsize=4096)
def _as_spoken(tag: str) -> str:
    """Return a tag with its likely region, and the same script for all."""
    full = langcodes.Language.get(tag).maximize()
    return langcodes.Language.make(language=full.language, script="Latn", territory=full.territory).to_tag()


def _weight(parameter: str) -> float:
    """Return the weight of a header's entry: 1 where none is given, 0 where it makes no sense."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
