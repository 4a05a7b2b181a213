"""Shorter and longer ways to say a line, by rules of grammar that leave its meaning alone.

Each rule states the linguistic reason why it is safe; what is not safe everywhere is not here ("tá" for
"está" is another register, "sono" without "io" may be "they are").
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

from models.translation.checks import is_faithful_rewording
from models.types import Wording

CONTRACTION_PENALTY = 0.02
"""What a listener hardly hears; in the timing solver's costs, as 1.05 times natural speed."""
PRONOUN_PENALTY = 0.05
"""A shade of emphasis; as 1.07 times natural speed."""

DROP_PRONOUN = "drop the pronoun"
ADD_PRONOUN = "add "


@dataclass(frozen=True)
class Rule:
    """One safe change of wording.

    Attributes:
        language: Where it holds.
        kind: What it makes of a line.
        pattern: What it looks for.
        replacement: What it puts there, or one of the two instructions above.
        penalty: What it costs in fluency or register.
        reason: Why the meaning stays.
    """

    language: str
    kind: Literal["shorter", "longer"]
    pattern: str
    replacement: str
    penalty: float
    reason: str


# Where a clause begins: the line's start, after a full stop or comma, or after a coordinating word.
_CLAUSE = {
    "en": r"(^|[.?!,;] |\b(?:and|but|so|because) )",
    "pt": r"(^|[.?!,;] |\b(?:mas|e|porque|que|quando|se|então|enquanto) )",
    "es": r"(^|[.?!,;] |\b(?:pero|y|porque|que|cuando|si|mientras) )",
    "it": r"(^|[.?!,;] |\b(?:ma|e|perché|che|quando|se|mentre) )",
}
_EN_SUBJECT = r"\b(I|you|we|they|he|she|it)"
_EN_AUXILIARY = r"(do|does|did|is|are|was|were|have|has|had|would|could|should)"


def _contract(pattern: str, replacement: str, reason: str) -> Rule:
    return Rule("en", "shorter", pattern, replacement, CONTRACTION_PENALTY, reason)


def _expand(pattern: str, replacement: str, reason: str) -> Rule:
    return Rule("en", "longer", pattern, replacement, PRONOUN_PENALTY, reason)


def _purpose(language: str, long_form: str, short_form: str) -> Rule:
    reason = "both introduce a purpose"
    return Rule(language, "shorter", rf"\b{long_form}", short_form, CONTRACTION_PENALTY, reason)


def _drop_pronoun(language: str, pronoun: str, adverbs: str, verb: str) -> Rule:
    pattern = rf"{_CLAUSE[language]}({pronoun}) (?=(?:(?:{adverbs}) )?(?:{verb})\b)(\w)"
    reason = "the verb's ending alone tells the person, and the language leaves the pronoun out by default"
    return Rule(language, "shorter", pattern, DROP_PRONOUN, PRONOUN_PENALTY, reason)


def _add_pronoun(language: str, pronoun: str, negation: str, verbs: str) -> Rule:
    pattern = rf"^(?=(?:{negation} )?(?:{verbs})\b)(\w)"
    reason = "the pronoun that the ending implies, said aloud"
    return Rule(language, "longer", pattern, ADD_PRONOUN + pronoun, PRONOUN_PENALTY, reason)


_COMPLEMENT = "spoken English contracts a verb that is followed by its complement"
_SAME_NEGATION = "the contracted negation is the same word"
_FULL_FORM = "the full form of the same words, a little more emphatic"

_PT_ADVERBS = "não|nunca|já|também|sempre|ainda|só"
_PT_FIRST_PERSON = (
    r"sou|estou|vou|dou|sei|fui|fiz|tive|estive|pude|quis"
    r"|(?!\w+ão\b|(?:mesmo|próprio|sozinho|todo|como|quanto|isso)\b)\w{2,}(?:o|ei)"
)
_ES_ADVERBS = "no|nunca|ya|también|siempre|todavía"
_ES_FIRST_PERSON = (
    r"soy|estoy|voy|doy|sé|he|fui|tuve|hice|estuve"
    r"|(?!(?:mismo|solo|como|cuando|cuanto|todo|pero)\b)\w{2,}(?:o|é)"
)
_IT_FIRST_PERSON = r"ho|so|(?!(?:stesso|solo|sono|come|quando|proprio)\b)\w{2,}o"
# "Vamos" without its pronoun also means "let us go"; so do all such forms of Italian.
_WE = r"(?!(?:vamos|mesmos|mismos)\b)\w+mos"

RULES: tuple[Rule, ...] = (
    _contract(_CLAUSE["en"] + r"I am(?= \w)", r"\1I'm", _COMPLEMENT),
    _contract(_CLAUSE["en"] + r"(you|we|they) are(?= \w)", r"\1\2're", _COMPLEMENT),
    _contract(_CLAUSE["en"] + r"(it|that|he|she|there) is(?= \w)", r"\1\2's", _COMPLEMENT),
    _contract(_EN_SUBJECT + r" will(?= (?!not)\w)", r"\1'll", _COMPLEMENT),
    _contract(rf"\b{_EN_AUXILIARY} not\b(?! only)", r"\1n't", _SAME_NEGATION),
    _contract(r"\bcannot\b|\bcan not\b(?! only)", "can't", _SAME_NEGATION),
    _contract(r"\bwill not\b", "won't", _SAME_NEGATION),
    _purpose("en", r"in order to\b", "to"),
    _expand(rf"{_EN_SUBJECT} {_EN_AUXILIARY}n't\b", r"\1 \2 not", _FULL_FORM),
    _expand(_EN_SUBJECT + r" can't\b", r"\1 cannot", _FULL_FORM),
    _expand(r"\bI'm(?= \w)", "I am", _FULL_FORM),
    _expand(r"\b(you|we|they)'re(?= \w)", r"\1 are", _FULL_FORM),
    _expand(_EN_SUBJECT + r"'ll(?= \w)", r"\1 will", _FULL_FORM),
    _drop_pronoun("pt", "eu", _PT_ADVERBS, _PT_FIRST_PERSON),
    _drop_pronoun("pt", "nós", _PT_ADVERBS, _WE),
    _add_pronoun("pt", "eu", "não", "acho|tenho|quero|gosto|preciso|vou|estou|sou|moro|posso"),
    _purpose("pt", r"a fim de\b", "para"),
    _drop_pronoun("es", "yo", _ES_ADVERBS, _ES_FIRST_PERSON),
    _drop_pronoun("es", "nosotr[oa]s", _ES_ADVERBS, _WE),
    _add_pronoun("es", "yo", "no", "creo|tengo|quiero|necesito|voy|estoy|soy|puedo|pienso"),
    _purpose("es", r"a fin de\b", "para"),
    _purpose("fr", r"afin de\b", "pour"),
    _purpose("fr", r"afin d['’]", "pour "),
    _drop_pronoun("it", "io", "non", _IT_FIRST_PERSON),
    _add_pronoun("it", "io", "non", "credo|penso|voglio|ho|posso|devo|vado"),
    _purpose("it", r"al fine di\b", "per"),
)


def reword(text: str, language: str) -> tuple[Wording, ...]:
    """Return at most one shorter and one longer wording, each with every rule of its kind applied.

    A rewording that would change a number, a name or the polarity is left out.
    """
    made = (_apply(text, language, "shorter"), _apply(text, language, "longer"))
    return tuple(wording for wording in made if wording is not None)


def _apply(text: str, language: str, kind: Literal["shorter", "longer"]) -> Wording | None:
    changed, penalty = text, 0.0
    for rule in RULES:
        if rule.language == language and rule.kind == kind:
            rewrite = functools.partial(_rewrite, replacement=rule.replacement)
            reworded = re.sub(rule.pattern, rewrite, changed, flags=re.IGNORECASE)
            penalty = max(penalty, rule.penalty) if reworded != changed else penalty
            changed = reworded
    if changed == text or not is_faithful_rewording(text, changed, language):
        return None
    return Wording(changed, kind, penalty)


def _rewrite(match: re.Match[str], replacement: str) -> str:
    """Fill in the replacement; capitals stay where sentences begin."""
    if replacement == DROP_PRONOUN:
        clause_start, pronoun, first_letter = match[1], match[2], match[3]
        return clause_start + (first_letter.upper() if pronoun[0].isupper() else first_letter)
    if replacement.startswith(ADD_PRONOUN):
        pronoun = replacement.removeprefix(ADD_PRONOUN)
        return f"{pronoun.capitalize() if match[1].isupper() else pronoun} {match[1].lower()}"
    text = match.expand(replacement)
    return text[:1].upper() + text[1:] if match[0][0].isupper() else text
