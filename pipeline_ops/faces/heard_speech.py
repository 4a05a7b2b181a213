"""Reads a voice as engines and measures take it, on the clock of the picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import HeardSpeech, SpeechEncoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPEECH_RATE_HZ = 16_000
"""What engines take."""


def read_speech(path: Path, offset_s: float = 0.0) -> NDArray[np.float32]:
    """Return a sound as engines take it: mono, at 16 kHz, shape (samples,).

    Args:
        path: Any rate, any number of channels.
        offset_s: How late it is against the picture; it is moved back by that.
    """
    import soxr

    with soundfile.SoundFile(str(path)) as file:
        stream = soxr.ResampleStream(file.samplerate, SPEECH_RATE_HZ, 1, dtype="float32")
        parts: list[NDArray[np.float32]] = []
        while len(block := file.read(file.samplerate, dtype="float32", always_2d=True)):
            parts.append(stream.resample_chunk(block.mean(axis=1)))
        parts.append(stream.resample_chunk(np.zeros(0, np.float32), last=True))
    samples = np.concatenate(parts)
    late = round(offset_s * SPEECH_RATE_HZ)
    return samples[late:] if late >= 0 else np.concatenate([np.zeros(-late, np.float32), samples])


def read_encoding(path: Path, offset_s: float = 0.0) -> SpeechEncoding:
    """Return what is said, as `encode_speech` or `encode_dub` wrote it down.

    Args:
        path: Their artefact.
        offset_s: How late the sound is against the picture; it is moved back by that.
    """
    return SpeechEncoding(np.load(path, allow_pickle=False).astype(np.float32), -offset_s)


def read_heard_speech(speech: Path, encoding: Path, offset_s: float = 0.0) -> HeardSpeech:
    """Return a voice as sound and as what is said, both moved back by `offset_s`."""
    return HeardSpeech(read_speech(speech, offset_s), read_encoding(encoding, offset_s))
