"""Finds the voice that a person was given before: the same person has the same voice across a library."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline_ops.voices.records import SpeakerVoice, VoicePrint

SAME_PERSON = 0.75
"""Likeness above which two voices are one person's. Halves of one person's clip compare at 0.78 to 0.89,
different people at 0.46 to 0.69 (Resemblyzer). Who is missed is fitted anew; who is mistaken would lend their
voice."""


def voice_of_same_person(known: Iterable[SpeakerVoice], heard: VoicePrint) -> SpeakerVoice | None:
    """Return the known voice whose speaker is nearest, None where none is the same person."""
    likeness, nearest = max(
        ((alike(voice.heard, heard), voice) for voice in known if voice.heard is not None),
        key=lambda pair: pair[0],
        default=(0.0, None),
    )
    return nearest if likeness >= SAME_PERSON else None


def one_a_person(voices: Iterable[SpeakerVoice]) -> tuple[SpeakerVoice, ...]:
    """Return each person's first voice; voices that were not fitted say nothing of anybody."""
    kept: list[SpeakerVoice] = []
    for voice in voices:
        if voice.heard is not None and voice_of_same_person(kept, voice.heard) is None:
            kept.append(voice)
    return tuple(kept)


def alike(one: VoicePrint, other: VoicePrint) -> float:
    """Return how alike two voices are, at most 1; 0 where different encoders heard them."""
    if one.space != other.space:
        return 0.0
    return float(np.dot(one.point, other.point))
