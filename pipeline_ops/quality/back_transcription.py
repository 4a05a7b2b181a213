"""Does the dub say what it should? Its speech is recognised again and compared with the intended text."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.base import SpeechRecognizer
from models.errors import UnsupportedLanguageError
from models.speech_synthesis.kokoro_voices import accent_of_language
from models.speech_synthesis.phonemes import PUNCTUATION, phonemes_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


EDGE_S = 0.3
"""Silence around a line: recognisers lose a word that begins with the sound."""

_NEITHER_WORD_NOR_SOUND = str.maketrans(dict.fromkeys(PUNCTUATION, " ") | dict.fromkeys("ˈˌː", ""))


@dataclass(frozen=True, slots=True)
class BackTranscription:
    """What was heard, what was meant, and the share that differs.

    `word_error_rate` is insertions, deletions and substitutions over the words meant; lower is better.
    The recogniser's own errors count too: on people reading aloud, Whisper base makes 0.08 in English,
    0.11 in Spanish and 0.17 in Portuguese. `letter_error_rate` is the same of letters, spaces not among them:
    it forgives what is spelt otherwise, and half of what is another word. `sounding_error_rate` is of words
    again, which are equal where they sound alike: "Mass" and "Mas", "25" and "twenty-five", "Jordi Mas" and
    "Jordimás", but not "debilidades" and "habilidades". In a language that nothing here reads it is the word
    error rate.
    """

    intended: str
    heard: str
    word_error_rate: float
    letter_error_rate: float
    sounding_error_rate: float


def transcribe_back(
    samples: NDArray[np.float32], language: str, intended: str, recognizer: SpeechRecognizer
) -> BackTranscription:
    """Recognise speech and compare it with `intended`.

    Args:
        samples: Mono, shape (frames,), at the recogniser's rate.
        language: The language that should be heard.
        intended: What should be heard.
        recognizer: Whose ears are used.
    """
    import jiwer

    heard = recognizer.transcribe(samples, language).text
    reference, hypothesis = normalise_for_comparison(intended), normalise_for_comparison(heard)
    if not reference:
        all_wrong = float(bool(hypothesis))
        return BackTranscription(intended, heard, all_wrong, all_wrong, all_wrong)
    return BackTranscription(
        intended,
        heard,
        float(jiwer.wer(reference, hypothesis)),
        float(jiwer.cer(reference.replace(" ", ""), hypothesis.replace(" ", ""))),
        float(jiwer.wer(*parted_alike(as_it_sounds(intended, language), as_it_sounds(heard, language)))),
    )


def transcribe_line_back(
    samples: NDArray[np.float32], language: str, intended: str, recognizer: SpeechRecognizer
) -> BackTranscription:
    """Do the same for a line that is cut out where it begins and ends; see `transcribe_back`."""
    import numpy as np

    edge = np.zeros(round(EDGE_S * recognizer.sample_rate_hz), np.float32)
    return transcribe_back(np.concatenate([edge, samples, edge]), language, intended, recognizer)


def as_it_sounds(text: str, language: str) -> str:
    """Return the words of a text as phonemes; as they are written where nothing reads the language.

    Stress and length are left out: a recogniser spells names by ear.
    """
    try:
        accent = accent_of_language(language)
    except UnsupportedLanguageError:
        return normalise_for_comparison(text)
    spoken = phonemes_of(text.replace("-", " "), accent).translate(_NEITHER_WORD_NOR_SOUND)
    return re.sub(r"(.)\1+", r"\1", spoken).strip() or normalise_for_comparison(text)


def parted_alike(one: str, other: str) -> tuple[str, str]:
    """Return two texts in which a word that the other one writes as two is two, in both."""
    words, others = one.split(), other.split()
    parted = _parted_as(words, others), _parted_as(others, words)
    return " ".join(parted[0]), " ".join(parted[1])


def _parted_as(words: Sequence[str], others: Sequence[str]) -> list[str]:
    pairs = {first + second: (first, second) for first, second in itertools.pairwise(others)}
    return [part for word in words for part in ((word,) if word in others else pairs.get(word, (word,)))]


def normalise_for_comparison(text: str) -> str:
    """Lower case, no punctuation, single spaces: what two writers of the same words would agree on.

    Letters keep their accents; digits stay digits, so a number that one side spells out counts as an
    error, which errs on the strict side.
    """
    composed = unicodedata.normalize("NFKC", text).lower()
    kept = "".join(
        character if unicodedata.category(character)[0] in "LMN" or character == "'" else " "
        for character in composed
    )
    return re.sub(r"\s+", " ", kept).strip()
