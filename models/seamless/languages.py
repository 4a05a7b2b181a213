"""How Seamless writes languages, and who speaks them in its vocoder.

The languages of text are those of the card `unity_nllb-100` of Meta's repository seamless_communication, the
speakers those of its card `vocoder_v2`; SeamlessM4T v2 uses both.
"""

from __future__ import annotations

from models.errors import UnsupportedLanguageError

SEAMLESS_CODES: dict[str, str] = {
    "af": "afr",
    "am": "amh",
    "ar": "arb",
    "as": "asm",
    "az": "azj",
    "be": "bel",
    "bg": "bul",
    "bn": "ben",
    "bs": "bos",
    "ca": "cat",
    "cs": "ces",
    "cy": "cym",
    "da": "dan",
    "de": "deu",
    "el": "ell",
    "en": "eng",
    "es": "spa",
    "et": "est",
    "eu": "eus",
    "fa": "pes",
    "ff": "fuv",
    "fi": "fin",
    "fr": "fra",
    "ga": "gle",
    "gl": "glg",
    "gu": "guj",
    "he": "heb",
    "hi": "hin",
    "hr": "hrv",
    "hu": "hun",
    "hy": "hye",
    "id": "ind",
    "ig": "ibo",
    "is": "isl",
    "it": "ita",
    "ja": "jpn",
    "jv": "jav",
    "ka": "kat",
    "kk": "kaz",
    "km": "khm",
    "kn": "kan",
    "ko": "kor",
    "ky": "kir",
    "lg": "lug",
    "lo": "lao",
    "lt": "lit",
    "lv": "lvs",
    "mk": "mkd",
    "ml": "mal",
    "mn": "khk",
    "mr": "mar",
    "ms": "zsm",
    "mt": "mlt",
    "my": "mya",
    "nb": "nob",
    "ne": "npi",
    "nl": "nld",
    "nn": "nno",
    "ny": "nya",
    "om": "gaz",
    "or": "ory",
    "pa": "pan",
    "pl": "pol",
    "ps": "pbt",
    "pt": "por",
    "ro": "ron",
    "ru": "rus",
    "sd": "snd",
    "sk": "slk",
    "sl": "slv",
    "sn": "sna",
    "so": "som",
    "sr": "srp",
    "sv": "swe",
    "sw": "swh",
    "ta": "tam",
    "te": "tel",
    "tg": "tgk",
    "th": "tha",
    "fil": "tgl",
    "tr": "tur",
    "uk": "ukr",
    "ur": "urd",
    "uz": "uzn",
    "vi": "vie",
    "yo": "yor",
    "zh": "cmn",
    "zu": "zul",
}
"""ISO 639-1 (as the catalog writes languages) to Seamless, which writes ISO 639-3. Seamless knows a few more
languages, which have no two letters: Cebuano, Kurdish, two kinds of Arabic, and others."""

SPEAKERS: dict[str, tuple[int, ...]] = {
    "arb": (0,),
    "ben": (1,),
    "cat": (2,),
    "ces": (3,),
    "cmn": (4, 5),
    "cym": (6,),
    "dan": (7, 8),
    "deu": (9,),
    "eng": (10,),
    "est": (11, 12, 13),
    "fin": (14,),
    "fra": (15,),
    "hin": (16,),
    "ind": (17, 24, 18, 20, 19, 21, 23, 27, 26, 22, 25),
    "ita": (29, 28),
    "jpn": (30,),
    "kor": (31,),
    "mlt": (32, 33, 34),
    "nld": (35, 37, 36),
    "pes": (38,),
    "pol": (39,),
    "por": (40,),
    "ron": (41,),
    "rus": (43, 42),
    "slk": (44,),
    "spa": (45,),
    "swe": (46, 48, 47),
    "swh": (49, 51, 50),
    "tel": (52,),
    "tgl": (53,),
    "tha": (54, 57, 58, 55, 56),
    "tur": (61, 60, 59),
    "ukr": (62,),
    "urd": (63, 64, 65),
    "uzn": (66, 67, 68),
    "vie": (69, 70, 73, 74, 71, 72),
}
"""The vocoder's speakers of each language that can be spoken; Meta's own first choice comes first. Nothing
else is known of them: no gender, no pitch."""

_ISO_CODES = {code: language for language, code in SEAMLESS_CODES.items()}


def seamless_code(language: str) -> str:
    """Return Seamless's code of a language: `pt` gives `por`.

    Raises:
        UnsupportedLanguageError: Seamless does not know it.
    """
    if language not in SEAMLESS_CODES:
        message = f"Seamless does not know the language {language!r}; it knows {', '.join(SEAMLESS_CODES)}"
        raise UnsupportedLanguageError(message)
    return SEAMLESS_CODES[language]


def iso_code(code: str) -> str | None:
    """Return the ISO 639-1 code of one of Seamless's: `por` gives `pt`; None where there is no such code."""
    return _ISO_CODES.get(code)
