"""Finds where somebody speaks, before anything costly is done."""

from __future__ import annotations

from dataclasses import dataclass

from models.base import VoiceActivityDetector
from models.types import TimeSpan
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.audio_blocks import read_blocks
from pipeline_ops.stage import Resources, stage
from pipeline_ops.verdicts import rejection


@dataclass(frozen=True, slots=True)
class SpeechParameters:
    """When there is too little speech.

    Attributes:
        minimum_speech_s: Less than this, all together, is no speech: two short words. The shortest clip
            that should pass, a sentence of six words, has 1.2 s.
    """

    minimum_speech_s: float = 0.8


@dataclass(frozen=True, slots=True)
class SpeechDetection:
    """Where somebody speaks: spans in order, disjoint, and their length together."""

    regions: tuple[TimeSpan, ...]
    speech_s: float


@stage(version=1, capability="voice_activity_detection", resources=Resources(memory_mb=200, timeout_s=900))
def detect_speech(
    *, analysis: FlacFile, model: VoiceActivityDetector, parameters: SpeechParameters
) -> SpeechDetection:
    """Find the spans of speech.

    Args:
        analysis: The sound, mono.
        model: The detector.
        parameters: When there is too little.

    Raises:
        RejectedInputError: `no_speech`.
    """
    blocks = read_blocks(analysis, sample_rate_hz=model.sample_rate_hz, mono=True)
    regions = model.detect_speech(block[0] for block in blocks)
    speech_s = sum(region.duration_s for region in regions)
    if speech_s < parameters.minimum_speech_s:
        raise rejection("no_speech", speech_s=speech_s)
    return SpeechDetection(regions, round(speech_s, 3))
