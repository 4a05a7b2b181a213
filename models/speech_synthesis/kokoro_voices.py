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

MEDIAN_PITCH_HZ: dict[str, float] = {}


def accent_of(voice_id: str) -> str:
    """Return the accent of a voice, a key of `phonemes.ESPEAK_VOICES`.

    Raises:
        UnsupportedLanguageError: nothing here turns text of its language into phonemes (Japanese, Chinese).
    """
    return _accent(voice_id).accent


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
