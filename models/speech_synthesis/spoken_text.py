"""Writes out what espeak-ng would read wrongly: sums of money, times, units, abbreviations.

What is written in numbers otherwise is in `spoken_numbers`.

espeak-ng reads plain numbers, decimals, percentages and most years well in every language here, so
those are left alone. Each rule below stands for something it was heard to read wrongly ("R$ 10" as
a letter and a dollar, "8h30" as "eight aitch thirty", "3 kg" as two letters, "e.g." cut short).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.speech_synthesis.spoken_numbers import spoken_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOLE = r"\d{1,3}(?:[., \u00a0\u202f]\d{3})+(?!\d)|\d+"
_AMOUNT = rf"(?P<whole>{_WHOLE})(?:[.,](?P<fraction>\d{{1,2}})(?!\d))?"
_CURRENCY = r"(?P<currency>US\$|R\$|[$€£₹])"
# Vowel signs are no letters to Python, so words of Devanagari need its whole block.
_MAGNITUDE = r"(?:\s(?!US\$|R\$)(?P<magnitude>(?:[^\W\d_]|[\u0900-\u0963])+))?"
_SUFFIX = r"(?P<suffix>[^\W\d_]+)?(?!\w|[.,]\d)"  # the k of "$5k"
_MONEY = (
    re.compile(rf"(?<![\w$]){_CURRENCY}\s?{_AMOUNT}{_SUFFIX}{_MAGNITUDE}"),
    re.compile(rf"(?<![\w.,]){_AMOUNT}{_MAGNITUDE}\s?{_CURRENCY}(?!\s?\d|\w)"),
)
_CLOCK = re.compile(
    r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-4])(?::|(?P<h>\s?h\s?))(?P<minute>[0-5]\d)?(?![\w:])(?!\s?h\b)"
)
_DOTTED_LETTERS = re.compile(r"\b(?:[^\W\d_]\.){2,}(?=(?P<end>\s*$)?)")
_PLAIN_THOUSANDS = frozenset({"mil", "mille", "mila"})  # "20 mil dólares", but "20 milhões de dólares"
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")


@dataclass(frozen=True, slots=True)
class _Name:
    """What one of something is called, and several."""

    one: str
    many: str

    @classmethod
    def of(cls, names: str) -> _Name:
        """Read "one|many", or one word for both."""
        return cls(*(names.split("|") * 2)[:2])


@dataclass(frozen=True, slots=True)
class _Manner:
    """How one language says what `spoken_text` writes out.

    Attributes:
        currencies: Sign to names.
        fraction_joiner: What stands between "5 dollars" and "99"; empty for nothing.
        magnitudes: Words that go before the currency's name ("million").
        magnitude_joiner: What stands between a magnitude and the currency ("milhões de dólares").
        full_hour: How 8:00 is said; `{}` is the hour.
        half_hour: How 8:30 is said; the first `{}` is the hour.
        hours: Hours that are not said as the plain number ("duas").
        units: Unit after a number to its name; those of every language.
        more_units: Those that this one has besides.
        abbreviations: Abbreviation, with its dots, to what is said.
        other: Further patterns and what replaces them.
    """

    currencies: Mapping[str, _Name]
    fraction_joiner: str
    magnitudes: frozenset[str]
    magnitude_joiner: str
    full_hour: str
    half_hour: str
    units: Mapping[str, _Name]
    abbreviations: Mapping[str, str]
    hours: Mapping[int, str] = field(default_factory=dict)
    more_units: Mapping[str, _Name] = field(default_factory=dict)
    other: tuple[tuple[re.Pattern[str], str], ...] = ()


def _currencies(dollar: str, real: str, euro: str, pound: str, rupee: str) -> dict[str, _Name]:
    """Make the table of one language from "one|many" for each currency."""
    dollars, reais, euros, pounds, rupees = map(_Name.of, (dollar, real, euro, pound, rupee))
    return {"$": dollars, "US$": dollars, "R$": reais, "€": euros, "£": pounds, "₹": rupees}


_MEASURED = (
    r"\s(?:dollar|real|reais|euro|pound|rupee|kilo|gram|centi|milli|mile|degree|thousand|million|billion)"
)
"""How English goes on after a number that is a sum or a measure, and no year."""

_UNITS = ("kg", "g", "km", "cm", "mm", "m", "m²", "km²", "ml", "km/h", "mph", "GB", "MB", "°", "°C", "°F")


def _units(*names: str) -> dict[str, _Name]:
    """Make the table of one language from "one|many" for each of `_UNITS` up to the plain degree."""
    *measures, degree = (_Name.of(each) for each in names)
    scales = (_Name(f"{degree.one} {scale}", f"{degree.many} {scale}") for scale in ("Celsius", "Fahrenheit"))
    return dict(zip(_UNITS, (*measures, degree, *scales), strict=True))


_MANNERS: dict[str, _Manner] = {
    "en": _Manner(
        currencies=_currencies("dollar|dollars", "real|reais", "euro|euros", "pound|pounds", "rupee|rupees"),
        fraction_joiner="",
        magnitudes=frozenset({"thousand", "million", "billion", "trillion"}),
        magnitude_joiner="",
        full_hour="{} o'clock",
        half_hour="{}:{}",
        units=_units("kilogram|kilograms", "gram|grams", "kilometre|kilometres", "centimetre|centimetres",
                     "millimetre|millimetres", "metre|metres", "square metre|square metres",
                     "square kilometre|square kilometres", "millilitre|millilitres",
                     "kilometre an hour|kilometres an hour", "mile an hour|miles an hour",
                     "gigabyte|gigabytes", "megabyte|megabytes", "degree|degrees"),
        more_units={"lb": _Name.of("pound|pounds"), "lbs": _Name.of("pound|pounds"),
                    "oz": _Name.of("ounce|ounces"), "ft": _Name.of("foot|feet")},
        abbreviations={"e.g.": "for example", "i.e.": "that is", "vs.": "versus", "etc.": "etcetera",
                       "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miz", "Prof.": "Professor",
                       "Jr.": "Junior", "Sr.": "Senior", "approx.": "approximately"},
        other=(
            (re.compile(r"\bNo\.\s?(?=\d)"), "number "),
            (re.compile(r"#(?=\d)"), "number "),
            (re.compile(r"o'clock\s?([ap])\.m\.$", re.IGNORECASE), r"\1m."),  # it ends the sentence too
            (re.compile(r"o'clock\s?([ap])\.?m\b\.?", re.IGNORECASE), r"\1m"),
            (re.compile(r"\b(\d?\d):0([1-9])\b"), r"\1 oh \2"),
            *((re.compile(rf"\b(1\d|20){tens}0['’]?s\b"), rf"\1 {name}") for tens, name in (
                (2, "twenties"), (3, "thirties"), (4, "forties"), (5, "fifties"),
                (6, "sixties"), (7, "seventies"), (8, "eighties"), (9, "nineties"))),
            # Years up to 1999 are said in two halves; espeak-ng says "nineteen hundred ninety".
            (re.compile(rf"(?<![\w.,$€£₹:/-])(1[1-9])([1-9]\d)(?![\w/:-]|[.,]\d|{_MEASURED})"), r"\1 \2"),
        ),
    ),
    "es": _Manner(
        currencies=_currencies("dólar|dólares", "real|reales", "euro|euros", "libra|libras", "rupia|rupias"),
        fraction_joiner="con",
        magnitudes=frozenset({"mil", "millón", "millones", "billones"}),
        magnitude_joiner="de",
        full_hour="{}",
        half_hour="{} y {}",
        hours={1: "una", 21: "veintiuna"},
        units=_units("kilo|kilos", "gramo|gramos", "kilómetro|kilómetros", "centímetro|centímetros",
                     "milímetro|milímetros", "metro|metros", "metro cuadrado|metros cuadrados",
                     "kilómetro cuadrado|kilómetros cuadrados", "mililitro|mililitros",
                     "kilómetro por hora|kilómetros por hora", "milla por hora|millas por hora",
                     "gigabyte|gigabytes", "megabyte|megabytes", "grado|grados"),
        abbreviations={"Sr.": "señor", "Sra.": "señora", "Srta.": "señorita", "Dr.": "doctor",
                       "Dra.": "doctora", "Ud.": "usted", "Uds.": "ustedes", "p. ej.": "por ejemplo",
                       "p.ej.": "por ejemplo",
                       "etc.": "etcétera", "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos"},
        other=((re.compile(r"\b[nN]\.?º\s?(?=\d)"), "número "),),
    ),
    "fr": _Manner(
        currencies=_currencies("dollar|dollars", "réal|réaux", "euro|euros", "livre|livres",
                               "roupie|roupies"),
        fraction_joiner="",
        magnitudes=frozenset({"mille", "million", "millions", "milliard", "milliards"}),
        magnitude_joiner="de",
        full_hour="{} heures",
        half_hour="{} heures {}",
        hours={1: "une", 21: "vingt et une"},
        units=_units("kilo|kilos", "gramme|grammes", "kilomètre|kilomètres", "centimètre|centimètres",
                     "millimètre|millimètres", "mètre|mètres", "mètre carré|mètres carrés",
                     "kilomètre carré|kilomètres carrés", "millilitre|millilitres",
                     "kilomètre à l'heure|kilomètres à l'heure", "mile à l'heure|miles à l'heure",
                     "gigaoctet|gigaoctets", "mégaoctet|mégaoctets", "degré|degrés"),
        more_units={"Go": _Name.of("gigaoctet|gigaoctets"), "Mo": _Name.of("mégaoctet|mégaoctets")},
        abbreviations={"M.": "monsieur", "Mme": "madame", "Mlle": "mademoiselle", "Dr": "docteur",
                       "etc.": "et cétéra", "p. ex.": "par exemple"},
        other=((re.compile(r"\b[nN]°\s?(?=\d)"), "numéro "),
               (re.compile(r"(?<!et )\bune heures\b"), "une heure")),
    ),
    "it": _Manner(
        currencies=_currencies("dollaro|dollari", "real", "euro", "sterlina|sterline", "rupia|rupie"),
        fraction_joiner="e",
        magnitudes=frozenset({"mila", "milione", "milioni", "miliardo", "miliardi"}),
        magnitude_joiner="di",
        full_hour="{}",
        half_hour="{} e {}",
        hours={1: "una"},
        units=_units("chilo|chili", "grammo|grammi", "chilometro|chilometri", "centimetro|centimetri",
                     "millimetro|millimetri", "metro|metri", "metro quadrato|metri quadrati",
                     "chilometro quadrato|chilometri quadrati", "millilitro|millilitri",
                     "chilometro all'ora|chilometri all'ora", "miglio all'ora|miglia all'ora",
                     "gigabyte", "megabyte", "grado|gradi"),
        abbreviations={"sig.": "signor", "sig.ra": "signora", "dott.": "dottor", "Dr.": "dottor",
                       "dott.ssa": "dottoressa", "ing.": "ingegner", "ecc.": "eccetera",
                       "prof.": "professor", "es.": "esempio"},
        other=((re.compile(r"\bn[.°]\s?(?=\d)"), "numero "),),
    ),
    "pt": _Manner(
        currencies=_currencies("dólar|dólares", "real|reais", "euro|euros", "libra|libras", "rupia|rupias"),
        fraction_joiner="e",
        magnitudes=frozenset({"mil", "milhão", "milhões", "bilhão", "bilhões", "trilhões"}),
        magnitude_joiner="de",
        full_hour="{} horas",
        half_hour="{} e {}",
        hours={1: "uma", 2: "duas", 21: "vinte e uma", 22: "vinte e duas"},
        units=_units("quilo|quilos", "grama|gramas", "quilômetro|quilômetros", "centímetro|centímetros",
                     "milímetro|milímetros", "metro|metros", "metro quadrado|metros quadrados",
                     "quilômetro quadrado|quilômetros quadrados", "mililitro|mililitros",
                     "quilômetro por hora|quilômetros por hora", "milha por hora|milhas por hora",
                     "gigabyte|gigabytes", "megabyte|megabytes", "grau|graus"),
        abbreviations={"Sr.": "senhor", "Sra.": "senhora", "Dr.": "doutor", "Dra.": "doutora",
                       "Prof.": "professor", "Profa.": "professora", "etc.": "etcétera",
                       "p. ex.": "por exemplo"},
        other=((re.compile(r"(?<!e )\buma horas\b"), "uma hora"),),
    ),
    "hi": _Manner(
        currencies=_currencies("डॉलर", "रियाल", "यूरो", "पाउंड", "रुपये"),
        fraction_joiner="",
        magnitudes=frozenset({"हज़ार", "हजार", "लाख", "करोड़"}),
        magnitude_joiner="",
        full_hour="{}",
        half_hour="{} {}",
        units=_units("किलो", "ग्राम", "किलोमीटर", "सेंटीमीटर", "मिलीमीटर", "मीटर", "वर्ग मीटर", "वर्ग किलोमीटर",
                     "मिलीलीटर", "किलोमीटर प्रति घंटा", "मील प्रति घंटा", "गीगाबाइट", "मेगाबाइट", "डिग्री"),
        abbreviations={"डॉ.": "डॉक्टर"},
    ),
}  # fmt: skip


def spoken_text(text: str, language: str) -> str:
    """Return `text` with what espeak-ng reads wrongly written out in words.

    Args:
        text: One or more sentences.
        language: en, es, fr, it, pt or hi; text in another language comes back with only its marks
            made uniform.
    """
    text = _with_uniform_marks(text)
    manner = _MANNERS.get(language)
    if manner is None:
        return text
    text = _without_abbreviations(text, manner)
    for pattern in _MONEY:
        text = pattern.sub(lambda match: _said_money(match, manner), text)
    text = _CLOCK.sub(lambda match: _said_time(match, manner), text)
    text = _with_units(text, manner)
    text = spoken_numbers(text, language)
    for pattern, replacement in manner.other:
        text = pattern.sub(replacement, text)
    return _DOTTED_LETTERS.sub(_without_inner_dots, text)


def _with_uniform_marks(text: str) -> str:
    text = _EMOJI.sub(" ", unicodedata.normalize("NFC", text))
    text = text.translate(
        {ord("’"): "'", ord("‘"): "'", ord("।"): ".", ord("–"): "—", ord("¿"): "", ord("¡"): ""}
    )
    text = re.sub(r"\.{2,}", "…", text)
    text = re.sub(r"\s-{1,2}\s", " — ", text)
    return re.sub(r"[ \t\r\n\u00a0\u202f]+", " ", text).strip()


def _without_abbreviations(text: str, manner: _Manner) -> str:
    """Write abbreviations out; the dot of one that ends the text ends the sentence too."""
    for abbreviation, words in manner.abbreviations.items():
        pattern = rf"(?<!\w){re.escape(abbreviation)}(?!\w)"
        text = re.sub(rf"{pattern}$", f"{words}.", text) if abbreviation.endswith(".") else text
        text = re.sub(pattern, words, text)
    return text


def _said_money(match: re.Match[str], manner: _Manner) -> str:
    money = manner.currencies[match["currency"]]
    whole, fraction, following = match["whole"], match["fraction"], match["magnitude"]
    amount = match.string[match.start("whole") : match.end("fraction" if fraction else "whole")]
    if suffix := match.groupdict().get("suffix"):
        return " ".join(filter(None, (f"{amount}{suffix}", money.many, following)))
    if following in manner.magnitudes:
        joiner = "" if following in _PLAIN_THOUSANDS else manner.magnitude_joiner
        return " ".join(filter(None, (amount, following, joiner, money.many)))
    said = [whole, money.one if whole == "1" else money.many]
    if fraction and int(fraction):
        said += [manner.fraction_joiner, str(int(fraction.ljust(2, "0")))]
    return " ".join(filter(None, (*said, following)))


def _said_time(match: re.Match[str], manner: _Manner) -> str:
    hour, minute = int(match["hour"]), match["minute"]
    if minute is None and match["h"] is None:
        return match.group(0)  # "8:" is no time
    said_hour = manner.hours.get(hour, str(hour))
    if minute is None or int(minute) == 0:
        return manner.full_hour.format(said_hour)
    return manner.half_hour.format(said_hour, minute)


def _with_units(text: str, manner: _Manner) -> str:
    names = {**manner.units, **manner.more_units}
    units = "|".join(re.escape(unit) for unit in sorted(names, key=len, reverse=True))

    def said(match: re.Match[str]) -> str:
        name = names[match["unit"]]
        return f"{match['number']} {name.one if match['number'] == '1' else name.many}"

    # An m without a space before it is often a million.
    return re.sub(
        rf"(?<![\w.,])(?P<number>\d[\d.,]*)(?!\d)(?!m(?!\w|²))\s?(?P<unit>{units})(?![\w/²])", said, text
    )


def _without_inner_dots(match: re.Match[str]) -> str:
    letters = match.group(0).replace(".", "")
    return f"{letters}." if match["end"] is not None else letters
