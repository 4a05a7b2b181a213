from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.quality.expressivity import (
    SpokenLine,
    contour_similarity,
    pause_correlation,
    speech_rate_correlation,
)

RATE_HZ = 16_000


def lines(lengths_s: list[float], gaps_s: list[float]) -> list[SpokenLine]:
    found, clock_s = [], 0.0
    for length_s, gap_s in zip(lengths_s, gaps_s, strict=True):
        clock_s += gap_s
        found.append(SpokenLine("twelve letters", clock_s, clock_s + length_s))
        clock_s += length_s
    return found


ORIGINAL = lines([1.0, 2.0, 1.5, 0.8, 3.0, 2.5], [0.1, 0.5, 1.0, 0.2, 2.0, 0.7])


def test_the_same_order_of_paces_and_pauses_correlates_fully() -> None:
    dub = lines([1.1, 2.2, 1.6, 0.9, 2.6, 2.5], [0.2, 0.4, 0.8, 0.1, 1.0, 0.6])
    assert speech_rate_correlation(ORIGINAL, dub) == pytest.approx(1.0)
    assert pause_correlation(ORIGINAL, dub) == pytest.approx(1.0)


def test_the_opposite_order_correlates_negatively() -> None:
    dub = lines([3.0, 1.0, 2.0, 4.0, 0.5, 0.8], [0.2, 0.8, 0.3, 1.5, 0.1, 0.6])
    assert speech_rate_correlation(ORIGINAL, dub) == pytest.approx(-1.0)
    assert (pause_correlation(ORIGINAL, dub) or 0.0) < -0.5


def test_a_few_lines_tell_nothing() -> None:
    assert speech_rate_correlation(ORIGINAL[:4], ORIGINAL[:4]) is None
    assert pause_correlation(ORIGINAL[:5], ORIGINAL[:5]) is None


def tone(from_hz: float, to_hz: float, *, swell: bool) -> np.ndarray:
    """A voice that glides from one pitch to another, and grows louder or fainter."""
    count = 2 * RATE_HZ
    phase = np.cumsum(np.linspace(from_hz, to_hz, count)) / RATE_HZ * 2 * np.pi
    level = np.linspace(0.05, 0.4, count) if swell else np.linspace(0.4, 0.05, count)
    return ((np.sin(phase) + 0.5 * np.sin(2 * phase)) * level).astype(np.float32)


def test_melody_and_stress_are_told_apart() -> None:
    rising, higher = tone(110, 180, swell=True), tone(200, 330, swell=True)
    pitch, energy = contour_similarity([rising], [higher], RATE_HZ)
    assert (pitch or 0) > 0.95
    assert (energy or 0) > 0.95
    pitch, energy = contour_similarity([rising], [tone(330, 200, swell=True)], RATE_HZ)
    assert (pitch or 0) < -0.9
    assert (energy or 0) > 0.95


def test_silence_has_no_contour() -> None:
    silence = np.zeros(RATE_HZ, np.float32)
    assert contour_similarity([silence], [tone(110, 180, swell=True)], RATE_HZ) == (None, None)
