"""Cuts what a model said to what can be heard, and refuses what is no speech."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from models.errors import ModelOutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SILENCE_BELOW_PEAK_DB = 45.0
"""Below the loudest 10 ms by this much counts as silence; a model's breath of noise lies 50-70 dB below."""

_EDGE_S = 0.010  # kept before the first and after the last audible sound, so that no onset is cut
_FADE_S = 0.003  # against a click where the cut is not at zero
_AUDIBLE_PEAK = 1e-3  # -60 dBFS


def trim_silence(samples: NDArray[np.float32], sample_rate_hz: int, text: str) -> NDArray[np.float32]:
    """Cut leading and trailing silence but for 10 ms, and fade the new edges.

    Args:
        samples: Mono speech, shape (frames,).
        sample_rate_hz: Its rate.
        text: What was said, for the error's message.

    Raises:
        ModelOutputError: there are no samples, some are not numbers, or none is audible.
    """
    if samples.size == 0 or not math.isfinite(float(np.abs(samples).sum(dtype=np.float64))):
        problem = "no samples" if samples.size == 0 else "samples that are not numbers"
        raise ModelOutputError(f"The synthesizer returned {problem} for {text!r}.")
    if np.max(np.abs(samples)) < _AUDIBLE_PEAK:
        raise ModelOutputError(f"The synthesizer returned silence for {text!r}.")
    window = sample_rate_hz // 100
    padded = np.pad(samples, (0, -samples.size % window)).reshape(-1, window)
    loudness = np.sqrt(np.mean(np.square(padded, dtype=np.float64), axis=1))
    audible = np.flatnonzero(loudness > loudness.max() * 10 ** (-_SILENCE_BELOW_PEAK_DB / 20))
    edge = round(_EDGE_S * sample_rate_hz)
    start = max(int(audible[0]) * window - edge, 0)
    end = min((int(audible[-1]) + 1) * window + edge, samples.size)
    return _with_soft_edges(samples[start:end], round(_FADE_S * sample_rate_hz))


def _with_soft_edges(samples: NDArray[np.float32], fade_frames: int) -> NDArray[np.float32]:
    fade = np.linspace(0, 1, min(fade_frames, samples.size // 2), dtype=np.float32)
    softened = samples.copy()
    softened[: fade.size] *= fade
    softened[softened.size - fade.size :] *= fade[::-1]
    return softened
