"""What makes up for the music that a voice took with it."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.media.bed_filling import HOP_FRAMES, filling, noise_between

RATE_HZ = 48_000
LENGTH = 6 * RATE_HZ
SPOKEN = slice(2 * RATE_HZ, 3 * RATE_HZ)


def music(level: float = 0.05, seed: int = 1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(LENGTH)).astype(np.float32)


def voice() -> np.ndarray:
    """Syllables of a hum of 150 Hz with overtones, four a second."""
    times_s = np.arange(LENGTH) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 150 * number * times_s) for number in range(1, 20))
    sound = np.zeros(LENGTH)
    sound[SPOKEN] = (0.05 * hum * np.maximum(np.sin(2 * np.pi * 2 * times_s), 0.0) ** 2)[SPOKEN]
    return sound.astype(np.float32)


def emptied(sound: np.ndarray) -> np.ndarray:
    bed = sound.copy()
    bed[SPOKEN] = 0.0
    return bed


def test_a_hole_in_music_is_filled_to_the_level_around_it() -> None:
    whole = music() + voice()
    bed = np.where(np.arange(LENGTH) // RATE_HZ == 2, np.float32(0.0), whole)
    filled = filling(whole, bed, RATE_HZ, 0)
    inside = filled[round(2.2 * RATE_HZ) : round(2.8 * RATE_HZ)]
    assert 20 * np.log10(inside.std() / 0.05) == pytest.approx(0.0, abs=1.5)
    assert np.abs(filled[: round(1.8 * RATE_HZ)]).max() < 1e-3


def test_what_is_filled_in_says_nothing_of_the_voice() -> None:
    whole = music() + voice()
    filled = filling(whole, emptied(whole), RATE_HZ, 0)[SPOKEN]
    spoken = voice()[SPOKEN]
    alike = np.dot(filled, spoken) / np.sqrt(np.dot(filled, filled) * np.dot(spoken, spoken))
    assert abs(alike) < 0.02


def test_music_that_has_ended_does_not_go_on_under_the_voice() -> None:
    whole = voice()
    whole[: 2 * RATE_HZ] += music()[: 2 * RATE_HZ]
    filled = filling(whole, emptied(whole), RATE_HZ, 0)
    late = filled[round(2.5 * RATE_HZ) : round(2.9 * RATE_HZ)]
    assert late.std() < 0.05 * 10 ** (-15 / 20)


def test_a_voice_in_a_silent_room_leaves_silence() -> None:
    assert np.abs(filling(voice(), emptied(voice()), RATE_HZ, 0)).max() < 1e-5


def test_a_bed_without_holes_gets_nothing() -> None:
    assert np.abs(filling(music(), music(), RATE_HZ, 0)).max() < 1e-4


def test_the_same_place_gets_the_same_noise() -> None:
    whole = noise_between(0, 150_000)
    assert np.array_equal(noise_between(47_000, 97_000), whole[47_000:97_000])


def test_pieces_that_overlap_are_filled_nearly_alike() -> None:
    whole = music() + voice()
    later = 40 * HOP_FRAMES
    parts = [filling(whole[first:], emptied(whole)[first:], RATE_HZ, first) for first in (0, later)]
    one, other = parts[0][SPOKEN], parts[1][SPOKEN.start - later : SPOKEN.stop - later]
    assert np.std(one - other) < 0.1 * np.std(one)
