from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.ratings.design import Cell, _williams_square, plan_blocks, plan_pairs, spread_in


def grid(contents: int, systems: int) -> list[Cell]:
    return [Cell(f"c{content}", f"s{system}") for content in range(contents) for system in range(systems)]


DESIGNS = st.tuples(
    st.integers(2, 8), st.integers(1, 4), st.integers(1, 14), st.integers(1, 20), st.integers(0, 5)
)


@given(DESIGNS)
@settings(max_examples=40, deadline=None)
def test_after_any_number_of_raters_every_clip_was_given_equally_often(
    design: tuple[int, int, int, int, int],
) -> None:
    contents, systems, raters, per_rater, seed = design
    cells = grid(contents, systems)
    blocks = plan_blocks(cells, raters, per_rater, seed)
    assert len(blocks) == raters
    for so_many in range(1, raters + 1):
        given_out = Counter(cell for block in blocks[:so_many] for cell in block)
        counts = [given_out[cell] for cell in cells]
        assert max(counts) - min(counts) <= 1


@given(DESIGNS)
@settings(max_examples=40, deadline=None)
def test_nobody_gets_a_clip_twice(design: tuple[int, int, int, int, int]) -> None:
    contents, systems, raters, per_rater, seed = design
    for block in plan_blocks(grid(contents, systems), raters, per_rater, seed):
        assert len(set(block)) == len(block) == min(per_rater, contents * systems)


@given(DESIGNS)
@settings(max_examples=40, deadline=None)
def test_every_rater_meets_every_system_equally_often(design: tuple[int, int, int, int, int]) -> None:
    contents, systems, raters, per_rater, seed = design
    for block in plan_blocks(grid(contents, systems), raters, per_rater, seed):
        counts = Counter(cell.system for cell in block)
        assert max(counts.values()) - min(counts[f"s{system}"] for system in range(systems)) <= 2
    if per_rater % systems == 0 and per_rater <= contents * systems:
        first = plan_blocks(grid(contents, systems), raters, per_rater, seed)[0]
        assert set(Counter(cell.system for cell in first).values()) == {per_rater // systems}


def test_systems_stand_equally_often_in_each_place() -> None:
    blocks = plan_blocks(grid(12, 4), raters=12, per_rater=12, seed=1)
    for place in range(4):
        counts = Counter(block[place].system for block in blocks)
        assert set(counts.values()) == {3}


def test_a_content_does_not_follow_itself_where_others_can_stand_between() -> None:
    blocks = plan_blocks(grid(6, 3), raters=12, per_rater=9, seed=2)
    again = [a.content == b.content for block in blocks for a, b in pairwise(block)]
    assert sum(again) == 0


def test_pairs_of_clips_meet_about_equally_often() -> None:
    # 12 clips, 16 blocks of 6: a pair meets 16 * 15 / 66 = 3.6 times on average.
    blocks = plan_blocks(grid(6, 2), raters=16, per_rater=6, seed=3)
    met = Counter(frozenset(pair) for block in blocks for pair in combinations(block, 2))
    pairs = list(combinations(grid(6, 2), 2))
    squares = sum((met[frozenset(pair)] - 16 * 15 / 66) ** 2 for pair in pairs) / len(pairs)
    assert squares < 16 * 15 / 66  # a design by chance alone has a variance of about its mean


@pytest.mark.parametrize("size", [2, 4, 6])
def test_in_a_williams_square_everything_follows_everything_else_once(size: int) -> None:
    rows = _williams_square(size)
    following = Counter(pair for row in rows for pair in pairwise(row))
    assert set(following.values()) == {1}
    assert len(following) == size * (size - 1)


@given(st.integers(1, 8), st.integers(2, 4), st.integers(1, 12), st.integers(1, 12), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_both_orders_of_a_comparison_come_equally_often(
    contents: int, systems: int, raters: int, per_rater: int, seed: int
) -> None:
    names = [f"s{number}" for number in range(systems)]
    planned = plan_pairs([f"c{n}" for n in range(contents)], names, raters, per_rater, seed)
    orders = Counter(pair for block in planned for pair in block)
    for pair in list(orders):
        turned = type(pair)(pair.content, pair.second, pair.first)
        assert abs(orders[pair] - orders[turned]) <= 1


def test_the_same_seed_plans_the_same_and_another_seed_another_way() -> None:
    assert plan_blocks(grid(5, 2), 4, 6, 7) == plan_blocks(grid(5, 2), 4, 6, 7)
    assert plan_blocks(grid(5, 2), 4, 6, 7) != plan_blocks(grid(5, 2), 4, 6, 8)


@given(st.integers(1, 40), st.integers(0, 5), st.integers(0, 9))
@settings(deadline=None)
def test_extra_items_stand_apart_and_never_first(length: int, extras: int, seed: int) -> None:
    places = spread_in(length, extras, seed)
    assert len(places) == extras
    assert all(1 <= place <= length for place in places)


def test_a_clip_that_is_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="each of them once"):
        plan_blocks([Cell("c", "s"), Cell("c", "s")], 1, 1, 0)
