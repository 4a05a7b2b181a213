"""Looks for a wording that says what was said, where the best one adds an insult or flips a denial.

In the spirit of MinTox (Costa-jussà et al., "Added Toxicity Mitigation at Inference Time for Multimodal and
Massively Multilingual Translation", 2024), which searches again without the added words: here among the
translator's own alternatives first, then by asking once more in slightly other words.
"""

from __future__ import annotations

from dataclasses import replace

from models.base import Translator
from models.translation.polarity import negation_changed
from models.types import GlossaryTerm, Utterance, Wording
from pipeline_ops.safety.toxicity import added_words


def sound_first(
    utterance: Utterance,
    wordings: tuple[Wording, ...],
    model: Translator,
    languages: tuple[str, str],
    terms: tuple[GlossaryTerm, ...],
) -> tuple[Wording, ...]:
    """Return the wordings with a sound one leading, asked for anew where none is.

    Where none is found they come back as they are.

    Args:
        utterance: What was said.
        wordings: How it may be said, the best first.
        model: Who worded it.
        languages: Source and target.
        terms: The creator's glossary.
    """
    if not wordings or is_sound(utterance.text, wordings[0].text, languages):
        return wordings
    sound = [wording for wording in wordings if is_sound(utterance.text, wording.text, languages)]
    if not sound:
        sound = _asked_again(utterance, model, languages, terms)
    if not sound:
        return wordings
    return (replace(sound[0], kind="plain", penalty=0.0), *sound[1:])


def is_sound(source: str, target: str, languages: tuple[str, str]) -> bool:
    """Tell whether a wording adds no insult and denies what the source denies, and nothing else."""
    return not added_words(source, target, *languages) and not negation_changed(source, target, *languages)


def _asked_again(
    utterance: Utterance, model: Translator, languages: tuple[str, str], terms: tuple[GlossaryTerm, ...]
) -> list[Wording]:
    """Return the first sound answer to the same words written a little otherwise."""
    for text in _variants(utterance.text):
        (answer,) = model.translate([replace(utterance, text=text)], *languages, terms)
        sound = [wording for wording in answer if is_sound(utterance.text, wording.text, languages)]
        if sound and sound[0].text.strip():
            return sound
    return []


def _variants(text: str) -> list[str]:
    """Return the same words with other marks: a small translator's answer turns on less."""
    bare = text.rstrip(" .!?…")
    written = [f"{bare}.", bare, f"{bare[:1].lower()}{bare[1:]}.", bare.replace(", ", " ") + "."]
    return [variant for variant in dict.fromkeys(written) if variant not in {text, "", "."}]
