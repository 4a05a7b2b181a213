"""What people judge, and what the five points of each scale mean.

Translation is XSTS (Licht et al. 2022): does the dub mean what the original says; style counts at the top
only. The others are absolute category ratings as in ITU-T P.800 and P.910, lip-sync and voice with words of
their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CampaignKind = Literal["scores", "preferences"]

Role = Literal["test", "calibration", "reference", "attention"]
"""`test`: what the campaign is about. `calibration`: shared by all raters and campaigns. `reference`: an
untouched original, hidden among the others. `attention`: says itself what is to be answered."""

PREFERENCE = "preference"
"""The one dimension of a campaign of preferences: 1 for the first clip, -1 for the second, 0 for neither."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One question.

    Attributes:
        name: As files have it.
        title: As people read it.
        question: What is asked.
        anchors: What 1 to 5 mean, in this order.
        needs_original: Whether the original has to be seen to answer.
        may_be_absent: What somebody says who cannot answer; None where everybody can.
        sound_only: Whether it is judged by ear, so that headphones matter.
    """

    name: str
    title: str
    question: str
    anchors: tuple[str, str, str, str, str]
    needs_original: bool = False
    may_be_absent: str | None = None
    sound_only: bool = False


_QUALITY = ("Bad", "Poor", "Fair", "Good", "Excellent")

DIMENSIONS = {
    each.name: each
    for each in (
        Dimension(
            "translation",
            "Meaning",
            "Does the clip say what the original says?",
            (
                "Not the same: about something else, or hardly anything in common",
                "Some details in common, but important things are missing or different",
                "Mostly the same: what differs or is missing is unimportant",
                "The same meaning, in other words or another tone",
                "Exactly the same, tone and turns of phrase included",
            ),
            needs_original=True,
            may_be_absent="I do not know one of the languages",
        ),
        Dimension(
            "voice",
            "Voice",
            "Could this be the voice of the person in the original?",
            (
                "Surely somebody else",
                "Probably somebody else",
                "Not sure",
                "Probably the same",
                "Surely the same",
            ),
            needs_original=True,
            sound_only=True,
        ),
        Dimension(
            "naturalness",
            "Naturalness",
            "How natural does the speech sound, as if a person said it?",
            _QUALITY,
            sound_only=True,
        ),
        Dimension(
            "lip_sync",
            "Lips",
            "How well do lips and speech go together?",
            (
                "Not at all",
                "Badly: it disturbs all the time",
                "Fairly: it disturbs at times",
                "Well: noticeable, but it does not disturb",
                "Perfectly",
            ),
            may_be_absent="No lips to be seen",
        ),
        Dimension("overall", "Overall", "How good is this clip altogether?", _QUALITY),
    )
}
"""In the order in which they are asked: what was said, how, and the whole last."""
