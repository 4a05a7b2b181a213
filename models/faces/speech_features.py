"""What of a sound moves a mouth: cepstra and level at each frame of the picture, with their neighbourhood.

Mel-frequency cepstral coefficients: Davis and Mermelstein, 1980; the mel scale is O'Shaughnessy's, 1987.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 16_000
WINDOW = 512
"""32 ms: two periods of the deepest voices."""

WINDOWS_A_FRAME = 4
WINDOWS_SPREAD_S = 0.04
"""The windows of a frame lie evenly over the time of a frame at 25 Hz, at any frame rate: features of phones'
and broadcasters' footage then mean the same."""

BLOCK = 2048
"""Times worked on at once: 8 MB of windows, however long the sound."""

BANDS = 26
LOWEST_HZ, HIGHEST_HZ = 60.0, 7600.0
CEPSTRA = 13
PREEMPHASIS = 0.97

LOUD_PERCENTILE = 95.0
USUAL_LEVEL = 0.1
"""Root mean square of speech at -20 dB of full scale, as recorded speech usually is."""

SPEECH_WITHIN = 4.5
"""Natural log of power: frames within about 20 dB of the loud ones count as speech."""

CONTEXT_FRAMES = 5
"""A mouth is early for a sound by up to 0.2 s, and late by less (coarticulation): 5 frames at 25 Hz."""

CONTEXT_S = 0.04
"""Neighbours are taken 40 ms apart, whatever the frame rate."""

FEATURES = 2 * (CEPSTRA + 1)
"""Of one moment: cepstra and level, and how fast they change."""


@dataclass(frozen=True, slots=True)
class SpeechFeatures:
    """Sound, as a mouth knows it.

    Attributes:
        moments: Shape (frames, 28): normalised cepstra and level at each frame, then their slopes.
        context: Shape (frames, 11 * 28): the moments at -0.2 to 0.2 s around each frame.
        log_power: Shape (frames,): natural log of the mean power.
        speech: Shape (frames,), bool: loud enough to be speech.
    """

    moments: NDArray[np.float64]
    context: NDArray[np.float64]
    log_power: NDArray[np.float64]
    speech: NDArray[np.bool_]


def speech_features(samples: NDArray[np.float32], times_s: NDArray[np.float64]) -> SpeechFeatures:
    """Return the features of a sound at the times of a picture's frames.

    Cepstra are normalised over the frames of speech (mean and deviation of this sound), so that microphones,
    rooms and voices fall out.

    Args:
        samples: Mono, shape (samples,), at 16 kHz, nominally in [-1, 1].
        times_s: Middle of each frame, rising, in seconds of the sound. Beyond the sound there is silence.
    """
    offsets_s = np.arange(-CONTEXT_FRAMES, CONTEXT_FRAMES + 1) * CONTEXT_S
    grid_s = np.arange(
        times_s[0] + offsets_s[0] - CONTEXT_S, times_s[-1] + offsets_s[-1] + 2 * CONTEXT_S, CONTEXT_S / 2
    )
    cepstra, log_power = _cepstra(_at_usual_level(samples), grid_s)
    loud = float(np.percentile(log_power, LOUD_PERCENTILE))
    speech = log_power > loud - SPEECH_WITHIN
    mean, deviation = cepstra[speech].mean(axis=0), cepstra[speech].std(axis=0) + 1e-3
    level = np.clip((log_power - loud) / 4.0, -3.0, 0.5)[:, None]
    steady = np.concatenate([np.clip((cepstra - mean) / deviation, -4.0, 4.0), level], axis=1)
    slopes = np.gradient(steady, axis=0) * 2.0  # per 40 ms
    moments = np.concatenate([steady, slopes], axis=1)

    def at(times: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
        place = np.clip((times - grid_s[0]) / (CONTEXT_S / 2), 0, len(grid_s) - 1)
        before = np.minimum(place.astype(int), len(grid_s) - 2)
        share = (place - before)[(...,) + (None,) * (values.ndim - 1)]
        mixed: NDArray[np.float64] = values[before] * (1 - share) + values[before + 1] * share
        return mixed

    context = np.concatenate([at(times_s + offset_s, moments) for offset_s in offsets_s], axis=1)
    own_power = at(times_s, log_power)
    return SpeechFeatures(at(times_s, moments), context, own_power, own_power > loud - SPEECH_WITHIN)


def _at_usual_level(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the sound with its loud parts at a fixed level: floors under logarithms then mean the same."""
    blocks = samples[: len(samples) // WINDOW * WINDOW].astype(np.float64).reshape(-1, WINDOW)
    loud = np.sqrt(np.percentile(np.mean(blocks**2, axis=1), LOUD_PERCENTILE)) if len(blocks) else 0.0
    return samples.astype(np.float64) * (USUAL_LEVEL / float(loud) if loud > 0 else 1.0)


def _cepstra(
    samples: NDArray[np.float64], times_s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return cepstra, shape (times, 13), and log power, shape (times,)."""
    import scipy.fft

    emphasised = np.append(samples[:1], samples[1:] - PREEMPHASIS * samples[:-1])
    shifts_s = (np.arange(WINDOWS_A_FRAME) + 0.5) / WINDOWS_A_FRAME * WINDOWS_SPREAD_S - WINDOWS_SPREAD_S / 2
    padded = np.pad(emphasised, WINDOW)
    bank = _mel_bank()
    cepstra = np.zeros((len(times_s), CEPSTRA))
    power = np.zeros(len(times_s))
    for start in range(0, len(times_s), BLOCK):
        block = slice(start, start + BLOCK)
        for shift_s in shifts_s:
            firsts = np.round((times_s[block] + shift_s) * RATE_HZ).astype(int) + WINDOW // 2
            firsts = np.clip(firsts, 0, len(padded) - WINDOW)
            windows = padded[firsts[:, None] + np.arange(WINDOW)]
            spectrum = np.abs(np.fft.rfft(windows * np.hamming(WINDOW), axis=1)) ** 2
            bands = np.log(spectrum @ bank.T + 1e-6)
            cepstra[block] += scipy.fft.dct(bands, axis=1, norm="ortho")[:, :CEPSTRA] / WINDOWS_A_FRAME
            power[block] += np.mean(windows**2, axis=1) / WINDOWS_A_FRAME
    return cepstra, np.log(power + 1e-7)


def _mel_bank() -> NDArray[np.float64]:
    """Return triangular filters, shape (26, 257), evenly spaced in mel."""

    def mel(frequency_hz: float) -> float:
        return float(2595.0 * np.log10(1.0 + frequency_hz / 700.0))

    edges_mel = np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), BANDS + 2)
    edges_hz = 700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0)
    bins_hz = np.arange(WINDOW // 2 + 1) * RATE_HZ / WINDOW
    below, peak, above = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising, falling = (bins_hz - below) / (peak - below), (above - bins_hz) / (above - peak)
    bank: NDArray[np.float64] = np.clip(np.minimum(rising, falling), 0.0, None)
    return bank
