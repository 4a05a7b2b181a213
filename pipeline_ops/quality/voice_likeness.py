"""Does the dub sound like the person? Voices compared by a speaker encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from models.base import SpeakerEncoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORTEST_S = 0.8
"""A line below it tells an encoder little of a voice: its answers scatter by 0.1 and more."""


def line_likenesses(
    original: Sequence[NDArray[np.float32]],
    dub: Sequence[NDArray[np.float32]],
    speakers: Sequence[str],
    encoder: SpeakerEncoder,
) -> tuple[float | None, ...]:
    """Return for each line how close its voice is to its speaker's in the original.

    What it is: the dot product of the line's voice and of all the speaker's original lines together, as
    points of the encoder's unit sphere. Unit: none, at most 1. Direction: higher is better. Source: speaker
    similarity as in Seamless (2023), with the deployment's encoder. Noise: 0.05 for a line of two seconds;
    two halves of one person's clip compare at 0.77 to 0.89 with Resemblyzer. None for lines under 0.8 s.

    Args:
        original: Lines, mono, at the encoder's rate.
        dub: The same lines of the dub.
        speakers: Whose each is.
        encoder: Who compares.
    """
    shortest = round(SHORTEST_S * encoder.sample_rate_hz)
    references = {
        speaker: np.concatenate(
            [samples for samples, who in zip(original, speakers, strict=True) if who == speaker]
        )
        for speaker in set(speakers)
    }
    voices = {
        speaker: encoder.embed(samples)
        for speaker, samples in sorted(references.items())
        if len(samples) >= shortest and np.any(samples)
    }
    return tuple(
        round(float(encoder.embed(samples) @ voices[speaker]), 4)
        if speaker in voices and len(samples) >= shortest and np.any(samples)
        else None
        for samples, speaker in zip(dub, speakers, strict=True)
    )


def mean_by_speaker(likenesses: Sequence[float | None], speakers: Sequence[str]) -> Mapping[str, float]:
    """Return each speaker's mean likeness; those of whom nothing was compared are left out."""
    found: dict[str, list[float]] = {}
    for likeness, speaker in zip(likenesses, speakers, strict=True):
        if likeness is not None:
            found.setdefault(speaker, []).append(likeness)
    return {speaker: fmean(values) for speaker, values in found.items()}
