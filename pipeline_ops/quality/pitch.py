"""How high a voice speaks, and how far it rises and falls: the fundamental frequency of its voiced frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_HZ = 60.0
HIGHEST_HZ = 420.0
"""Speech of adults and children, from a creaky bass to an excited child."""

FRAME_S = 0.064
"""Four periods of the lowest pitch, which is what YIN needs (de Cheveigné and Kawahara, 2002)."""

FEWEST_VOICED = 4
"""Frames, an eighth of a second: one vowel."""

REACH_SEMITONES = 10.0
"""What lies further from the median is YIN's octave error, or a shriek; neither tells of a range."""

RANGE_QUANTILES = (0.1, 0.9)
"""Between them lies a range: what is beyond changes from take to take."""

VOICED_SHARE = 0.4
"""The loudest frames are taken for voiced: vowels are louder than consonants and pauses."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """How somebody speaks in a piece of speech.

    Attributes:
        median_hz: Of its voiced frames.
        range_semitones: From the lowest tenth of them to the highest tenth.
    """

    median_hz: float
    range_semitones: float


def pitch_of(samples: NDArray[np.float32], sample_rate_hz: int) -> Pitch | None:
    """Return height and range of the pitch of speech, or None where too little of it is voiced.

    YIN on the loudest frames; halving and doubling errors leave a median alone while they stay the
    minority. Repeated measurements of one speaker differ by about 5 % in the median.

    Args:
        samples: Mono, shape (frames,).
        sample_rate_hz: Their rate; 16 kHz is enough.
    """
    import librosa

    frame = round(FRAME_S * sample_rate_hz)
    if len(samples) < 4 * frame:
        return None
    pitch = librosa.yin(
        samples, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sample_rate_hz, frame_length=frame, hop_length=frame // 2
    )
    energy = librosa.feature.rms(y=samples, frame_length=frame, hop_length=frame // 2)[0]
    count = min(len(pitch), len(energy))
    pitch, energy = pitch[:count], energy[:count]
    # YIN answers with a limit of its range where it finds no period.
    clear = (pitch > LOWEST_HZ * 1.05) & (pitch < HIGHEST_HZ * 0.95)
    voiced = clear & (energy >= np.quantile(energy, 1.0 - VOICED_SHARE)) & (energy > 0)
    if np.count_nonzero(voiced) < FEWEST_VOICED:
        return None
    median_hz = float(np.median(pitch[voiced]))
    height = 12.0 * np.log2(pitch[voiced] / median_hz)
    low, high = np.quantile(height[np.abs(height) <= REACH_SEMITONES], RANGE_QUANTILES)
    return Pitch(median_hz, float(high - low))


def median_pitch_hz(samples: NDArray[np.float32], sample_rate_hz: int) -> float | None:
    """Return the median pitch of speech in Hz, or None where too little of it is voiced; see `pitch_of`."""
    pitch = pitch_of(samples, sample_rate_hz)
    return None if pitch is None else pitch.median_hz
