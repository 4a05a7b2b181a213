"""Whether a text denies, and whether a translation turns it round: by words of en, es, fr, it and pt.

Three ways to say no are weighed together: a word of denial ("not"), a word that all but denies ("hardly"),
and the contrary word ("dangerous" for "safe").
"""

from __future__ import annotations

import re
from typing import Literal

from models.translation.contraries import contraries

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

_NEGATIONS = {
    "en": "not no never nothing nobody none neither nor without cannot nowhere",
    "es": "no nunca nada nadie ningún ninguno ninguna ni sin jamás tampoco",
    "fr": "ne n pas jamais rien aucun aucune ni sans non",
    "it": "non no mai niente nulla nessun nessuno nessuna né senza neanche nemmeno neppure",
    "pt": "não nunca nada ninguém nenhum nenhuma nem sem jamais tampouco",
}

_HARDLY = {
    "en": "hardly|scarcely|barely|seldom|rarely",
    "es": "raramente|difícilmente|escasamente|rara vez|pocas veces",
    "fr": "guère|rarement|à peine|peu souvent",
    "it": "raramente|a malapena|di rado|poche volte",
    "pt": "raramente|dificilmente|raras vezes|poucas vezes",
}
"""They all but deny: what is hardly so may be denied in a translation, and not asserted."""

_LITTLE = {
    "en": "little few",
    "es": "poco poca pocos pocas",
    "fr": "peu",
    "it": "poco poca pochi poche",
    "pt": "pouco pouca poucos poucas",
}
"""They turn the word that follows round, or say how much there is: "poco probable", "un poco frío". Where one
stands, nobody can tell by words whether a contrary is one."""

_PERHAPS_HARDLY = {
    "en": "almost nearly just only difficult hard",
    "es": "apenas casi solo sólo difícil",
    "fr": "presque seulement juste difficile",
    "it": "appena quasi solo soltanto difficile",
    "pt": "mal quase só apenas somente difícil custo",
}
"""They may stand for one that all but denies ("mal dormi"), or for something else ("apenas": just)."""

_TAG_QUESTIONS = re.compile(
    r",\s*(?:n'est-ce pas|¿?\s*no|¿?\s*verdad|né|não é(?: verdade)?|non è vero|no|is\s?n't it"
    r"|(?:do|does|did|are|is|was|were|have|has|can|could|will|would|should)n't \w+)\s*\?",
    re.IGNORECASE,
)
"""They ask for agreement and negate nothing: "it works, doesn't it?", "n'est-ce pas ?"."""

_Polarity = Literal["asserts", "hardly", "denies"]


def negation_changed(source: str, target: str, source_language: str, target_language: str) -> bool:
    """Return whether one text says what the other denies; False for languages without a list.

    A contrary word in the place of another turns a text round, so that a denial with a contrary is none.
    """
    languages = source_language, target_language
    if not set(languages) <= _NEGATIONS.keys():
        return False
    texts = source, target
    said = [_polarity(text, language) for text, language in zip(texts, languages, strict=True)]
    words = [_words(text) for text in texts]
    little = any(_has(own, _LITTLE[language]) for own, language in zip(words, languages, strict=True))
    if set(said) == {"asserts", "hardly"}:
        vague = zip(words, languages, strict=True)
        differ = not little and not any(_has(own, _PERHAPS_HARDLY[language]) for own, language in vague)
    else:
        differ = "denies" in said and "asserts" in said
    turned = not little and contraries(words[0], words[1], languages) % 2 == 1
    return differ != turned


def is_negated(text: str, language: str) -> bool:
    """Return whether a negating word stands in the text; False for languages without a list."""
    negations = set(_NEGATIONS.get(language, "").split())
    words = WORD.findall(_TAG_QUESTIONS.sub("?", text).casefold().replace("’", "'"))
    if language == "en" and any(word.endswith("n't") for word in words):
        return True
    return any(piece in negations for word in words for piece in word.split("'"))


def _polarity(text: str, language: str) -> _Polarity:
    if is_negated(text, language):
        return "denies"
    return "hardly" if re.search(rf"\b(?:{_HARDLY[language]})\b", text, re.IGNORECASE) else "asserts"


def _has(words: frozenset[str], listed: str) -> bool:
    return not words.isdisjoint(listed.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(
        piece for word in WORD.findall(text.casefold().replace("’", "'")) for piece in word.split("'")
    )
