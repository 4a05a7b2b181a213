"""Which lines go through a network together: those of like length, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Sequence


def batches_by_length(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Return the lines' numbers in batches, the longest lines first.

    Args:
        lengths: Each line's length, in whatever its network counts.
        budget: The most that a batch may hold, padding counted: its lines times the longest of them. A line
            that is longer is a batch by itself.
    """
    batches: list[list[int]] = []
    for number in sorted(range(len(lengths)), key=lambda each: (-lengths[each], each)):
        # The first of a batch is its longest: all others are padded to it.
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(number)
        else:
            batches.append([number])
    return batches
