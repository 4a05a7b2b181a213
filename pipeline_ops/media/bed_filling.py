"""Fills the holes that a voice leaves in a bed when it is taken out, with noise as loud as the bed is there.

Where a separator calls a part of the sound voice, the music in it goes as well: under every syllable the bed
would lose some bands for a moment. What is missing there is put back as noise (perceptual noise substitution:
Herre and Schulz, "Extending the MPEG-4 AAC codec by perceptual noise substitution", AES 104, 1998), as loud
as the bed is in the same place shortly before and after, and hardly louder than the original's softest moment
around (minimum statistics: Martin, "Noise power spectral density estimation", 2001), so that music which has
ended does not go on. Noise says no words; and it lies beneath the new voice, which speaks where the old did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_FRAMES = 4096
"""85 ms at 48 kHz, shorter than a syllable: its bins of 12 Hz part the partials of music."""

HOP_FRAMES = WINDOW_FRAMES // 4

REMEMBERED_S = 0.7
"""Over which a bed's level is averaged where it is seen: a few beats of music."""

SOFTEST_WITHIN_S = 0.4
"""Around a moment: a syllable and the gap beside it."""

BAND_BINS = 17
"""200 Hz: wide enough that the softest moment of steady music is not much softer than its mean."""

SOFTEST_BIAS = 2.0
"""A minimum over so long lies below the mean power of what does not change."""

SEEN_FROM, SEEN_TO = 0.5, 0.9
"""Share of a cell's power that the separator left: below the first it says nothing about the bed."""

CONTEXT_FRAMES = 94 * HOP_FRAMES
"""Heard before and after what is filled, 2 s: what the bed is like."""

NOISE_SEED = 20_261_127
NOISE_CHUNK_FRAMES = 48_000
SMALLEST_POWER = 1e-14

LEAST_SEEN = 0.003
"""Hops' worth: a bin that was last seen some four seconds ago is still remembered."""


def filling(
    original: NDArray[np.float32], bed: NDArray[np.float32], sample_rate_hz: int, first_frame: int
) -> NDArray[np.float32]:
    """Return what is to be added to a bed from which a voice was taken out, shape (frames,).

    Args:
        original: The sound with the voice, shape (frames,), one channel.
        bed: The same without the voice where it speaks, in time with it.
        sample_rate_hz: Of both.
        first_frame: Where they begin in the whole sound, a multiple of `HOP_FRAMES`: pieces that overlap are
            then filled alike.
    """
    hop_s = HOP_FRAMES / sample_rate_hz
    full_power, left_power = (_smoothed(np.square(np.abs(_spectra(each)))) for each in (original, bed))
    left = np.minimum(left_power / (full_power + SMALLEST_POWER), 1.0)
    seen = np.clip((left - SEEN_FROM) / (SEEN_TO - SEEN_FROM), 0.0, 1.0)
    usual = _usual(left_power, seen, REMEMBERED_S / hop_s)
    softest = _softest(_of_bands(full_power), round(SOFTEST_WITHIN_S / hop_s))
    # Of whole bands, so that the partials of music stand out in them as they did.
    wanted = usual * np.minimum(SOFTEST_BIAS * softest / (_of_bands(usual) + SMALLEST_POWER), 1.0)
    missing = np.maximum(wanted - left_power, 0.0) * (1.0 - left)
    noise = _spectra(noise_between(first_frame, first_frame + len(original)))
    usual_power = np.sum(_window() ** 2)  # of white noise of variance 1 in a bin
    return _sound(noise * np.sqrt(missing / usual_power), len(original))


def noise_between(first_frame: int, end_frame: int) -> NDArray[np.float32]:
    """Return a part of endless white noise: the same place always gives the same samples."""
    chunks = range(first_frame // NOISE_CHUNK_FRAMES, -(-end_frame // NOISE_CHUNK_FRAMES))
    noise = np.concatenate(
        [
            np.random.default_rng([NOISE_SEED, chunk]).standard_normal(NOISE_CHUNK_FRAMES, np.float32)
            for chunk in chunks
        ]
    )
    begin = chunks.start * NOISE_CHUNK_FRAMES
    return noise[first_frame - begin : end_frame - begin]


def _window() -> NDArray[np.float32]:
    """Return a window that, applied twice at a quarter's hop, adds up to 2."""
    return np.sqrt(np.hanning(WINDOW_FRAMES + 1)[:-1]).astype(np.float32)


def _spectra(samples: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Return a spectrum a hop, shape (hops, bins); the first window ends with the first hop."""
    hops = -(-len(samples) // HOP_FRAMES) + WINDOW_FRAMES // HOP_FRAMES - 1
    before = WINDOW_FRAMES - HOP_FRAMES
    after = hops * HOP_FRAMES - len(samples)
    padded = np.pad(samples, (before, after))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_FRAMES)[::HOP_FRAMES]
    spectra: NDArray[np.complex64] = np.fft.rfft(windows * _window(), axis=1).astype(np.complex64)
    return spectra


def _sound(spectra: NDArray[np.complexfloating], frames: int) -> NDArray[np.float32]:
    """Return the sound of spectra as `_spectra` gives them, shape (frames,)."""
    pieces = np.fft.irfft(spectra, WINDOW_FRAMES, axis=1).astype(np.float32) * (0.5 * _window())
    out = np.zeros(WINDOW_FRAMES + len(pieces) * HOP_FRAMES, np.float32)
    for hop, piece in enumerate(pieces):
        out[hop * HOP_FRAMES : hop * HOP_FRAMES + WINDOW_FRAMES] += piece
    before = WINDOW_FRAMES - HOP_FRAMES
    return out[before : before + frames]


def _smoothed(power: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average each cell with its neighbours, 3 by 3: a single one says little."""
    from scipy.ndimage import uniform_filter

    smoothed: NDArray[np.float64] = uniform_filter(power.astype(np.float64), 3, mode="nearest")
    return smoothed


def _of_bands(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over bins that lie within a band."""
    from scipy.ndimage import uniform_filter1d

    averaged: NDArray[np.float64] = uniform_filter1d(power, BAND_BINS, axis=1, mode="nearest")
    return averaged


def _softest(power: NDArray[np.float64], hops: int) -> NDArray[np.float64]:
    from scipy.ndimage import minimum_filter1d

    softest: NDArray[np.float64] = minimum_filter1d(power, max(hops, 1), axis=0, mode="nearest")
    return softest


def _usual(power: NDArray[np.float64], seen: NDArray[np.float64], hops: float) -> NDArray[np.float64]:
    """Return each bin's power where it was seen, nearer moments counting more; 0 where it never was.

    Args:
        power: Shape (hops, bins).
        seen: The same shape, 0 to 1: how far it counts.
        hops: After so many a moment counts 1/e as much.
    """
    sums, weights = (_spread(each, np.exp(-1.0 / hops)) for each in (seen * power, seen))
    return np.where(weights > LEAST_SEEN, sums / np.maximum(weights, LEAST_SEEN), 0.0)


def _spread(values: NDArray[np.float64], decay: float) -> NDArray[np.float64]:
    """Add up values of shape (hops, bins) over time, in both directions ever less."""
    from scipy.signal import lfilter

    forwards = lfilter([1.0], [1.0, -decay], values, axis=0)
    backwards = lfilter([1.0], [1.0, -decay], values[::-1], axis=0)[::-1]
    spread: NDArray[np.float64] = forwards + backwards - values
    return spread
