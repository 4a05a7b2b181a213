from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.seamless.batches import batches_by_length


def test_lines_of_like_length_go_together() -> None:
    assert batches_by_length([3, 10, 4, 9], 20) == [[1, 3], [2, 0]]


def test_no_lines_make_no_batch() -> None:
    assert batches_by_length([], 20) == []


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 120))
def test_every_line_is_in_one_batch_and_no_batch_of_several_is_over_its_budget(
    lengths: list[int], budget: int
) -> None:
    batches = batches_by_length(lengths, budget)
    assert sorted(line for batch in batches for line in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[line] for line in batch) <= budget
