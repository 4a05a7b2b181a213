"""What a translation must not lose, as pure comparisons of text: numbers, negation, names.

They are rules of thumb for en, es, fr, it and pt, tuned to stay silent on good translations (a test
holds them to that): they flag a line for a person and discard a rewording, they reject nothing.
"""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata

from models.translation.exonyms import are_one_name
from models.translation.number_words import spelled_numbers
from models.translation.polarity import WORD, negation_changed

_GROUPED = r"\d{1,3}(?:[.,  \s]\d{3})+(?!\d)"
_NUMBER = re.compile(rf"(?<![\d])(?:{_GROUPED}|\d+(?:[.,]\d+)?)")
_ORDINAL = re.compile(r"(?<!\d)(\d+)\s?(?:st|nd|rd|th|º|ª|°|er|ère|e|ème|o|a)\b")
_HALF_DAY = re.compile(r"\d\s?[ap]\.?\s?m\b", re.IGNORECASE)

_CAPITALISED_IN_ENGLISH_ONLY = frozenset({
    "i", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december", "english", "spanish", "french", "italian", "portuguese", "german",
    "chinese", "japanese", "european", "american", "british", "brazilian", "african", "asian",
    "christmas", "easter", "internet", "mr", "mrs", "ms", "dr", "ok", "mom", "dad",
})  # fmt: skip
_NAME_LIKENESS = 0.6
"""How alike a name and its form in another language are at least (Lisbon, Lisboa: 0.67)."""
_NAME_STEM = 4


def line_flags(source: str, target: str, source_language: str, target_language: str) -> tuple[str, ...]:
    """Return what seems wrong with a translation, for a person to look at."""
    findings = {
        "number_changed": numbers_changed(source, target, source_language, target_language),
        "negation_changed": negation_changed(source, target, source_language, target_language),
        "name_changed": name_changed(source, target, source_language, target_language),
        "untranslated": source_language != target_language and is_untranslated(source, target),
        "repetition": repeats(target) and not repeats(source),
    }
    return tuple(name for name, found in findings.items() if found)


def is_faithful_rewording(best: str, rewording: str, language: str) -> bool:
    """Return whether a rewording has the numbers, the names and the polarity of the best wording."""
    return (
        _all_numbers(best, language) == _all_numbers(rewording, language)
        and not negation_changed(best, rewording, language, language)
        and set(names(best)) <= set(WORD.findall(rewording))
        and set(names(rewording)) <= set(WORD.findall(best))
        and best.rstrip().endswith("?") == rewording.rstrip().endswith("?")
        and not repeats(rewording)
    )


def numbers_changed(source: str, target: str, source_language: str, target_language: str) -> bool:
    """Return whether a number of one side stands on the other neither in digits nor in words."""
    half_day = bool(_HALF_DAY.search(source)) or bool(_HALF_DAY.search(target))
    pairs = (
        (_sure_numbers(source, source_language), _all_numbers(target, target_language)),
        (_sure_numbers(target, target_language), _all_numbers(source, source_language)),
    )
    return any(not _found(number, there, half_day) for here, there in pairs for number in here)


def _found(number: str, others: frozenset[str], half_day: bool) -> bool:
    if number in others:
        return True
    # "5 pm" is "17:00" elsewhere.
    return half_day and number.isdigit() and bool({str(int(number) + 12), str(int(number) - 12)} & others)


def _sure_numbers(text: str, language: str) -> frozenset[str]:
    sure_words = {str(value) for value, sure in spelled_numbers(text, language) if sure}
    return frozenset(_in_digits(_ORDINAL.sub(" ", text)) | sure_words)


def _all_numbers(text: str, language: str) -> frozenset[str]:
    return frozenset(_in_digits(text) | {str(value) for value, _ in spelled_numbers(text, language)})


def _in_digits(text: str) -> set[str]:
    """Return the numbers in digits, written alike: 3,500 and 3.500 give 3500, 2,50 and 2.5 give 2.5."""
    found = set()
    for written in _NUMBER.findall(text):
        if re.fullmatch(_GROUPED, written):
            number = re.sub(r"\D", "", written)
        else:
            number = written.replace(",", ".")
            number = number.rstrip("0").rstrip(".") if "." in number else number
        if number.strip("0.") or "." not in number:
            found.add(number.lstrip("0") or "0")
    # 17:00 and "5 o'clock" are the same time.
    return found - {"0"}


def names(text: str) -> tuple[str, ...]:
    """Return the capitalised words within sentences, where capitals mean names."""
    found = []
    opens_sentence = True
    for match in re.finditer(rf"{WORD.pattern}|[.?!…:¿¡\"“«]", text):
        token = match[0]
        if not token[0].isalpha():
            opens_sentence = True
            continue
        bare = re.split("['’]", token)[0].casefold()
        usual = not _CAPITALISED_IN_ENGLISH_ONLY.isdisjoint((bare, bare.removesuffix("s")))
        if token[0].isupper() and not opens_sentence and not usual:
            found.append(token.removesuffix("'s").removesuffix("’s"))
        opens_sentence = False
    return tuple(found)


def words_beside_names(text: str) -> tuple[str, ...]:
    """Return the words that are no names, nor capitalised before a name: of "Ana Lima sorri", one."""
    words, known = WORD.findall(text), set(names(text))
    return tuple(
        word
        for word, after in itertools.zip_longest(words, words[1:], fillvalue="")
        if word not in known and not (word[0].isupper() and after in known)
    )


def name_changed(source: str, target: str, source_language: str, target_language: str) -> bool:
    """Return whether a name of the source has no like word in the target, nor its name in that language.

    Germany is Alemanha; Maria is not Roberto.
    """
    target_words = [_plain(word) for word in WORD.findall(target)]
    lost = [name for name in names(source) if not _has_like(name, target_words)]
    spoken = " ".join(WORD.findall(source.casefold())), " ".join(WORD.findall(target.casefold()))
    return any(not are_one_name(name.casefold(), *spoken, source_language, target_language) for name in lost)


def _has_like(name: str, words: list[str]) -> bool:
    plain = _plain(name)
    return any(
        plain[:_NAME_STEM] == word[:_NAME_STEM]
        or difflib.SequenceMatcher(None, plain, word).ratio() >= _NAME_LIKENESS
        for word in words
    )


def _plain(word: str) -> str:
    """Return the word in lower case, without accents, an elided article (l'Italie) or a genitive (Ann's)."""
    bare = max(re.split("['’]", word.casefold()), key=len)
    return "".join(letter for letter in unicodedata.normalize("NFD", bare) if letter.isalpha())


def is_untranslated(source: str, target: str) -> bool:
    """Return whether the target repeats the source although that is more than a name or an interjection."""
    words = WORD.findall(source)
    same = [word.casefold() for word in words] == [word.casefold() for word in WORD.findall(target)]
    return same and sum(word[0].islower() for word in words) > 1


def repeats(text: str) -> bool:
    """Return whether a phrase stands three times in a row (a single word four times)."""
    words = [word.casefold() for word in WORD.findall(text)]
    for length in range(1, len(words) // 3 + 1):
        times = 4 if length == 1 else 3
        for start in range(len(words) - length * times + 1):
            phrases = [words[start + step * length : start + (step + 1) * length] for step in range(times)]
            if all(before == after for before, after in itertools.pairwise(phrases)):
                return True
    return False
