from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.safety.fingerprint import (
    BLOCK_WORDS,
    FRAME,
    HOP,
    LARGEST_ERROR,
    MOST_BLOCKS,
    SAMPLE_RATE_HZ,
    find,
    fingerprint,
)
from tests.models.embedded import sound

EXCERPT_S = 5.0


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    return sound(SAMPLE_RATE_HZ, 1)[0]


@pytest.fixture(scope="module")
def known(talk: np.ndarray) -> np.ndarray:
    return fingerprint([talk])


def excerpt(samples: np.ndarray, start_s: float = 4.0) -> np.ndarray:
    first = round(start_s * SAMPLE_RATE_HZ)
    return samples[first : first + round(EXCERPT_S * SAMPLE_RATE_HZ)]


def noise(seed: int, length: int, level: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, length).astype(np.float32)


def test_an_excerpt_of_five_seconds_is_found_in_its_place(talk: np.ndarray, known: np.ndarray) -> None:
    match = find(fingerprint([excerpt(talk)]), known)
    assert match is not None
    assert match.start_s == pytest.approx(4.0, abs=0.05)
    assert match.bit_error_rate < 0.05
    assert match.found_s == match.searched_s


def test_it_is_found_beneath_noise_and_at_another_loudness(talk: np.ndarray, known: np.ndarray) -> None:
    part = excerpt(talk)
    level = float(np.sqrt(np.mean(part**2)))
    spoilt = 0.1 * (part + noise(1, len(part), 0.3 * level))
    match = find(fingerprint([spoilt.astype(np.float32)]), known)
    assert match is not None
    assert match.bit_error_rate < LARGEST_ERROR


@pytest.mark.parametrize("speed", [0.9, 1.1])
def test_played_faster_and_higher_it_is_found_by_who_knows_how_much(
    talk: np.ndarray, known: np.ndarray, speed: float
) -> None:
    import soxr

    played = soxr.resample(excerpt(talk), SAMPLE_RATE_HZ, SAMPLE_RATE_HZ / speed).astype(np.float32)
    assert find(fingerprint([played]), known) is None
    assert find(fingerprint([played], tempo=speed * 1.01, pitch=speed * 1.01), known) is not None


def test_other_sound_is_not_found(talk: np.ndarray, known: np.ndarray) -> None:
    assert find(fingerprint([noise(2, 10 * SAMPLE_RATE_HZ, 0.1)]), known) is None
    backwards = fingerprint([np.ascontiguousarray(talk[::-1])])
    assert find(backwards, known) is None


def test_silence_is_found_nowhere(known: np.ndarray) -> None:
    silent = fingerprint([np.zeros(10 * SAMPLE_RATE_HZ, np.float32)])
    assert not silent.any()
    assert find(silent, known) is None
    assert find(silent, silent) is None


@settings(max_examples=20, deadline=None)
@given(lengths=st.lists(st.integers(0, 20_000), max_size=8), tempo=st.sampled_from([0.9, 1.0, 1.04]))
def test_how_the_sound_is_cut_into_blocks_makes_no_difference(lengths: list[int], tempo: float) -> None:
    samples = noise(3, sum(lengths), 0.1)
    whole = fingerprint([samples], tempo=tempo)
    parts = np.split(samples, np.cumsum(lengths)[:-1]) if lengths else []
    assert np.array_equal(fingerprint(parts, tempo=tempo), whole)
    if len(samples) >= FRAME:
        assert len(whole) == pytest.approx(1 + (len(samples) - FRAME) * tempo / HOP, abs=1)


def test_no_more_is_looked_for_than_tells(known: np.ndarray) -> None:
    long = np.tile(known, 20)
    match = find(long, known)
    assert match is not None
    assert match.searched_s == pytest.approx(MOST_BLOCKS * BLOCK_WORDS * HOP / SAMPLE_RATE_HZ, abs=0.02)
