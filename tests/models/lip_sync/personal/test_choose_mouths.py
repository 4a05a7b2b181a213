"""The cheapest path through a speaker's mouths."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.lip_sync.personal.choose_mouths import Mouths, Wanted, cheapest_path, own_costs, step_costs


def mouths(shapes: list[float], *, follows: list[bool] | None = None) -> Mouths:
    count = len(shapes)
    first = np.array(shapes)[:, None]
    return Mouths(
        shapes=first,
        sounds=np.zeros((count, 2)),
        turns_deg=np.zeros((count, 3)),
        sizes=np.zeros(count),
        looks=first,
        openings=np.maximum(first[:, 0], 0.0),
        follows=np.array(follows if follows is not None else [number > 0 for number in range(count)]),
    )


def wanted(shapes: list[float], closed: float = 0.0) -> Wanted:
    count = len(shapes)
    return Wanted(
        shapes=np.array(shapes)[:, None],
        sounds=np.zeros((count, 2)),
        turns_deg=np.zeros((count, 3)),
        sizes=np.zeros(count),
        closed=np.full(count, closed),
        sound_counts=np.zeros(count),
    )


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 1000))
def test_no_path_is_cheaper_than_the_one_that_is_taken(frames: int, choices: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    own, steps = random.uniform(0, 3, (frames, choices)), random.uniform(0, 3, (choices, choices))

    def cost(path: tuple[int, ...]) -> float:
        on_the_way = sum(steps[one, other] for one, other in itertools.pairwise(path))
        return float(own[np.arange(frames), list(path)].sum() + on_the_way)

    cheapest = min(cost(path) for path in itertools.product(range(choices), repeat=frames))
    np.testing.assert_allclose(cost(tuple(cheapest_path(own, steps).tolist())), cheapest)


def test_footage_that_says_what_is_wanted_is_played_on_as_it_was_filmed() -> None:
    filmed = [0.0, 1.0, 0.2, 0.9, 0.1, 1.0]
    library = mouths(filmed)
    steps = step_costs(library, 1.0)
    assert all(steps[number, number + 1] == 0.0 for number in range(5))
    path = cheapest_path(own_costs(wanted(filmed[1:5]), library), steps)
    assert path.tolist() == [1, 2, 3, 4]


def test_across_a_break_of_the_footage_going_on_is_a_jump() -> None:
    library = mouths([0.5, 0.5, 0.5], follows=[False, True, False])
    steps = step_costs(library, 1.0)
    assert steps[0, 1] == 0.0
    assert steps[1, 2] > 1.0


def test_a_mouth_that_must_be_closed_is_chosen_closed() -> None:
    library = mouths([0.6, 0.0])
    assert own_costs(wanted([0.4]), library).argmin() == 0
    assert own_costs(wanted([0.4], closed=1.0), library).argmin() == 1


def test_a_head_that_is_turned_alike_is_chosen_but_small_turns_do_not_count() -> None:
    library = mouths([0.0, 0.0])
    library.turns_deg[:] = [[20.0, 0.0, 0.0], [3.0, 0.0, 0.0]]
    costs = own_costs(wanted([0.0]), library)
    assert costs[0, 1] == 0.0
    assert costs[0, 0] > 1.0
