"""How much of the original voice can still be heard in what should be background alone?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.types import TimeSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILTER_TAPS = 64
"""4 ms at 16 kHz: enough for the colouring of a codec or a mask; longer would fit what is no voice."""

REGULARISATION = 1e-6
"""Of the voice's energy; keeps bands where the voice has nothing out of the solution."""

SILENCE = 1e-20


@dataclass(frozen=True, slots=True)
class VoiceResidual:
    """Levels in dB against the voice's level in the mix; lower is better.

    Attributes:
        residual_db: The part of the background that follows the voice.
        floor_db: What the same measure finds of a voice that is not there (the voice shifted in time):
            a residual near it, or below, is not distinguishable from none.
    """

    residual_db: float
    floor_db: float


def voice_residual(
    mix: NDArray[np.float32],
    background: NDArray[np.float32],
    voice: NDArray[np.float32],
    sample_rate_hz: int,
    regions: Sequence[TimeSpan],
) -> VoiceResidual:
    """Measure the voice that was left in a background, where the true voice is known.

    Method: within the regions of speech, mix and background are each projected onto the voice, filtered
    by the 64 taps that fit best by least squares; the result is the ratio of the two energies. Gain and
    colour of the voice in the mix thereby do not count. The floor grows with the background's level and
    falls with the length of speech, about 10 log10(64 / samples) below the background.

    Args:
        mix: The sound that was separated, mono, shape (frames,).
        background: What should not hold the voice, as long, in time with it.
        voice: The voice alone, as long, in time with it to a millisecond.
        sample_rate_hz: Of all three; 16 kHz suits the taps.
        regions: Where the voice speaks.

    Raises:
        ValueError: the three differ in length, or the voice is silent within the regions.
    """
    if not len(mix) == len(background) == len(voice):
        message = f"mix, background and voice have {len(mix)}, {len(background)} and {len(voice)} samples"
        raise ValueError(message)
    inside = np.zeros(len(voice), dtype=bool)
    for region in regions:
        inside[round(region.start_s * sample_rate_hz) : round(region.end_s * sample_rate_hz)] = True
    heard, left, spoken = (
        np.asarray(signal, dtype=np.float64)[inside] for signal in (mix, background, voice)
    )
    if not np.any(spoken):
        message = "the voice is silent within the regions"
        raise ValueError(message)
    reference = _coherent_energy(heard, spoken)
    absent = np.roll(spoken, len(spoken) // 2)
    return VoiceResidual(
        residual_db=_decibels(_coherent_energy(left, spoken) / reference),
        floor_db=_decibels(_coherent_energy(left, absent) / reference),
    )


def _coherent_energy(signal: NDArray[np.float64], voice: NDArray[np.float64]) -> float:
    """Return the energy of the part of `signal` that a short filter makes of `voice`."""
    from scipy.linalg import solve_toeplitz
    from scipy.signal import correlate

    # Half the taps look ahead: the filter may advance the voice as well as delay it.
    advanced = np.concatenate([voice[FILTER_TAPS // 2 :], np.zeros(FILTER_TAPS // 2)])
    middle = len(voice) - 1
    own = correlate(advanced, advanced, method="fft")[middle : middle + FILTER_TAPS]
    shared = correlate(signal, advanced, method="fft")[middle : middle + FILTER_TAPS]
    own[0] *= 1 + REGULARISATION
    taps = solve_toeplitz(own, shared)
    return float(np.sum(np.convolve(advanced, taps)[: len(signal)] ** 2))


def _decibels(ratio: float) -> float:
    return 10 * math.log10(max(ratio, SILENCE))
