"""Kokoro's voices: what their names say, and the pitch measured on each."""

from __future__ import annotations

from typing import Literal, NamedTuple

from models.errors import UnsupportedLanguageError
from models.types import Voice


class _Accent(NamedTuple):
    """What the first letter of a voice's name stands for (hexgrad/Kokoro-82M VOICES.md)."""

    language: str
    accent: str


_ACCENTS = {
    "a": _Accent("en", "en-us"),
    "b": _Accent("en", "en-gb"),
    "e": _Accent("es", "es"),
    "f": _Accent("fr", "fr"),
    "h": _Accent("hi", "hi"),
    "i": _Accent("it", "it"),
    "p": _Accent("pt", "pt"),
}
_GENDERS: dict[str, Literal["female", "male"]] = {"f": "female", "m": "male"}

MEDIAN_PITCH_HZ: dict[str, float] = {
    "af_aoede": 190.0,
    "af_bella": 206.0,
    "af_heart": 202.0,
    "af_jessica": 214.0,
    "af_kore": 162.0,
    "af_nova": 170.0,
    "af_river": 184.0,
    "af_sarah": 197.0,
    "af_sky": 174.0,
    "am_adam": 122.0,
    "am_echo": 114.0,
    "am_fenrir": 145.0,
    "am_liam": 133.0,
    "am_michael": 122.0,
    "am_onyx": 87.0,
    "am_puck": 123.0,
    "bf_alice": 225.0,
    "bf_emma": 188.0,
    "bf_isabella": 216.0,
    "bf_lily": 220.0,
    "bm_daniel": 136.0,
    "bm_fable": 123.0,
    "bm_george": 151.0,
    "bm_lewis": 98.0,
    "ef_dora": 182.0,
    "em_alex": 143.0,
    "ff_siwis": 214.0,
    "hf_alpha": 213.0,
    "hf_beta": 197.0,
    "hm_omega": 131.0,
    "hm_psi": 141.0,
    "if_sara": 231.0,
    "im_nicola": 98.0,
    "pf_dora": 180.0,
    "pm_alex": 145.0,
}
"""Median of ten seconds of speech (scripts/measure_voice_pitch.py); one voice's sentences differ by 5 %.

Left out are voices that nobody should be given for their pitch alone: af_nicole whispers, the santas are a
character, af_alloy (151 Hz) and am_eric (170 Hz) speak at the pitch of the other sex.
"""


def accent_of(voice_id: str) -> str:
    """Return the accent of a voice, a key of `phonemes.ESPEAK_VOICES`.

    Raises:
        UnsupportedLanguageError: nothing here turns text of its language into phonemes (Japanese, Chinese).
    """
    return _accent(voice_id).accent


def accent_of_language(language: str) -> str:
    """Return the accent that a mixed voice speaks a language with; American for English.

    Raises:
        UnsupportedLanguageError: nothing here turns text of that language into phonemes.
    """
    for accent in _ACCENTS.values():
        if accent.language == language:
            return accent.accent
    spoken = ", ".join(sorted({accent.language for accent in _ACCENTS.values()}))
    raise UnsupportedLanguageError(f"Kokoro speaks {spoken}, not {language}.")


def describe_voice(voice_id: str) -> Voice:
    """Return what is known of a voice by its name, such as "af_heart".

    Raises:
        UnsupportedLanguageError: as `accent_of`.
    """
    return Voice(
        id=voice_id,
        language=_accent(voice_id).language,
        gender=_GENDERS.get(voice_id[1:2], "unknown"),
        median_pitch_hz=MEDIAN_PITCH_HZ.get(voice_id),
    )


def _accent(voice_id: str) -> _Accent:
    if voice_id[:1] not in _ACCENTS:
        raise UnsupportedLanguageError(
            f"Kokoro's voice {voice_id!r} speaks a language that Dubwright has no phonemes for; "
            "leave it out of the catalog."
        )
    return _ACCENTS[voice_id[0]]
