"""Speech as Wav2Lip hears it: a mel spectrogram of 80 steps a second, and 16 steps of it a frame.

Parameters are those the generator was trained with (https://github.com/Rudrabha/Wav2Lip, `hparams.py`);
the mel scale is Slaney's, "Auditory Toolbox", 1998: linear up to 1 kHz, logarithmic above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 16_000
WINDOW = 800
"""50 ms."""

HOP = 200
"""12.5 ms: 80 steps a second."""

STEPS_A_SECOND = RATE_HZ / HOP
BANDS = 80
LOWEST_HZ, HIGHEST_HZ = 55.0, 7600.0
PREEMPHASIS = 0.97

FLOOR_DB = -100.0
REFERENCE_DB = 20.0
"""Subtracted from every level before it is normalised."""

LARGEST = 4.0
"""Levels from -100 to 0 dB, once the reference is taken off, become -4 to 4; what lies beyond is cut off."""

SILENCE = -LARGEST

STEPS_A_FRAME = 16
"""What the generator hears for one picture: 0.2 s."""

LINEAR_UP_TO_HZ = 1000.0
HZ_A_LINEAR_MEL = 200.0 / 3.0
LOG_STEP = np.log(6.4) / 27.0
"""Slaney's scale: 15 mel to 1 kHz, and 27 more to 6.4 kHz."""

STEPS_AT_A_TIME = 4096
"""What is transformed at once: 50 s of sound, some 50 MB."""

ROUNDING_STEPS = 1e-6
"""A frame at the very time of a step belongs to that step, whatever floating point makes of it."""


def mel_spectrogram(speech: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return normalised levels, shape (80, steps); step k is centred on sample 200 * k.

    Around the sound there is silence.

    Args:
        speech: Mono, shape (samples,), at 16 kHz, nominally in [-1, 1].
    """
    steps = 1 + len(speech) // HOP
    emphasised = speech.astype(np.float32)
    emphasised[1:] -= np.float32(PREEMPHASIS) * speech[:-1]
    padded = np.pad(emphasised, WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    bank = _mel_bank()
    mel = np.empty((BANDS, steps), np.float32)
    for first in range(0, steps, STEPS_AT_A_TIME):
        block = slice(first, first + STEPS_AT_A_TIME)
        magnitudes = np.abs(np.fft.rfft(windows[block] * hann, axis=1))
        mel[:, block] = _normalised(bank @ magnitudes.T)
    return mel


def first_steps(times_s: NDArray[np.float64], offset_s: float = 0.0) -> NDArray[np.int64]:
    """Return the first of each frame's 16 steps; it is below 0 where the window begins before the sound.

    Args:
        times_s: When each frame is shown, at any rate, even a varying one.
        offset_s: Where windows begin against their frames' times.
    """
    steps = np.floor((times_s + offset_s) * STEPS_A_SECOND + ROUNDING_STEPS)
    return steps.astype(np.int64)


def windows_at(mel: NDArray[np.float32], firsts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return 16 steps from each of `firsts` on, shape (frames, 80, 16); beyond the sound there is silence."""
    steps = firsts[:, None] + np.arange(STEPS_A_FRAME)
    inside = (steps >= 0) & (steps < mel.shape[1])
    taken = mel[:, np.clip(steps, 0, mel.shape[1] - 1)].transpose(1, 0, 2)
    return np.where(inside[:, None, :], taken, np.float32(SILENCE))


def _normalised(magnitudes: NDArray[np.float64]) -> NDArray[np.float64]:
    level_db = 20.0 * np.log10(np.maximum(magnitudes, 10.0 ** (FLOOR_DB / 20.0))) - REFERENCE_DB
    share = (level_db - FLOOR_DB) / -FLOOR_DB
    scaled: NDArray[np.float64] = np.clip(2 * LARGEST * share - LARGEST, -LARGEST, LARGEST)
    return scaled


def _mel_bank() -> NDArray[np.float64]:
    """Return triangular filters of equal area, shape (80, 401)."""
    edges_hz = _hz(np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), BANDS + 2))
    bins_hz = np.arange(WINDOW // 2 + 1) * RATE_HZ / WINDOW
    below, peak, above = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising, falling = (bins_hz - below) / (peak - below), (above - bins_hz) / (above - peak)
    bank: NDArray[np.float64] = np.clip(np.minimum(rising, falling), 0.0, None) * 2.0 / (above - below)
    return bank


def _mel(frequency_hz: float) -> float:
    if frequency_hz < LINEAR_UP_TO_HZ:
        return frequency_hz / HZ_A_LINEAR_MEL
    return float(LINEAR_UP_TO_HZ / HZ_A_LINEAR_MEL + np.log(frequency_hz / LINEAR_UP_TO_HZ) / LOG_STEP)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    corner_mel = LINEAR_UP_TO_HZ / HZ_A_LINEAR_MEL
    above = LINEAR_UP_TO_HZ * np.exp(LOG_STEP * (mel - corner_mel))
    return np.where(mel < corner_mel, mel * HZ_A_LINEAR_MEL, above)
