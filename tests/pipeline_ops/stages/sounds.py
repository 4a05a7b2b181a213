"""Sound files, and facts of media, for the tests of stages."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.media.probe import MediaInfo, MediaLimits, probe_media
from tests.models.embedded import CLIP


def decoded(clip: Path, path: Path, rate_hz: int, channels: int, *, seconds: float = 60.0) -> Path:
    """Write the beginning of a clip's sound as a FLAC file."""
    run_ffmpeg(
        [*own_input(clip), "-t", str(seconds), "-vn", "-ac", str(channels), "-ar", str(rate_hz), str(path)],
        task="decode a clip",
        timeout_s=60,
    )
    return path


def write_mono(path: Path, samples: np.ndarray, rate_hz: int = 16_000) -> Path:
    """Write samples of shape (frames,) as a FLAC file."""
    soundfile.write(path, samples, rate_hz, subtype="PCM_24")
    return path


@functools.cache
def _media_of_the_demo_clip() -> MediaInfo:
    return probe_media(CLIP, MediaLimits())


def media_lasting(duration_s: float) -> MediaInfo:
    """The demo clip's facts, as if it were of that length."""
    return replace(_media_of_the_demo_clip(), duration_s=duration_s)
