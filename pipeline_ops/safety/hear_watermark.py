"""Listens for the watermark in any sound: where somebody speaks, since nothing else is ever marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from models.types import TimeSpan, WatermarkReading
from pipeline_ops.media.audio_blocks import read_blocks

if TYPE_CHECKING:
    from models.base import VoiceActivityDetector, Watermarker

LEAST_SPEECH_S = 1.0
"""Of a window in which somebody speaks: a few words. Music alone can sound marked to the detector."""


def hear_watermark(sound: Path, watermarker: Watermarker, voices: VoiceActivityDetector) -> WatermarkReading:
    """Return what is heard in those windows of a FLAC or WAV file in which somebody speaks."""
    regions = voices.detect_speech(
        block[0] for block in read_blocks(sound, sample_rate_hz=voices.sample_rate_hz, mono=True)
    )
    reading = watermarker.detect(
        block[0] for block in read_blocks(sound, sample_rate_hz=watermarker.sample_rate_hz, mono=True)
    )
    return spoken_windows(reading, regions)


def spoken_windows(reading: WatermarkReading, regions: Sequence[TimeSpan]) -> WatermarkReading:
    """Keep the windows in which there is speech enough to bear a mark."""

    def speech_s(start_s: float, end_s: float) -> float:
        return sum(max(0.0, min(end_s, region.end_s) - max(start_s, region.start_s)) for region in regions)

    kept = tuple(
        window for window in reading.windows if speech_s(window.start_s, window.end_s) >= LEAST_SPEECH_S
    )
    return replace(reading, windows=kept)
