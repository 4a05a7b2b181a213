"""Encodes what the dub says, for the stages that draw lips for it and judge them."""

from __future__ import annotations

from pathlib import Path

from models.base import SpeechEncoder
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.encode_speech import MEMORY_MB, EncodedSpeech, write_encoding


@stage(version=1, capability="speech_encoding", resources=Resources(memory_mb=MEMORY_MB, gpu=True))
def encode_dub(*, speech: FlacFile, model: SpeechEncoder, scratch: Path) -> EncodedSpeech:
    """Encode what the dub says.

    Args:
        speech: The dub's voice alone, on the video's timeline.
        model: Hears what is said.
        scratch: Where to write.

    Raises:
        ModelOutputError: the model answered with something unusable.
    """
    return EncodedSpeech(write_encoding(speech, model, scratch))
