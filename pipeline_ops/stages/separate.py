"""Parts the speech from everything else."""

from __future__ import annotations

import math
from collections.abc import Iterator
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

QUIET_LEVEL_DB = -35.0
"""Sound whose loud passages lie below is raised before a separator hears it. Separators were taught at the
levels of finished recordings: DeepFilterNet 3 leaves nothing of clear speech at -63 dB (RMS, full scale).
"""

LOUD_PASSAGE = 0.95
"""Of blocks of 0.4 s (those of BS.1770), the share that is quieter than a loud passage."""

PASSAGE_S = 0.4


@dataclass(frozen=True, slots=True)
class SeparatedAudio:
    """Speech and background, as long and as wide as the sound they come from; their sum is that sound."""

    speech: FlacFile
    background: FlacFile


@stage(version=4, capability="speech_separation", resources=Resources(memory_mb=400, timeout_s=7200))
def separate(*, audio: FlacFile, model: SpeechSeparator, scratch: Path) -> SeparatedAudio:
    """Separate speech and background, to the sample.

    The separator hears quiet sound louder. Its background decides; the speech is what is then left of the
    sound itself, since a separator's own two parts add up only as exactly as floating point does.

    Args:
        audio: One or two channels, at most 24 bits, at the separator's rate.
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
    mix = _Tap(read_blocks(audio), facts.channels)
    gain = listening_gain(audio)
    heard = (block * gain for block in mix)
    with (
        FlacWriter(
            separated.speech, sample_rate_hz=facts.sample_rate_hz, channels=facts.channels
        ) as speech_file,
        FlacWriter(
            separated.background, sample_rate_hz=facts.sample_rate_hz, channels=facts.channels
        ) as background_file,
    ):
        frames = 0
        for _, background in model.separate(heard, facts.channels):
            frames += background.shape[1]
            speech, fitted = fit_24_bits(mix.take(background.shape[1]), background / gain)
            speech_file.write(speech)
            background_file.write(fitted)
        if frames != facts.frames:
            message = f"{facts.frames} samples of {audio.name} became {frames} of background"
            raise StageOutputError(message)
    return separated


def listening_gain(audio: FlacFile) -> np.float32:
    """Return what quiet sound is multiplied by before it is separated: a power of two, 1 for other sound.

    By a power of two nothing is rounded, there and back. It brings loud passages above `QUIET_LEVEL_DB`, and
    no sample beyond full scale.
    """
    facts = sound_facts(audio)
    passage_frames = round(PASSAGE_S * facts.sample_rate_hz)
    powers, peak = [], 0.0
    for block in read_blocks(audio):
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        for start in range(0, block.shape[1], passage_frames):
            passage = block[:, start : start + passage_frames]
            powers.append(float(np.mean(np.square(passage, dtype=np.float64))))
    level = math.sqrt(float(np.quantile(powers, LOUD_PASSAGE))) if powers else 0.0
    wanted = 10 ** (QUIET_LEVEL_DB / 20)
    if level == 0.0 or level >= wanted:
        return np.float32(1.0)
    steps = min(math.ceil(math.log2(wanted / level)), math.floor(-math.log2(peak)))
    return np.float32(2.0 ** max(steps, 0))


def fit_24_bits(
    mix: NDArray[np.float32], background: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return speech and background of 24 bits within [-1, 1) whose sum is `mix`, itself of that kind.

    What one of them has beyond full scale goes to the other, which has room for it: they then have
    opposite signs. Of `background`, frames beyond those of `mix` are left out.
    """
    highest = np.float32(1.0) - STEP
    rounded = np.clip(np.round(background[:, : mix.shape[1]] / STEP) * STEP, -1.0, highest)
    speech = np.clip(mix - rounded, -1.0, highest)
    return speech, mix - speech


class _Tap:
    """Passes blocks on and keeps them until they are taken."""

    def __init__(self, blocks: Iterator[NDArray[np.float32]], channels: int) -> None:
        self._blocks = blocks
        self._kept = np.zeros((channels, 0), dtype=np.float32)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        for block in self._blocks:
            self._kept = np.concatenate([self._kept, block], axis=1)
            yield block

    def take(self, frames: int) -> NDArray[np.float32]:
        """Take up to that many of the oldest frames."""
        taken, self._kept = self._kept[:, :frames], self._kept[:, frames:]
        return taken
