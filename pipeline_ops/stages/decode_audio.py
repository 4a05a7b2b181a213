"""The sound of the creator's video, decoded once for everything that listens to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile

from pipeline_ops.artefacts import FlacFile, SourceFile
from pipeline_ops.errors import StageOutputError
from pipeline_ops.media.decode import ANALYSIS_RATE_HZ, SAMPLE_RATE_HZ, decode_sound, sample_count
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.stage import Resources, stage


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """The sound on the presentation's timeline.

    Attributes:
        audio: 48 kHz, one or two channels, 24 bits.
        analysis: 16 kHz, mono, 16 bits.
    """

    audio: FlacFile
    analysis: FlacFile


@stage(version=1, resources=Resources(memory_mb=300, timeout_s=2400))
def decode_audio(*, source: SourceFile, media: MediaInfo, scratch: Path) -> DecodedAudio:
    """Decode the chosen sound track onto the timeline of the finished video.

    Sample 0 of both files is time 0 and both last `media.duration_s`, to the sample.

    Raises:
        MediaToolError: the track cannot be decoded.
        StageOutputError: a file came out with another length than the video.
    """
    decoded = DecodedAudio(scratch / "audio.flac", scratch / "analysis.flac")
    decode_sound(source, media, decoded.audio, decoded.analysis)
    for path, rate_hz in ((decoded.audio, SAMPLE_RATE_HZ), (decoded.analysis, ANALYSIS_RATE_HZ)):
        facts = soundfile.info(str(path))
        if (facts.samplerate, facts.frames) != (rate_hz, sample_count(media, rate_hz)):
            message = (
                f"{path.name} has {facts.frames} samples at {facts.samplerate} Hz; the video of "
                f"{media.duration_s:.3f} s needs {sample_count(media, rate_hz)} at {rate_hz} Hz"
            )
            raise StageOutputError(message)
    return decoded
