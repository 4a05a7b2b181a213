"""Writes out what stands in digits and signs and is no plain number.

That is dates, ordinals, Roman numerals, fractions, ranges, telephone numbers, addresses of the web.
What espeak-ng reads well by itself is left alone. Number words are num2words', dates are Babel's (CLDR).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one language says these.

    Attributes:
        signs: `&`, `+`, `=`, `@`, `#`, and `/` and `.` of an address, as words; `-` before a number, and
            between two; `/` of a mark ("9/10").
        fractions: `1/2` and its like; the first of two forms goes before a noun in -a.
        one_and_a_half: What stands between a whole number and a fraction.
        numbered: Words before or after which a Roman numeral is a number.
        rulers_ordinal_up_to: Henry VIII is "the eighth", Louis XIV "quatorze": how far ordinals go.
        ruler: How a ruler's ordinal is said; `{}` is the ordinal.
        words_language: What num2words calls it; empty where it knows no ordinals.
    """

    signs: Mapping[str, str]
    fractions: Mapping[str, str]
    one_and_a_half: str
    numbered: str = ""
    rulers_ordinal_up_to: int = 0
    ruler: str = "{}"
    words_language: str = ""
    queens: frozenset[str] = field(default_factory=frozenset)


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _signs(*words: str) -> dict[str, str]:
    """Make the table of one language."""
    return dict(zip(("&", "+", "=", "@", "#", "/", ".", "-", "to", "of"), words, strict=True))


def _fractions(*words: str) -> dict[str, str]:
    return dict(zip(("1/2", "1/3", "2/3", "1/4", "3/4"), words, strict=True))


_READINGS: dict[str, _Reading] = {
    "en": _Reading(
        _signs("and", "plus", "equals", "at", "hashtag", "slash", "dot", "minus", "to", "out of"),
        _fractions("half a|half", "a third", "two thirds", "a quarter", "three quarters"),
        "and",
        numbered="chapter|part|volume|book|act|season|episode|war|type|phase|level|stage|class|article",
        rulers_ordinal_up_to=99, ruler="the {}", words_language="en",
    ),
    "es": _Reading(
        _signs("y", "más", "igual a", "arroba", "hashtag", "barra", "punto", "menos", "a", "de"),
        _fractions("media|medio", "un tercio de", "dos tercios de", "un cuarto de", "tres cuartos de"),
        "y",
        numbered="siglo|siglos|capítulo|parte|tomo|volumen|acto|tipo|fase|guerra|título",
        rulers_ordinal_up_to=10, words_language="es",
        queens=frozenset({"Isabel", "Catalina", "María", "Juana", "Cristina", "Margarita"}),
    ),
    "fr": _Reading(
        _signs("et", "plus", "égale", "arobase", "hashtag", "slash", "point", "moins", "à", "sur"),
        _fractions("une demi|un demi", "un tiers de", "deux tiers de", "un quart de", "trois quarts de"),
        "et",
        numbered="chapitre|partie|tome|volume|acte|type|phase|guerre|titre|livre",
        rulers_ordinal_up_to=1, words_language="fr",
    ),
    "it": _Reading(
        _signs("e", "più", "uguale", "chiocciola", "hashtag", "barra", "punto", "meno", "a", "su"),
        _fractions("mezza|mezzo", "un terzo di", "due terzi di", "un quarto di", "tre quarti di"),
        "e",
        numbered="capitolo|parte|volume|atto|tipo|fase|titolo|libro",
        rulers_ordinal_up_to=99, words_language="it",
        queens=frozenset({"Elisabetta", "Caterina", "Maria", "Cristina", "Margherita"}),
    ),
    "pt": _Reading(
        _signs("e", "mais", "igual a", "arroba", "hashtag", "barra", "ponto", "menos", "a", "de"),
        _fractions("meia|meio", "um terço de", "dois terços de", "um quarto de", "três quartos de"),
        "e",
        numbered="século|séculos|capítulo|parte|tomo|volume|ato|tipo|fase|guerra|título",
        rulers_ordinal_up_to=10, words_language="pt_BR",
        queens=frozenset({"Isabel", "Elizabeth", "Catarina", "Maria", "Joana", "Cristina", "Margarida"}),
    ),
    "hi": _Reading(
        _signs("और", "जमा", "बराबर", "ऐट", "हैशटैग", "स्लैश", "डॉट", "माइनस", "से", "में से"),
        _fractions("आधा", "एक तिहाई", "दो तिहाई", "एक चौथाई", "तीन चौथाई"),
        "और",
    ),
}  # fmt: skip

_FRACTION_SIGNS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
_MONTHS_IN_ENGLISH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DOMAIN_ENDINGS = "com|org|net|edu|gov|info|app|dev|io|ai|tv|me|co|br|es|fr|it|in|uk|de|pt|eu|be|gg|ly|us"
_SPELLED_ENDINGS = frozenset({"br", "es", "fr", "uk", "de", "pt", "eu", "gg", "ly", "us"})
_WEB = re.compile(
    # The ending in small letters alone: "bread.It was" is two sentences.
    rf"(?<![\w@])(?:https?://)?(?:www\.)?(?P<name>(?:[A-Za-z0-9-]+\.)+(?:{_DOMAIN_ENDINGS}))"
    r"(?P<path>(?:/[\w.~%-]*)*)(?![\w-])"
)
_MAIL = re.compile(r"(?<!\w)([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)(?!\w)")
_HANDLE = re.compile(r"(?<![\w@])([@#])(\w[\w.]*\w|\w)")
_DAY_FIRST = re.compile(r"(?<![\w/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\w/-])")
_YEAR_FIRST = re.compile(r"(?<![\w/.-])(\d{4})-(\d{2})-(\d{2})(?![\w/-])")
_TELEPHONE = re.compile(
    r"(?<![\w.,/+-])(?:\+\d{1,3}[ .-])?(?:\(\d{2,4}\) ?)?\d{1,5}(?:[ .-]\d{2,5})+(?![\w/%]|[.,]\d)"
)
_ROMAN = r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})"
# A single letter is a word, an initial or a name more often than a number.
_ROMAN_OF_TWO = rf"(?=[IVX]{{2}}){_ROMAN}"
_NAME = r"[A-ZÀ-Þ][a-zà-ÿ]{2,}"
_RULERS_IN_ENGLISH = _words(
    "Henry Louis Charles George Edward Richard James William Elizabeth Philip Paul Benedict Francis Napoleon"
    " Catherine Nicholas Alexander Peter Mary Frederick Ivan Ramses Otto John Pius Leo Victoria Anne"
)
_ORDINAL = {
    "es": re.compile(r"(?<![\w.,])(\d{1,3})\.?([ºª])(?=( (?!(?:y|e|o|u|de|del|en|a|al)\b)\w)?)"),
    "pt": re.compile(r"(?<![\w.,])(\d{1,3})\.?([ºª])"),
    "it": re.compile(r"(?<![\w.,])(\d{1,3})\.?([ºª])"),
    "fr": re.compile(r"(?<![\w.,])(\d{1,3})(ers?|res?|i?[èe]mes?|es?|nde?)(?!\w)"),
}
_SAME_CENTURY = range(1000, 2200)


def spoken_numbers(text: str, language: str) -> str:
    """Return `text` with what espeak-ng does not read as people do written out, or as plain numbers.

    Args:
        text: One or more sentences.
        language: en, es, fr, it, pt or hi; text in another language comes back as it is.
    """
    reading = _READINGS.get(language)
    if reading is None:
        return text
    steps: tuple[Callable[[str, _Reading, str], str], ...] = (
        _addresses,
        _dates,
        _telephones,
        _fractions_of,
        _ordinals,
        _roman_numerals,
        _ranges_and_signs,
        _agreeing_numbers,
    )
    for step in steps:
        text = step(text, reading, language)
    return text


def _addresses(text: str, reading: _Reading, _: str) -> str:
    signs = reading.signs

    def name(written: str) -> str:
        parts = written.split(".")
        if parts[-1].lower() in _SPELLED_ENDINGS:
            parts[-1] = " ".join(parts[-1].upper())
        return f" {signs['.']} ".join(parts)

    def path(written: str) -> str:
        steps = [name(step) for step in written.strip("/").split("/") if step]
        return "".join(f" {signs['/']} {step.replace('_', ' ')}" for step in steps)

    text = _MAIL.sub(lambda match: f"{name(match[1])} {signs['@']} {name(match[2])}", text)
    text = _WEB.sub(lambda match: f"{name(match['name'])}{path(match['path'])}", text)
    return _HANDLE.sub(
        lambda match: match[0] if match[2].isdigit() else f"{signs[match[1]]} {match[2].replace('_', ' ')}",
        text,
    )


def _dates(text: str, _: _Reading, language: str) -> str:
    def said(year: str, month: str, day: str, as_written: str) -> str:
        try:
            date = datetime.date(int(year), int(month), int(day))
        except ValueError:
            return as_written
        from babel.dates import format_date

        return format_date(date, "long", locale=language)

    def day_first(match: re.Match[str]) -> str:
        one, other, year = match[1], match[3], match[4]
        american = language == "en" and int(one) <= 12  # noqa: PLR2004  months
        return said(year, one, other, match[0]) if american else said(year, other, one, match[0])

    text = _YEAR_FIRST.sub(lambda match: said(match[1], match[2], match[3], match[0]), text)
    text = _DAY_FIRST.sub(day_first, text)
    if language == "en":
        text = re.sub(
            rf"\b({_MONTHS_IN_ENGLISH}) (\d{{1,2}})(?![\d:%]|\.\d|,\d|\w)",
            lambda match: f"{match[1]} {_english_ordinal(int(match[2]))}",
            text,
        )
    if language in {"fr", "it"}:
        text = re.sub(r"\b1 (?=janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre"
                      r"|décembre)", "1er ", text)  # fmt: skip
        text = re.sub(r"\b1 (?=gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre"
                      r"|novembre|dicembre)", "primo ", text)  # fmt: skip
    return text


def _english_ordinal(number: int) -> str:
    teens = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _telephones(text: str, _: _Reading, language: str) -> str:
    def said(match: re.Match[str]) -> str:
        groups = re.findall(r"\d+", match[0])
        digits = sum(map(len, groups))
        thousands = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])  # noqa: PLR2004
        is_american = [len(group) for group in groups] == [3, 4] and "-" in match[0]
        is_marked = match[0][0] in "+(0" or bool(set("-.") & set(match[0]))  # else "10 20 30 40"
        is_long = is_marked and len(groups) > 2 and 8 <= digits <= 15  # noqa: PLR2004
        if thousands or not (is_american or is_long):
            return match[0]
        plus = "plus " if language == "en" and match[0].startswith("+") else ""
        spoken = groups if language == "fr" else [" ".join(group) for group in groups]
        return plus + ", ".join(spoken)

    return _TELEPHONE.sub(said, text)


def _fractions_of(text: str, reading: _Reading, language: str) -> str:
    for sign, written in _FRACTION_SIGNS.items():
        text = text.replace(sign, f" {written}")
    text = re.sub(r" {2,}", " ", text).strip()

    def said(match: re.Match[str]) -> str:
        whole, fraction, noun = match[1], match[2], match[3] or ""
        feminine, _, plain = reading.fractions[fraction].partition("|")
        is_noun = bool(noun) and noun not in {"of", "the", "to", "and", "an"}
        goes_before_a_noun = is_noun if language == "en" else noun.rstrip("s").endswith("a")
        words = feminine if not plain or goes_before_a_noun else plain
        if whole or not noun:  # "2 and a half cups", "three quarters"
            words = (plain or feminine).removesuffix(" de").removesuffix(" di")
        if whole:
            words = f"a {words}" if language == "en" and fraction == "1/2" else words
            words = f"{whole} {reading.one_and_a_half} {words}"
        elif language == "en" and is_noun and fraction != "1/2":
            words += " of a"
        return f"{words} {noun}" if noun else words

    listed = "|".join(map(re.escape, reading.fractions))
    text = re.sub(rf"(?<![\w/.,])(?:(\d+) )?({listed})(?![\w/])(?: ([^\W\d_]+))?", said, text)

    def mark(match: re.Match[str]) -> str:
        given, best = int(match[1]), int(match[2])
        is_mark = given <= best and best in {5, 10, 20, 100}  # else "24/7", "9/11", "50/50"
        return f"{given} {reading.signs['of']} {best}" if is_mark else f"{given} {best}"

    return re.sub(r"(?<![\w/.,-])(\d{1,3})/(\d{1,3})(?![\w/-]|[.,]\d)", mark, text)


def _ordinals(text: str, reading: _Reading, language: str) -> str:
    pattern = _ORDINAL.get(language)
    if pattern is None:
        return text

    def said(match: re.Match[str]) -> str:
        number, ending = int(match[1]), match[2]
        if number == 0:
            return match[0]
        feminine = ending == "ª" or (language == "fr" and ending.startswith("r"))
        word = _ordinal_word(number, reading, language, feminine=feminine)
        if language == "fr" and ending.startswith("nd"):
            word = "seconde" if ending == "nde" else "second"
        if language == "es" and not feminine and match[3] and word.endswith(("primero", "tercero")):
            word = word[:-1]
        return f"{word}s" if language == "fr" and ending.endswith("s") else word

    return pattern.sub(said, text)


def _ordinal_word(number: int, reading: _Reading, language: str, *, feminine: bool) -> str:
    from num2words import num2words

    word = str(num2words(number, lang=reading.words_language, to="ordinal"))
    if not feminine:
        return word
    if language == "fr":
        return "première" if word == "premier" else word
    return " ".join(re.sub(r"o$", "a", part) for part in word.split())


def _roman_numerals(text: str, reading: _Reading, language: str) -> str:
    if not reading.numbered:
        return text

    def ruler(match: re.Match[str]) -> str:
        name, number = match[1], _value(match[2])
        if language == "en" and name not in _RULERS_IN_ENGLISH:
            return f"{name} {number}"
        if number > reading.rulers_ordinal_up_to:
            return f"{name} {number}"
        word = _ordinal_word(number, reading, language, feminine=name in reading.queens)
        return f"{name} {reading.ruler.format(word)}"

    # "The part I like": an English I is a number where nothing follows it, or after World War.
    lone_i = r"(?!I\b(?! *(?:[,.:;!?)]|$)))" if language == "en" else ""
    text = re.sub(r"\bWorld War I\b", "World War 1", text) if language == "en" else text
    text = re.sub(
        rf"\b((?i:{reading.numbered})) {lone_i}({_ROMAN})(?![\w'])",
        lambda match: f"{match[1]} {_value(match[2])}",
        text,
    )
    if language == "fr":
        text = re.sub(
            rf"(?<!\w)({_ROMAN})(er|re|e|ème)(?!\w)", lambda match: f"{_value(match[1])}{match[2]}", text
        )
        return re.sub(rf"\b({_NAME}) ({_ROMAN_OF_TWO})(?![\w'])", ruler, _ordinals(text, reading, language))
    if language == "it":
        text = re.sub(
            rf"(?<!\w)({_ROMAN_OF_TWO}|[VX]) (?=secolo)|(?<=secolo )({_ROMAN_OF_TWO}|[VX])(?!\w)",
            lambda match: (
                _ordinal_word(_value(match[1] or match[2]), reading, language, feminine=False)
                + (" " if match[1] else "")
            ),
            text,
        )
    return re.sub(rf"\b({_NAME}) ({_ROMAN_OF_TWO})(?![\w'])", ruler, text)


def _value(roman: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in roman.upper()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def _ranges_and_signs(text: str, reading: _Reading, _: str) -> str:
    signs = reading.signs

    def span(match: re.Match[str]) -> str:
        low, high = int(match[1]), int(match[2])
        years = low in _SAME_CENTURY and high in _SAME_CENTURY
        small = len(match[1]) <= 3 and len(match[2]) <= 3  # noqa: PLR2004
        is_score = len(match[1]) <= 2 and len(match[2]) <= 2  # noqa: PLR2004
        return f"{low} {signs['to']} {high}" if is_score or (low < high and (years or small)) else match[0]

    text = re.sub(r"(?<![\w.,:/-])(\d{1,4}) ?[-–—] ?(\d{1,4})(?![\w:/-]|[.,]\d)", span, text)
    text = re.sub(r"(?<![\w.,)-])[-−](?=\d)", f"{signs['-']} ", text)
    text = re.sub(r"(?<=\w) ?& ?(?=\w)", f" {signs['&']} ", text)
    for sign in "+=":
        text = re.sub(rf"(?<=\w) {re.escape(sign)} (?=[\w-])", f" {signs[sign]} ", text)
    return text


_MASCULINE_IN_A = _words(
    "días dias mapas planetas problemas programas sistemas temas idiomas gramas quilogramas poemas cinemas"
    " diplomas telegramas climas dilemas esquemas gramos dogmas fantasmas plasmas atletas artistas turistas"
    " poetas pianistas guias colegas cometas clientes kilogramas miligramas ases atlas gás"
)
"""Nouns in -as that are masculine, or people of either kind."""


_NO_NOUNS = (
    "del|que|por|con|más|mas|menos|com|mais|para|não|sin|sem|los|las|dos|das|son|são|igual|entre|hasta|até"
    "|pero|porque|como|cuando|quando|mil|millón|milhão|millones|milhões|apenas|nas|pelas|pelos|depois|antes"
    "|además|mientras|tras|jamás|atrás|detrás|através|después"
)
"""Words that may follow a number and are not what is counted."""

_LABELS = _words(
    "número nº n.º nivel nível capítulo episodio episódio parte página temporada fase paso passo top tipo"
    " etapa lección lição volumen volume"
)
"""Words after which a number is a name."""


def _agreeing_numbers(text: str, reading: _Reading, language: str) -> str:
    """Write out the numbers whose words bend to the noun after them, in Spanish and Portuguese."""
    if language not in {"es", "pt"}:
        return text
    from num2words import num2words

    def said(match: re.Match[str]) -> str:
        number, noun = int(match[1]), match[2]
        before = match.string[: match.start()].split()[-1:]
        if before and before[0].casefold() in _LABELS:  # "el número 1 mundial" counts nothing
            return match[0]
        if number != 1 and not noun.endswith("s"):
            return match[0]
        several = noun if noun.endswith("s") else f"{noun}s"
        feminine = several.endswith("as") and several not in _MASCULINE_IN_A
        ends_in_one = number % 10 == 1 and number % 100 != 11  # noqa: PLR2004
        two = language == "pt" and number % 10 == 2 and number % 100 != 12  # noqa: PLR2004
        hundreds = 200 <= number <= 999  # noqa: PLR2004
        if not ((feminine and (ends_in_one or two or hundreds)) or (language == "es" and ends_in_one)):
            return match[0]
        words = str(num2words(number, lang=reading.words_language))
        if language == "es":
            words = re.sub("veintiuno$", "veintiuna" if feminine else "veintiún", words)
            words = re.sub(r"\buno$", "una" if feminine else "un", words)
        elif feminine:
            words = re.sub(r"\bum$", "uma", re.sub(r"\bdois$", "duas", words))
        if feminine:
            words = re.sub(r"(?<=ent)os\b", "as", words)  # doscientas, duzentas
        return f"{words} {noun}"

    counted = rf"(?!(?:{_NO_NOUNS})\b)[^\W\d_]{{3,}}"
    return re.sub(rf"(?<![\w.,:/-])(\d{{1,3}}) ({counted})\b", said, text)
