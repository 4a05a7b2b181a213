"""Does the dub speak as the original does? Pace, pauses, melody and stress, line by line.

In the manner of AutoPCP's dimensions (Barrault et al., "Seamless: Multilingual Expressive and Streaming
Speech Translation", 2023, sec. 6): the learned metric itself is not to be had in a form that a CPU runs in a
test, so what it was trained to hear is measured by signal processing. A learned one could be added as a
capability.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from pipeline_ops.quality.pitch import HIGHEST_HZ, LOWEST_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_LINES = 5
"""With fewer, chance alone correlates at 0.9 once in twenty times."""

CONTOUR_POINTS = 32
"""A line is seconds long: a point is a syllable or less."""

FRAME_S = 0.064
HOP_S = 0.016
FEWEST_VOICED = 8
"""An eighth of a second of voice: below, there is no melody."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One line on one side: what is said, and from when until when, in seconds."""

    text: str
    start_s: float
    end_s: float


def speech_rate_correlation(original: Sequence[SpokenLine], dub: Sequence[SpokenLine]) -> float | None:
    """Return how far the dub hurries and lingers where the original does.

    What it is: Spearman's correlation of letters a second over the lines. Unit: none, -1 to 1. Direction:
    higher is better. Source: the speech rate correlation of Seamless (2023), which counts syllables. Noise:
    one over the root of the lines. None with fewer than five lines, or where one side never changes.
    """
    return _rank_correlation([_rate(line) for line in original], [_rate(line) for line in dub])


def pause_correlation(original: Sequence[SpokenLine], dub: Sequence[SpokenLine]) -> float | None:
    """Return how far the dub pauses between lines as the original does.

    What it is: Spearman's correlation of the silence before each line but the first. Unit, direction and
    noise as for `speech_rate_correlation`. Source: the pause alignment of Seamless (2023).
    """
    return _rank_correlation(_pauses(original), _pauses(dub))


def contour_similarity(
    original: Sequence[NDArray[np.float32]], dub: Sequence[NDArray[np.float32]], sample_rate_hz: int
) -> tuple[float | None, float | None]:
    """Return how alike the melody and the stress of lines are: (pitch, energy).

    What it is: each line's pitch (in semitones) and level (in dB) at 32 points from its beginning to its end,
    Pearson's correlation of the two sides, the mean over lines. Unit: none, -1 to 1. Direction: higher is
    better. Source: the intonation and emphasis dimensions of AutoPCP, by signal processing. Noise: a line's
    own varies by 0.3, so a mean of N lines by about 0.3 over the root of N.

    Args:
        original: Lines, mono, in order.
        dub: The same lines of the dub.
        sample_rate_hz: Of both.
    """
    pairs = [
        (_contours(one, sample_rate_hz), _contours(other, sample_rate_hz))
        for one, other in zip(original, dub, strict=True)
    ]
    found = tuple([_correlation(one[kind], other[kind]) for one, other in pairs] for kind in (0, 1))
    pitch, energy = ([value for value in values if value is not None] for values in found)
    return (
        round(fmean(pitch), 4) if pitch else None,
        round(fmean(energy), 4) if energy else None,
    )


def _rate(line: SpokenLine) -> float:
    return sum(letter.isalnum() for letter in line.text) / max(line.end_s - line.start_s, 0.05)


def _pauses(lines: Sequence[SpokenLine]) -> list[float]:
    return [after.start_s - before.end_s for before, after in itertools.pairwise(lines)]


def _rank_correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    from scipy.stats import spearmanr

    if len(one) < FEWEST_LINES or len(set(one)) == 1 or len(set(other)) == 1:
        return None
    return round(float(spearmanr(one, other).statistic), 4)


def _contours(
    samples: NDArray[np.float32], sample_rate_hz: int
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return pitch and level of one line, `CONTOUR_POINTS` each; None where there is none."""
    import librosa

    frame, hop = round(FRAME_S * sample_rate_hz), round(HOP_S * sample_rate_hz)
    if len(samples) < 8 * frame or not np.any(samples):
        return None, None
    pitch = librosa.yin(
        samples, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sample_rate_hz, frame_length=frame, hop_length=hop
    )
    energy = librosa.feature.rms(y=samples, frame_length=frame, hop_length=hop)[0]
    count = min(len(pitch), len(energy))
    pitch, energy = pitch[:count], energy[:count].astype(np.float64)
    level_db = 20.0 * np.log10(np.maximum(energy, energy.max() * 1e-3))
    at = np.linspace(0, count - 1, CONTOUR_POINTS)
    stress = np.interp(at, np.arange(count), level_db)
    voiced = (pitch > LOWEST_HZ * 1.05) & (pitch < HIGHEST_HZ * 0.95) & (energy >= np.median(energy))
    if np.count_nonzero(voiced) < FEWEST_VOICED:
        return None, stress
    semitones = 12.0 * np.log2(pitch[voiced])
    return np.interp(at, np.flatnonzero(voiced), semitones), stress


def _correlation(one: NDArray[np.float64] | None, other: NDArray[np.float64] | None) -> float | None:
    if one is None or other is None or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])
