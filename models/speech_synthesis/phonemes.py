"""Text to the phonemes Kokoro was trained on, by way of espeak-ng.

Kokoro reads IPA with some symbols of its own (one letter a diphthong or affricate). Its authors'
grapheme-to-phoneme package misaki makes them for most languages from espeak-ng's output; the tables
here state the same correspondences (misaki/espeak.py, Apache-2.0). English comes from espeak-ng
too, while Kokoro was trained on misaki's dictionaries: close, and it needs no further package.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from functools import lru_cache
from typing import Any

from models.errors import FaultError
from models.speech_synthesis.pieces import split_at_marks
from models.speech_synthesis.spoken_text import spoken_text

log = logging.getLogger(__name__)

SYMBOLS: dict[str, int] = {
    ";": 1, ":": 2, ",": 3, ".": 4, "!": 5, "?": 6, "—": 9, "…": 10, '"': 11, "(": 12, ")": 13, "“": 14,
    "”": 15, " ": 16, "\u0303": 17, "ʣ": 18, "ʥ": 19, "ʦ": 20, "ʨ": 21, "ᵝ": 22, "ꭧ": 23, "A": 24, "I": 25,
    "O": 31, "Q": 33, "S": 35, "T": 36, "W": 39, "Y": 41, "ᵊ": 42, "a": 43, "b": 44, "c": 45, "d": 46,
    "e": 47, "f": 48, "h": 50, "i": 51, "j": 52, "k": 53, "l": 54, "m": 55, "n": 56, "o": 57, "p": 58,
    "q": 59, "r": 60, "s": 61, "t": 62, "u": 63, "v": 64, "w": 65, "x": 66, "y": 67, "z": 68, "ɑ": 69,
    "ɐ": 70, "ɒ": 71, "æ": 72, "β": 75, "ɔ": 76, "ɕ": 77, "ç": 78, "ɖ": 80, "ð": 81, "ʤ": 82, "ə": 83,
    "ɚ": 85, "ɛ": 86, "ɜ": 87, "ɟ": 90, "ɡ": 92, "ɥ": 99, "ɨ": 101, "ɪ": 102, "ʝ": 103, "ɯ": 110, "ɰ": 111,
    "ŋ": 112, "ɳ": 113, "ɲ": 114, "ɴ": 115, "ø": 116, "ɸ": 118, "θ": 119, "œ": 120, "ɹ": 123, "ɾ": 125,
    "ɻ": 126, "ʁ": 128, "ɽ": 129, "ʂ": 130, "ʃ": 131, "ʈ": 132, "ʧ": 133, "ʊ": 135, "ʋ": 136, "ʌ": 138,
    "ɣ": 139, "ɤ": 140, "χ": 142, "ʎ": 143, "ʒ": 147, "ʔ": 148, "ˈ": 156, "ˌ": 157, "ː": 158, "ʰ": 162,
    "ʲ": 164, "↓": 169, "→": 171, "↗": 172, "↘": 173, "ᵻ": 177,
}  # fmt: skip
"""Kokoro's symbols: `vocab` of hexgrad/Kokoro-82M config.json (Apache-2.0). The model knows 178 ids;
these 114 of them have a symbol, and 0 starts and ends every sequence."""

PUNCTUATION = ';:,.!?—…"()“”'
"""The marks among `SYMBOLS`; they steer Kokoro's melody and pauses."""

ESPEAK_VOICES = {
    "en-us": "en-us",
    "en-gb": "en-gb",
    # Latin American: most Spanish speakers say "s" for z and soft c.
    "es": "es-419",
    "fr": "fr-fr",
    "it": "it",
    "pt": "pt-br",
    "hi": "hi",
}
"""The accents that Kokoro's voices speak, and what espeak-ng calls them."""

_TIE = "\u0361"  # espeak-ng's mark between the letters of one phoneme; "^" in the tables below
_SYLLABIC = "\u0329"

_COMMON = (
    ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^z", "ʣ"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ə^ʊ", "Q"),
    ("s^s", "S"), ("t^s", "ʦ"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("-", ""),
)  # fmt: skip
_ENGLISH = (
    ("ʔˌn\u0329", "tᵊn"), ("ʔn\u0329", "tᵊn"), ("ʔn", "tᵊn"), ("ə^l", "ᵊl"), ("ʔ", "t"), ("e", "A"),
    ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"), ("ɚ", "əɹ"), ("ɬ", "l"), ("ʲO", "jO"), ("ʲQ", "jQ"),
    ("ʲ", ""), ("\u0303", ""),
)  # fmt: skip
_AMERICAN = (("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪ^ə", "iə"), ("ɪə", "iə"), ("ː", ""), ("ɾ", "T"), ("o", "ɔ"))
_BRITISH = (("e^ə", "ɛː"), ("i^ə", "ɪə"), ("iə", "ɪə"), ("o", "ɔ"))

_CORRESPONDENCES: dict[str, tuple[tuple[str, str], ...]] = {
    # The long vowel of British "there" contains an e that the English table would take for "day".
    "en-us": (*_COMMON, *_ENGLISH, *_AMERICAN),
    "en-gb": (_BRITISH[0], *_COMMON, *_ENGLISH, *_BRITISH[1:]),
}

_MARK = re.compile(
    r"""(
        [;!?—…"()“”«»]          # always a mark
        | [,:](?!\d)            # not in 3,5 or 8:30
        | \.(?=\s|$|["”)»])     # not in 3.5 or example.com
    )""",
    re.VERBOSE,
)
_SAME_MARK = {"«": "“", "»": "”"}
_LANGUAGE_SWITCH = re.compile(r"\([^()]*\)")  # espeak-ng's "(en)software(pt)"

# espeak-ng keeps its state in global variables of the library: one at a time, a process.
_espeak_lock = threading.Lock()


def phonemes_of(text: str, accent: str) -> str:
    """Return the phonemes of `text` with its punctuation kept.

    Args:
        text: One or more sentences; numbers, sums of money and usual abbreviations are read out.
        accent: A key of `ESPEAK_VOICES`.

    Raises:
        FaultError: espeak-ng could not be loaded.
    """
    said = spoken_text(text, accent.partition("-")[0])
    parts = _MARK.split(said)
    with _espeak_lock:
        espeak = _espeak()
        if espeak.voice is None or espeak.voice.language != ESPEAK_VOICES[accent]:
            espeak.set_voice(ESPEAK_VOICES[accent])
        # Between marks, espeak-ng; the marks themselves it would swallow.
        spoken = [
            _SAME_MARK.get(part, part) if position % 2 else _spoken_part(espeak, part, accent)
            for position, part in enumerate(parts)
        ]
    phonemes = re.sub(r"\s+", " ", "".join(spoken)).strip()
    return re.sub(r" (?=[;:,.!?…”)])", "", phonemes)  # French writes a space before some marks


def _spoken_part(espeak: Any, part: str, accent: str) -> str:
    """Return the phonemes between two marks, with the spaces around them."""
    if not part.strip():
        return part
    phonemes = kokoro_symbols(espeak.text_to_phonemes(part.strip(), tie=True), accent)
    return f"{' ' * part[0].isspace()}{phonemes}{' ' * part[-1].isspace()}"


def kokoro_symbols(espeak_phonemes: str, accent: str) -> str:
    """Return Kokoro's spelling of what espeak-ng wrote (IPA, tied, with language switches marked)."""
    phonemes = _LANGUAGE_SWITCH.sub("", espeak_phonemes.replace(_TIE, "^"))
    for espeak_spelling, kokoro_spelling in _CORRESPONDENCES.get(accent, _COMMON):
        phonemes = phonemes.replace(espeak_spelling, kokoro_spelling)
    # A syllabic consonant ("button") is a short vowel and the consonant.
    phonemes = re.sub(rf"(\S){_SYLLABIC}", r"ᵊ\1", phonemes)
    return phonemes.replace("^", "").strip()


def token_ids(phonemes: str) -> tuple[int, ...]:
    """Return Kokoro's numbers for `phonemes`; symbols it does not know are counted, logged and left out."""
    unknown = Counter(symbol for symbol in phonemes if symbol not in SYMBOLS)
    if unknown:
        listed = ", ".join(f"{symbol!r} x{count}" for symbol, count in unknown.most_common())
        log.warning("Kokoro has no symbol for %s in %r; left out", listed, phonemes)
    return tuple(SYMBOLS[symbol] for symbol in phonemes if symbol in SYMBOLS)


def split_phonemes(phonemes: str, limit: int) -> tuple[str, ...]:
    """Cut phonemes into pieces of at most `limit` symbols, at the strongest mark that does it.

    Sentences that fit together stay together; a sentence that is too long is cut at its inner marks,
    then between words, and only then anywhere.
    """
    return split_at_marks(phonemes, limit, (r"(?<=[.!?…])\s+", r"(?<=[;:—])\s*", r"(?<=[,)”])\s+", r"\s+"))


@lru_cache(maxsize=1)
def _espeak() -> Any:
    """Load espeak-ng from the package that carries it; called with the lock held."""
    import espeakng_loader
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    try:
        return EspeakWrapper()
    except RuntimeError as error:
        raise FaultError(
            f"espeak-ng could not be loaded from the package espeakng-loader ({error}); reinstall it."
        ) from error
