"""Parts the speech from everything else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.base import SpeechSeparator
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.errors import SettingsError, StageOutputError
from pipeline_ops.media.audio_blocks import FlacWriter, read_blocks, sound_facts
from pipeline_ops.stage import Resources, stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP = np.float32(2.0**-23)
"""The smallest difference that 24 bits hold."""


@dataclass(frozen=True, slots=True)
class SeparatedAudio:
    """Speech and background, as long and as wide as the sound they come from; their sum is that sound."""

    speech: FlacFile
    background: FlacFile


@stage(version=1, capability="speech_separation", resources=Resources(memory_mb=400, timeout_s=7200))
def separate(*, audio: FlacFile, model: SpeechSeparator, scratch: Path) -> SeparatedAudio:
    """Separate speech and background, to the sample.

    Args:
        audio: One or two channels at the separator's rate.
        model: The separator.
        scratch: Where to write.

    Raises:
        SettingsError: the sound has another rate than the separator's.
        StageOutputError: what came out is shorter or longer than what went in.
    """
    facts = sound_facts(audio)
    if facts.sample_rate_hz != model.sample_rate_hz:
        message = (
            f"{audio.name} has {facts.sample_rate_hz} Hz; the separator works at {model.sample_rate_hz} Hz"
        )
        raise SettingsError(message)
    separated = SeparatedAudio(scratch / "speech.flac", scratch / "background.flac")
    with (
        FlacWriter(
            separated.speech, sample_rate_hz=facts.sample_rate_hz, channels=facts.channels
        ) as speech_file,
        FlacWriter(
            separated.background, sample_rate_hz=facts.sample_rate_hz, channels=facts.channels
        ) as background_file,
    ):
        for speech, background in model.separate(read_blocks(audio), facts.channels):
            fitted_speech, fitted_background = fit_24_bits(speech, background)
            speech_file.write(fitted_speech)
            background_file.write(fitted_background)
        if not speech_file.frames == background_file.frames == facts.frames:
            message = f"{facts.frames} samples of {audio.name} became {background_file.frames} of background"
            raise StageOutputError(message)
    return separated


def fit_24_bits(
    speech: NDArray[np.float32], background: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Round both to 24 bits and into [-1, 1) without changing their sum, itself of 24 bits within [-1, 1).

    What one of them has beyond full scale goes to the other, which has room for it: they then have
    opposite signs.
    """
    mix = np.round((speech + background) / STEP) * STEP
    highest = np.float32(1.0) - STEP
    rounded = np.clip(np.round(background / STEP) * STEP, -1.0, highest)
    fitted_speech = np.clip(mix - rounded, -1.0, highest)
    return fitted_speech, mix - fitted_speech
