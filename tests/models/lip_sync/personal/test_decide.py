"""What is decided for every frame."""

from __future__ import annotations

import numpy as np

from models.lip_sync.personal.decide import CROSS_FRAMES, crossings, resting_lips
from models.lip_sync.personal.silence import RATE_HZ, is_silent


def spoken_then_silent() -> np.ndarray:
    sound = 0.1 * np.random.default_rng(0).normal(size=3 * RATE_HZ)
    sound[RATE_HZ : 2 * RATE_HZ] *= 0.001
    return sound.astype(np.float32)


def test_what_is_far_below_the_loud_parts_is_silence_and_so_is_what_lies_beyond_the_ends() -> None:
    times_s = np.array([0.5, 1.5, 2.5, 9.0])
    assert is_silent(spoken_then_silent(), times_s).tolist() == [False, True, False, True]
    assert is_silent(1e-4 * spoken_then_silent(), times_s).tolist() == [False, True, False, True]
    assert is_silent(np.zeros(RATE_HZ, np.float32), times_s).all()


def test_lips_rest_in_a_pause_and_are_on_their_way_at_its_edges() -> None:
    times_s = (np.arange(75) + 0.5) / 25.0
    resting = resting_lips(spoken_then_silent(), times_s)
    assert (resting[30:45] == 1.0).all()
    assert 0.0 < resting[25] < resting[28]
    assert (resting[:24] == 0.0).all()


def test_footage_played_on_needs_no_crossing() -> None:
    others, shares = crossings(np.array([3, 4, 6, 6, 7]), np.arange(10) > 0)
    assert (others == -1).all()
    assert (shares == 0.0).all()


def test_around_a_jump_tones_cross_from_one_mouth_to_the_other() -> None:
    path = np.array([0, 1, 2, 3, 20, 21, 22, 23])
    others, shares = crossings(path, np.arange(30) > 0)
    assert others.tolist() == [-1, -1, 18, 19, 4, 5, -1, -1]
    np.testing.assert_allclose(shares[2:6], [0.125, 0.375, 0.375, 0.125])
    assert np.count_nonzero(shares) == 2 * CROSS_FRAMES


def test_a_crossing_goes_no_further_than_the_footage() -> None:
    follows = np.array([False, True, False, True])
    others, _ = crossings(np.array([0, 1, 2, 3]), follows)
    assert others.tolist() == [2, 2, 1, 1]
