"""How each line is said against how its speaker says the others: higher, livelier, or flatter.

A dub keeps this: a line that stands out in the original stands out in the dub. Loudness is followed by `mix`,
pace by the timing; here it is the pitch, and where within a line its speaker pauses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median

from models.types import Melody, VoiceDesign
from pipeline_ops.quality.pitch import Pitch
from pipeline_ops.voices.pauses import InnerPause

LEAST_RISE_SEMITONES = -3.0
MOST_RISE_SEMITONES = 4.0
"""A line's median strays by two semitones in calm talk and four in lively talk; beyond, it is a measurement
that failed, or a shout that a calm voice cannot follow."""

LEAST_RANGE, MOST_RANGE = 0.6, 1.6
"""A line's range against its speaker's usual one; beyond, a synthesizer chants or falls flat."""

FEWEST_LINES = 3
"""Of fewer lines none is the usual one."""

SHIFT_LIMIT_SEMITONES = 6.0
"""How far a voice is moved to a speaker's pitch: half an octave, the most that was heard to stay natural."""


@dataclass(frozen=True, slots=True)
class LineProsody:
    """How one line is said.

    Attributes:
        index: The utterance.
        rise_semitones: Its median pitch above the speaker's usual one.
        range_factor: How far its pitch moves, in parts of the speaker's usual range.
        pauses: Where its speaker is silent between two words.
    """

    index: int
    rise_semitones: float = 0.0
    range_factor: float = 1.0
    pauses: tuple[InnerPause, ...] = ()


def compare_lines(pitches: Iterable[tuple[int, str, Pitch | None]]) -> tuple[LineProsody, ...]:
    """Compare every line with what is usual of its speaker.

    Args:
        pitches: Of each line: its index, its speaker, its pitch or None where none was found.

    Returns:
        One a line, in the order given; nothing stands out where there is too little to compare with.
    """
    lines = tuple(pitches)
    known: dict[str, list[Pitch]] = {}
    for _, speaker, pitch in lines:
        if pitch is not None:
            known.setdefault(speaker, []).append(pitch)
    usual = {speaker: _usual(each) for speaker, each in known.items() if len(each) >= FEWEST_LINES}
    return tuple(
        LineProsody(index)
        if pitch is None or speaker not in usual
        else _against(usual[speaker], index, pitch)
        for index, speaker, pitch in lines
    )


def _usual(pitches: list[Pitch]) -> Pitch:
    return Pitch(median(each.median_hz for each in pitches), median(each.range_semitones for each in pitches))


def _against(usual: Pitch, index: int, pitch: Pitch) -> LineProsody:
    rise = semitones_between(usual.median_hz, pitch.median_hz)
    return LineProsody(
        index,
        round(_within(rise, LEAST_RISE_SEMITONES, MOST_RISE_SEMITONES), 2),
        round(_within(pitch.range_semitones / max(usual.range_semitones, 0.1), LEAST_RANGE, MOST_RANGE), 2),
    )


def said_like(design: VoiceDesign, line: LineProsody) -> VoiceDesign:
    """Return the voice as it says a line like this."""
    melody = Melody(
        round(design.melody.shift_semitones + line.rise_semitones, 2),
        round(_within(design.melody.range_factor * line.range_factor, LEAST_RANGE, MOST_RANGE), 2),
    )
    return replace(design, melody=melody)


def pitched_like(design: VoiceDesign, by_itself: Pitch | None, wanted: Pitch | None) -> VoiceDesign:
    """Return the voice brought to a speaker's pitch and range; as it is where either is not known.

    Args:
        design: The voice, its melody not yet moved.
        by_itself: How it speaks.
        wanted: How the speaker does.
    """
    if by_itself is None or wanted is None:
        return design
    shift = semitones_between(by_itself.median_hz, wanted.median_hz)
    factor = wanted.range_semitones / max(by_itself.range_semitones, 0.1)
    melody = Melody(
        round(_within(shift, -SHIFT_LIMIT_SEMITONES, SHIFT_LIMIT_SEMITONES), 2),
        round(_within(factor, LEAST_RANGE, MOST_RANGE), 2),
    )
    return replace(design, melody=melody)


def semitones_between(low_hz: float, high_hz: float) -> float:
    """Return how much higher the second is; negative where it is lower."""
    return 12.0 * math.log2(high_hz / low_hz)


def _within(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
