"""Takes one speaker's speech out of a sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import Utterance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def speech_of(
    speech: Path, lines: Iterable[Utterance], sample_rate_hz: int, enough_s: float
) -> NDArray[np.float32]:
    """Return a speaker's longest lines one after another, mono, shape (frames,).

    Args:
        speech: The sound file that the lines' times refer to.
        lines: All of one speaker.
        sample_rate_hz: Of the answer.
        enough_s: Once the lines taken last so long, no more are.
    """
    import soxr

    parts: list[NDArray[np.float32]] = []
    total_s = 0.0
    with soundfile.SoundFile(str(speech)) as sound:
        for line in sorted(lines, key=lambda each: -each.duration_s):
            sound.seek(min(round(line.start_s * sound.samplerate), sound.frames))
            frames = sound.read(round(line.duration_s * sound.samplerate), dtype="float32", always_2d=True)
            parts.append(np.asarray(soxr.resample(frames.mean(axis=1), sound.samplerate, sample_rate_hz)))
            total_s += line.duration_s
            if total_s >= enough_s:
                break
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
