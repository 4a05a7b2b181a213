"""Encodes the creator's own speech, for all stages that hold lips against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.base import SpeechEncoder
from pipeline_ops.artefacts import FlacFile, NumpyFile
from pipeline_ops.media.audio_blocks import read_blocks
from pipeline_ops.stage import Resources, stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEMORY_MB = 700


@dataclass(frozen=True, slots=True)
class EncodedSpeech:
    """What is said, moment by moment.

    Attributes:
        encoding: float16, shape (moments, width), `ENCODING_RATE_HZ` a second from the start of the video.
    """

    encoding: NumpyFile


@stage(version=1, capability="speech_encoding", resources=Resources(memory_mb=MEMORY_MB, gpu=True))
def encode_speech(*, speech: FlacFile, model: SpeechEncoder, scratch: Path) -> EncodedSpeech:
    """Encode what the creator says.

    Args:
        speech: The voice alone, any rate, one or two channels, on the video's timeline.
        model: Hears what is said.
        scratch: Where to write.

    Raises:
        ModelOutputError: the model answered with something unusable.
    """
    return EncodedSpeech(write_encoding(speech, model, scratch))


def write_encoding(speech: Path, model: SpeechEncoder, scratch: Path) -> Path:
    """Encode a sound and return the file: half precision loses a thousandth of a deviation."""
    blocks: Iterable[NDArray[np.float32]] = (
        block[0] for block in read_blocks(speech, sample_rate_hz=model.sample_rate_hz, mono=True)
    )
    parts = [moments.astype(np.float16) for moments in model.encode(blocks)]
    path = scratch / "encoding.npy"
    np.save(path, np.concatenate(parts) if parts else np.zeros((0, model.width), np.float16))
    return path
