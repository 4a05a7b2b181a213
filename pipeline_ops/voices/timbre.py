"""Gives a voice the colour of somebody's recording: the balance of its frequency bands.

A microphone, a room and a throat colour a voice; a synthesizer's voices have that of their studio. The gains
are few, smooth and small, so that no word becomes harder to hear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BANDS_HZ = tuple(float(centre) for centre in np.round(np.geomspace(80.0, 7600.0, 24)))
"""A third of an octave apart, about as far as the ear tells (ISO 266 has such bands)."""

BAND_REACH = 1.2
"""A band reaches from its centre divided by this to its centre times this."""

VOICED_BAND_HZ = (200.0, 4000.0)
"""Where speech has most of its power: gains are balanced here, so that they change no loudness."""

WINDOW_S = 0.064
LOUD_SHARE = 0.6
"""Of the windows, the loudest: pauses would add the colour of noise."""

FILTER_TAPS = 511
"""At 24 kHz, 21 ms: enough to shape the lowest band."""


def band_levels_db(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the mean level of speech in each of `BANDS_HZ`, shape (bands,), in dB.

    Args:
        samples: Mono, shape (frames,), at least `WINDOW_S` long.
        sample_rate_hz: Their rate, at least 16 kHz.
    """
    from scipy.signal import stft

    window = round(WINDOW_S * sample_rate_hz)
    frequencies, _, spectrum = stft(samples, sample_rate_hz, nperseg=window, noverlap=window * 3 // 4)
    power = np.square(np.abs(spectrum)).astype(np.float64)
    energy = power.sum(axis=0)
    mean = power[:, energy >= np.quantile(energy, 1.0 - LOUD_SHARE)].mean(axis=1)
    floor = max(float(mean.max()) * 1e-10, 1e-30)
    level_db = 10.0 * np.log10(mean + floor)
    return np.array(
        [
            level_db[(frequencies >= centre / BAND_REACH) & (frequencies <= centre * BAND_REACH)].mean()
            for centre in BANDS_HZ
        ]
    )


def correction_db(
    voice_db: NDArray[np.float64], wanted_db: NDArray[np.float64], limit_db: float
) -> tuple[float, ...]:
    """Return the gain of each band that brings one colour to another, at most `limit_db` either way."""
    inside = [VOICED_BAND_HZ[0] <= centre <= VOICED_BAND_HZ[1] for centre in BANDS_HZ]
    difference = wanted_db - voice_db
    difference -= difference[inside].mean()
    return tuple(round(float(gain), 1) for gain in np.clip(difference, -limit_db, limit_db))


def colour(
    samples: NDArray[np.float32], sample_rate_hz: int, gains_db: tuple[float, ...]
) -> NDArray[np.float32]:
    """Return speech with its bands raised and lowered, as long as before, without delay.

    Args:
        samples: Mono, shape (frames,).
        sample_rate_hz: Their rate, at least 16 kHz.
        gains_db: One for each of `BANDS_HZ`; none leaves the sound as it is.
    """
    from scipy.signal import fftconvolve, firwin2

    if not any(gains_db):
        return samples
    gains = 10.0 ** (np.array(gains_db) / 20.0)
    frequencies = [0.0, *BANDS_HZ, sample_rate_hz / 2]
    taps = firwin2(FILTER_TAPS, frequencies, [gains[0], *gains, gains[-1]], fs=sample_rate_hz)
    coloured: NDArray[np.float32] = fftconvolve(samples, taps, mode="same").astype(np.float32)
    return coloured
