"""Measures how every line is said against its speaker's other lines, for the dub to say it so too."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.types import Utterance
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.quality.pitch import pitch_of
from pipeline_ops.stage import Resources, stage
from pipeline_ops.voices.pauses import inner_pauses
from pipeline_ops.voices.prosody import LineProsody, compare_lines
from pipeline_ops.voices.reference import speech_of

RATE_HZ = 16_000
"""Enough for pitch, whose highest is 420 Hz."""


@dataclass(frozen=True, slots=True)
class MeasuredProsody:
    """One a line."""

    prosody: tuple[LineProsody, ...]


@stage(version=2, resources=Resources(memory_mb=400, timeout_s=1800))
def measure_prosody(*, speech: FlacFile, utterances: tuple[Utterance, ...]) -> MeasuredProsody:
    """Compare the pitch of every line with what is usual of its speaker, and find the pauses within it.

    Args:
        speech: The voices of the video alone.
        utterances: Who speaks when.
    """
    lines = compare_lines(
        (
            line.index,
            line.speaker,
            pitch_of(speech_of(speech, [line], RATE_HZ, line.duration_s), RATE_HZ),
        )
        for line in utterances
    )
    return MeasuredProsody(
        tuple(
            replace(line, pauses=inner_pauses(utterance.words))
            for line, utterance in zip(lines, utterances, strict=True)
        )
    )
