"""One smooth movement from chosen mouths and predicted shapes."""

from __future__ import annotations

import numpy as np

from models.lip_sync.personal.trajectory import footage_speeds, move_smoothly


def test_footage_that_moves_as_predicted_is_left_as_it_was() -> None:
    shapes = np.random.default_rng(0).normal(size=(20, 3))
    moved = move_smoothly(shapes, np.diff(shapes, axis=0), shapes)
    np.testing.assert_allclose(moved, shapes, atol=1e-9)


def test_a_jump_between_two_mouths_is_spread_over_its_neighbours() -> None:
    chosen = np.repeat([[0.0], [1.0]], 10, axis=0)
    moved = move_smoothly(chosen, np.zeros((19, 1)), chosen)
    assert 0.0 < moved[9, 0] < 0.5 < moved[10, 0] < 1.0
    assert np.abs(np.diff(moved[:, 0])).max() < 0.9
    np.testing.assert_allclose(moved[[0, -1], 0], [0.0, 1.0], atol=1e-3)


def test_what_footage_lacks_is_made_up_for_by_the_prediction() -> None:
    chosen, predicted = np.zeros((9, 1)), np.ones((9, 1))
    moved = move_smoothly(chosen, np.zeros((8, 1)), predicted)
    assert (moved > 0.8).all()


def test_speeds_are_those_of_the_footage_and_at_a_jump_their_mean() -> None:
    shapes = np.array([[0.0], [1.0], [3.0], [10.0], [14.0]])
    follows = np.array([False, True, True, False, True])
    speeds = footage_speeds(shapes, follows, np.array([0, 1, 2, 3, 4, 1]))
    # 2 to 3 is no footage: mouth 2 goes nowhere, mouth 3 comes from nowhere. 4 to 1: half of 0 and 1.
    np.testing.assert_allclose(speeds[:, 0], [1.0, 2.0, 0.0, 4.0, 0.5])
