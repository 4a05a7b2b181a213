"""The first stage: what the creator's file holds, and whether it can be translated at all."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_ops.artefacts import SourceFile
from pipeline_ops.media.probe import MediaInfo, MediaLimits, probe_media
from pipeline_ops.stage import Resources, stage


@dataclass(frozen=True, slots=True)
class ProbeParameters(MediaLimits):
    """The limits of what is taken."""


@dataclass(frozen=True, slots=True)
class MediaProbe:
    """What `probe` found."""

    media: MediaInfo


@stage(version=1, resources=Resources(memory_mb=400, timeout_s=300))
def probe(*, source: SourceFile, parameters: ProbeParameters) -> MediaProbe:
    """Measure the creator's file and refuse what cannot be translated.

    Raises:
        RejectedInputError: unreadable_media, no_video_track, no_audio_track, too_short, too_long, too_large
            or too_many_pixels.
    """
    return MediaProbe(probe_media(source, parameters))
