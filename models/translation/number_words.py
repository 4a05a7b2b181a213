"""Numbers written as words, in the languages where the platform compares a line with its translation.

Only what speech uses: whole numbers below a million, as "two hundred and fifty" or "venticinque".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

_UNITS = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince"
    " dieciséis diecisiete dieciocho diecinueve",
    "pt": "um dois três quatro cinco seis sete oito nove dez onze doze treze quatorze quinze"
    " dezesseis dezessete dezoito dezenove",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "it": "uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici"
    " sedici diciassette diciotto diciannove",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "fr": "vingt trente quarante cinquante soixante septante quatrevingt nonante",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
}
_OTHERS = {
    "en": {"hundred": 100, "thousand": 1000},
    "es": {
        "una": 1, "un": 1, "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300,
        "cuatrocientos": 400, "quinientos": 500, "seiscientos": 600, "setecientos": 700,
        "ochocientos": 800, "novecientos": 900, "mil": 1000,
        "veintiuno": 21, "veintiún": 21, "veintidós": 22, "veintitrés": 23, "veinticuatro": 24,
        "veinticinco": 25, "veintiséis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
    },
    "pt": {
        "uma": 1, "duas": 2, "catorze": 14, "dezasseis": 16, "dezassete": 17, "dezanove": 19,
        "cem": 100, "cento": 100, "duzentos": 200, "duzentas": 200, "trezentos": 300, "trezentas": 300,
        "quatrocentos": 400, "quinhentos": 500, "seiscentos": 600, "setecentos": 700, "oitocentos": 800,
        "novecentos": 900, "mil": 1000,
    },
    "fr": {
        "une": 1, "dixsept": 17, "dixhuit": 18, "dixneuf": 19,
        "quatrevingts": 80, "cent": 100, "cents": 100, "mille": 1000,
    },
    "it": {"un": 1, "una": 1, "cento": 100, "mille": 1000, "mila": 1000},
}  # fmt: skip
_CONNECTORS = {"en": {"and"}, "es": {"y"}, "pt": {"e"}, "fr": {"et"}, "it": {"e"}}
_AMBIGUOUS = {"en": {"one", "ones"}, "fr": {"neuf"}, "it": {"sei"}}
"""Words that more often mean something else: a pronoun, "new", "you are"."""

UNTOLD_BELOW = 3
"""Below three, languages use articles and pairs ("both", "a couple"): such words prove no number."""


@functools.cache
def _values(language: str) -> dict[str, int]:
    units = {word: value for value, word in enumerate(_UNITS[language].split(), start=1)}
    tens = {word: 10 * step for step, word in enumerate(_TENS[language].split(), start=2)}
    values = units | tens | _OTHERS[language]
    if language == "it":
        values |= _italian_compounds(units, tens)
    return values


def _italian_compounds(units: dict[str, int], tens: dict[str, int]) -> dict[str, int]:
    """Return venticinque, duecento, tremila and their like, which Italian writes as one word."""
    compounds = {}
    for unit, value in list(units.items())[:9]:
        for ten, ten_value in tens.items():
            stem = ten[:-1] if unit in ("uno", "otto") else ten
            compounds[stem + ("tré" if unit == "tre" else unit)] = ten_value + value
        if value > 1:
            compounds[f"{unit}cento"] = 100 * value
    compounds |= {f"{unit}mila": 1000 * value for unit, value in units.items() if value > 1}
    return compounds


def spelled_numbers(text: str, language: str) -> Iterator[tuple[int, bool]]:
    """Yield each number that stands in words, and whether it surely is one; none in other languages."""
    if language not in _UNITS:
        return
    lowered = re.sub(r"\bp(?:or|our|er) c(?:iento|ento|ent)\b", "%", text.casefold())
    if language == "fr":
        lowered = re.sub(r"\bquatre-vingt", "quatrevingt", lowered)
        lowered = re.sub(r"\bdix-(?=sept|huit|neuf)", "dix", lowered)
    values, group = _values(language), _Group()
    words: list[str] = []
    for token in (*re.findall(r"[^\W_]+|[^\w\s-]", lowered), ""):
        value = values.get(token)
        if token in _CONNECTORS[language] and words:
            continue
        if value is not None and group.add(value):
            words.append(token)
            continue
        if words:
            yield (
                group.total,
                group.total >= UNTOLD_BELOW and not set(words) <= _AMBIGUOUS.get(language, set()),
            )
        group, words = _Group(), []
        if value is not None:
            group.add(value)
            words.append(token)


class _Group:
    """One number in the making: twenty, twenty-five, twenty-five thousand, ..."""

    def __init__(self) -> None:
        self.thousands = 0
        self.rest = 0
        self.room = 1_000_000

    @property
    def total(self) -> int:
        return self.thousands + self.rest

    def add(self, value: int) -> bool:
        """Take one more word's value, or return False where it starts another number."""
        if value >= 1000:  # noqa: PLR2004
            if self.thousands:
                return False
            # Italian writes the multiple as one word: tremila.
            multiple = max(self.rest, 1) if value == 1000 else 1  # noqa: PLR2004
            self.thousands, self.rest, self.room = value * multiple, 0, 1000
        elif value == 100 and 0 < self.rest < 10:  # noqa: PLR2004
            self.rest, self.room = self.rest * 100, 100
        elif value >= self.room:
            return False
        else:
            self.rest += value
            self.room = _room_after(value)
        return True


def _room_after(value: int) -> int:
    """Return what the next word of the same number is below: after twenty a unit, after a hundred 1 to 99."""
    if value >= 100:  # noqa: PLR2004
        return 100
    if value in (60, 80):
        return 20  # French counts on to nineteen: soixante-dix, quatre-vingt-dix
    return 10 if value >= 20 else 1  # noqa: PLR2004
