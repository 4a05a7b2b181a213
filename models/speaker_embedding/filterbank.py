"""Logarithms of mel-spaced band energies as Kaldi counts them, which speaker networks are trained on.

Source: Povey et al., "The Kaldi speech recognition toolkit", ASRU 2011; the numbers are Kaldi's defaults for
`compute-fbank-feats` at 16 kHz with 80 bands and no dither.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
BANDS = 80
WINDOW_FRAMES = 400
"""25 ms."""

STEP_FRAMES = 160
"""10 ms: one row of features each."""

FFT_FRAMES = 512
PREEMPHASIS = 0.97
LOWEST_HZ = 20.0
SMALLEST_ENERGY = float(np.finfo(np.float32).eps)
"""Kaldi's floor under the logarithm, for samples in [-1, 1]."""


def log_mel_bands(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return shape (rows, 80), one row for each 10 ms whose 25 ms window lies within the sound.

    Args:
        samples: Mono, shape (frames,), 16 kHz, nominally in [-1, 1].
    """
    if len(samples) < WINDOW_FRAMES:
        return np.zeros((0, BANDS), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW_FRAMES)[::STEP_FRAMES]
    centred = windows - windows.mean(axis=1, keepdims=True)
    before = np.concatenate([centred[:, :1], centred[:, :-1]], axis=1)
    shaped = (centred - PREEMPHASIS * before) * _povey_window()
    power = np.abs(np.fft.rfft(shaped, FFT_FRAMES, axis=1)) ** 2
    energies = power[:, :-1].astype(np.float32) @ _mel_triangles()
    logarithms: NDArray[np.float32] = np.log(np.maximum(energies, SMALLEST_ENERGY))
    return logarithms


@functools.cache
def _povey_window() -> NDArray[np.float32]:
    """Return Kaldi's own window, a Hann window to the power of 0.85, shape (400,)."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW_FRAMES) / (WINDOW_FRAMES - 1))
    window: NDArray[np.float32] = (hann**0.85).astype(np.float32)
    return window


@functools.cache
def _mel_triangles() -> NDArray[np.float32]:
    """Return what each spectral line gives each band, shape (256, 80): triangles on the mel scale."""
    edges = np.linspace(_mel(LOWEST_HZ), _mel(SAMPLE_RATE_HZ / 2), BANDS + 2)
    lines = _mel(np.arange(FFT_FRAMES // 2) * SAMPLE_RATE_HZ / FFT_FRAMES)[:, None]
    rising = (lines - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - lines) / (edges[2:] - edges[1:-1])
    triangles: NDArray[np.float32] = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    return triangles


def _mel(frequency_hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(np.asarray(frequency_hz) / 700.0))
