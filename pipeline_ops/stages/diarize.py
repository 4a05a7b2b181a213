"""Finds out who speaks when.

It hears the sound as it was recorded: in separated speech it finds the same voices, a little less well
(docs/measurements.md), and so it need not wait for the separation, nor change with the separator.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.base import SpeakerDiarizer
from models.types import SpeakerLimits, SpeakerTurn, TimeSpan
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.audio_blocks import read_blocks
from pipeline_ops.stage import Resources, stage


@dataclass(frozen=True, slots=True)
class DiarizeParameters:
    """What is known of the speakers; see `SpeakerLimits`.

    Attributes:
        expected_speakers: How many there are; None where nobody said.
        maximum_speakers: There are no more.
        minimum_speech_s: Whoever speaks less in all is no speaker.
    """

    expected_speakers: int | None = None
    maximum_speakers: int = 8
    minimum_speech_s: float = 1.5

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense.

        Raises:
            ValueError: there are to be no speakers, or more than there may be.
        """
        _ = self.limits

    @property
    def limits(self) -> SpeakerLimits:
        """The same as a diarizer takes it; whoever expects more than the maximum means what they expect."""
        most = max(self.maximum_speakers, self.expected_speakers or 1)
        return SpeakerLimits(self.expected_speakers, most, self.minimum_speech_s)


@dataclass(frozen=True, slots=True)
class Diarization:
    """Every voice's turns, in order of their start; those of different voices overlap where both talk."""

    turns: tuple[SpeakerTurn, ...]


@stage(version=1, capability="diarization", resources=Resources(memory_mb=600, timeout_s=3600))
def diarize(
    *,
    analysis: FlacFile,
    regions: tuple[TimeSpan, ...],
    model: SpeakerDiarizer,
    parameters: DiarizeParameters,
) -> Diarization:
    """Find each voice's turns.

    Args:
        analysis: The sound, mono.
        regions: Where somebody speaks, in order, disjoint.
        model: The diarizer.
        parameters: What is known of the speakers.
    """
    blocks = read_blocks(analysis, sample_rate_hz=model.sample_rate_hz, mono=True)
    return Diarization(model.diarize((block[0] for block in blocks), regions, parameters.limits))
