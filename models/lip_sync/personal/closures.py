"""Where lips touch: the closures of p, b and m, heard in the sound.

A small network listens to a fifth of a second around each hundredth. It was taught by a synthesizer, which
knows when it says which sound, in five languages and many voices, clean, filtered, with echo and with noise
(`scripts/learn_lip_closures.py` does all of it). What it takes for a closure by mistake is mostly n, d or t,
where a mouth is nearly closed as well.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS_FILE = Path(__file__).with_name("closures.npz")

RATE_HZ = 16_000
HOP = 160
WINDOW = 400
"""25 ms every 10 ms: a closure lasts 50 to 100 ms, its burst 10."""

SPECTRUM = 512
BANDS = 20
LOWEST_HZ, HIGHEST_HZ = 60.0, 7600.0
PREEMPHASIS = 0.9
USUAL_LEVEL = 0.1
LOUD_PERCENTILE = 95.0
SPEECH_WITHIN = 5.0
"""Natural log of power: windows within 22 dB of the loud ones count as speech."""

NEIGHBOURS = 9
"""Windows on either side that are listened to: 90 ms, the length of a syllable's edge."""

DOUBTFUL, CERTAIN = 0.25, 0.5
"""The network's belief at which lips begin to close, and at which they touch."""

TOUCHING = 0.5
"""How much of what the network marks lips touch for: it marks the sound with the burst that ends it. Touching
all the while, and taking 0.05 s to part, cost 0.012 of the correlation with sound, the mean of six dubs."""

LEAD_S = 0.06
"""Lips touch before a closure is heard: what the network marks is its sound with the burst that ends it, and
people's mouths run ahead of their voices. Of 0 to 0.08 s, this suited nine real mouths' habits best."""

RAMP_S = 0.03
"""Lips close and open within about this time: less than a frame, so that they do where they must."""


@dataclass(frozen=True, slots=True)
class ClosureNetwork:
    """One hidden layer.

    Attributes:
        mean: Shape (inputs,), of what is heard.
        deviation: Shape (inputs,).
        hidden: Shape (inputs, units).
        hidden_bias: Shape (units,).
        output: Shape (units,).
        output_bias: Of the output.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: float

    def beliefs(self, heard: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how surely lips are closed, 0 to 1, shape (windows,), for inputs (windows, inputs)."""
        standard = (heard - self.mean) / self.deviation
        units = np.maximum(standard @ self.hidden + self.hidden_bias, 0.0)
        logits = (units @ self.output).astype(np.float64) + self.output_bias
        beliefs: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
        return beliefs


@functools.cache
def closure_network() -> ClosureNetwork:
    """Read the network that comes with this module."""
    with np.load(WEIGHTS_FILE, allow_pickle=False) as file:
        arrays = {name: file[name].astype(np.float32) for name in file.files}
    return ClosureNetwork(**{**arrays, "output_bias": float(arrays["output_bias"])})


def listen(speech: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the network hears, shape (windows, inputs), one window every 10 ms of sound.

    Logarithms of mel bands, without the mean of this speech, with their neighbourhood.

    Args:
        speech: Mono, shape (samples,), at 16 kHz.
    """
    count = max(len(speech) // HOP, 1)
    samples = np.pad(speech.astype(np.float64), (WINDOW, WINDOW + HOP))
    power = np.convolve(samples**2, np.ones(WINDOW) / WINDOW, mode="same")[::HOP]
    loud = np.sqrt(np.percentile(power, LOUD_PERCENTILE))
    samples *= USUAL_LEVEL / loud if loud > 0 else 1.0
    emphasised = np.append(samples[:1], samples[1:] - PREEMPHASIS * samples[:-1])
    firsts = np.arange(count) * HOP + WINDOW + HOP // 2 - WINDOW // 2
    windows = emphasised[firsts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW)
    spectrum = np.abs(np.fft.rfft(windows, SPECTRUM, axis=1)) ** 2
    bands = np.log(spectrum @ _mel_bank().T + 1e-5)
    level = bands.mean(axis=1)
    spoken = level > np.percentile(level, LOUD_PERCENTILE) - SPEECH_WITHIN
    bands = (bands - bands[spoken].mean(axis=0)) / 2.0
    padded = np.pad(bands, ((NEIGHBOURS, NEIGHBOURS), (0, 0)), mode="edge")
    around = [padded[shift : shift + count] for shift in range(2 * NEIGHBOURS + 1)]
    return np.concatenate(around, axis=1).astype(np.float32)


def lip_closures(speech: NDArray[np.float32], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far lips are closed by a p, b or m at each time, 0 to 1.

    A closure that falls between two frames still closes the lips in the nearer one.

    Args:
        speech: Mono, shape (samples,), at 16 kHz.
        times_s: Shape (frames,), middle of each frame, rising.
    """
    beliefs = closure_network().beliefs(listen(speech))
    closed = np.zeros(len(times_s))
    shortest_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.04
    for first, last in _events(beliefs > DOUBTFUL):
        middle_s = (first + last) / 2 * HOP / RATE_HZ - LEAD_S
        half_s = max(TOUCHING * (last - first) * HOP / RATE_HZ, shortest_s) / 2
        sure = float(np.clip((beliefs[first:last].max() - DOUBTFUL) / (CERTAIN - DOUBTFUL), 0.0, 1.0))
        beyond_s = np.maximum(np.abs(times_s - middle_s) - half_s, 0.0)
        closed = np.maximum(closed, sure * np.clip(1.0 - beyond_s / RAMP_S, 0.0, 1.0))
    return closed


def _events(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (first, one past the last) of each stretch that is marked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(int)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _mel_bank() -> NDArray[np.float64]:
    """Return triangular filters, shape (bands, bins), evenly spaced in mel (O'Shaughnessy, 1987)."""
    lowest, highest = (2595.0 * np.log10(1.0 + edge / 700.0) for edge in (LOWEST_HZ, HIGHEST_HZ))
    edges_hz = 700.0 * (10.0 ** (np.linspace(lowest, highest, BANDS + 2) / 2595.0) - 1.0)
    bins_hz = np.arange(SPECTRUM // 2 + 1) * RATE_HZ / SPECTRUM
    below, peak, above = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    bank: NDArray[np.float64] = np.clip(
        np.minimum((bins_hz - below) / (peak - below), (above - bins_hz) / (above - peak)), 0.0, None
    )
    return bank
