from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.quality.picture_motion import LEAST_MOTION, frozen_share, motion

Pictures = list[np.ndarray]


def wall(noise: float = 0.0, seed: int = 1) -> Pictures:
    """Five pictures of nothing, with what a sensor adds."""
    random = np.random.default_rng(seed)
    return [(100 + random.normal(0, noise, (54, 96))).astype(np.float32) for _ in range(5)]


def talk(strength: float = 40.0, seed: int = 1) -> Pictures:
    """A bright patch of a fiftieth of the picture that moves by its own width."""
    pictures = wall(0.3, seed)
    for number, picture in enumerate(pictures):
        picture[20:30, 10 + 10 * number : 20 + 10 * number] += strength
    return pictures


def test_a_small_thing_that_moves_is_motion_and_noise_is_not() -> None:
    assert motion(wall()) == 0.0
    assert motion(wall(0.3)) < LEAST_MOTION < motion(talk())


def test_a_picture_that_moves_as_its_original_does_is_not_frozen() -> None:
    assert frozen_share([(talk(), talk(seed=2))] * 3) == 0.0


def test_a_picture_that_stands_still_is_found_by_its_share_of_the_moments() -> None:
    assert frozen_share([(talk(), wall(0.3, 2))]) == 1.0
    assert frozen_share([(talk(), talk(seed=2)), (talk(), wall(0.3, 2))]) == 0.5


@pytest.mark.parametrize("finished", [wall(0.3, 2), talk(seed=2)])
def test_of_an_original_that_does_not_move_nothing_is_said(finished: Pictures) -> None:
    assert frozen_share([(wall(0.3), finished)]) is None


def test_a_moment_beyond_the_end_is_passed_over() -> None:
    assert frozen_share([(talk(), talk()[:1]), (talk(), [])]) is None
