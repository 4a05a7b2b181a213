"""Who rates what, and in which order: blocks of clips for raters, planned before anybody comes.

Clips form a grid of contents and systems. They are dealt out replicate by replicate, as in a resolvable
incomplete block design (Patterson and Williams 1976): a replicate is all clips once, cut into raters' blocks.
Within it each round holds every system once, on different contents (a Latin square that is turned from round
to round). So after any number of raters

- every clip was given out equally often, give or take one;
- every rater meets every system equally often, give or take one, and no clip twice;
- a rater's order of systems follows a Williams square (Williams 1949), which differs from rater to rater, so
  every system stands equally often in each place and after each other one, as far as numbers allow;
- one content does not follow itself, where another can stand between.

Of several ways to turn the squares the one is taken in which the fewest pairs of clips meet again.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

TRIES = 30
"""Turns of a replicate that are compared for how often its blocks pair clips which have met before."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One clip of the grid: a content as one system made it, or for preferences, as two of them did."""

    content: str
    system: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clips of one content, in the order in which they are played."""

    content: str
    first: str
    second: str


def plan_blocks(
    cells: Sequence[Cell], raters: int, per_rater: int, seed: int
) -> tuple[tuple[Cell, ...], ...]:
    """Return each rater's clips in their order.

    Args:
        cells: The grid; gaps are fine.
        raters: How many blocks.
        per_rater: Clips in a block; all of them where that is more than there are.
        seed: The same seed plans the same.

    Raises:
        ValueError: there is no clip, or one stands there twice.
    """
    if not cells or len(set(cells)) != len(cells):
        message = "A design needs clips, each of them once."
        raise ValueError(message)
    generator = random.Random(seed)  # noqa: S311  a design, no secret
    size = min(per_rater, len(cells))
    met: Counter[frozenset[Cell]] = Counter()
    blocks: list[list[Cell]] = []
    rest: list[Cell] = []
    while len(blocks) < raters:
        stream = rest + _replicate(cells, rest, size, met, generator)
        whole = len(stream) // size
        for number in range(whole):
            block = stream[number * size : (number + 1) * size]
            met.update(frozenset(pair) for pair in combinations(block, 2))
            blocks.append(block)
        rest = stream[whole * size :]
    systems = sorted({cell.system for cell in cells})
    return tuple(_ordered(block, systems, number, generator) for number, block in enumerate(blocks[:raters]))


def plan_pairs(
    contents: Sequence[str], systems: Sequence[str], raters: int, per_rater: int, seed: int
) -> tuple[tuple[Pair, ...], ...]:
    """Return each rater's comparisons in their order.

    All pairs of systems are compared on all contents. Which one is played first is balanced twice over: each
    comparison has both orders equally often, give or take one, and within a rater each system comes first
    about as often as second.
    """
    cells = [
        Cell(content, f"{one}\n{other}")
        for content in contents
        for one, other in combinations(sorted(systems), 2)
    ]
    generator = random.Random(seed + 1)  # noqa: S311
    owed: dict[Cell, bool] = {}
    planned = []
    for block in plan_blocks(cells, raters, per_rater, seed):
        lead: Counter[str] = Counter()
        pairs = []
        for cell in block:
            one, other = cell.system.split("\n")
            if cell in owed:  # the other order than the last time
                one_first = owed.pop(cell)
            else:
                leads = lead[one] - lead[other]
                one_first = leads < 0 or (leads == 0 and generator.random() < 0.5)  # noqa: PLR2004
                owed[cell] = not one_first
            first, second = (one, other) if one_first else (other, one)
            lead.update({first: 1, second: -1})
            pairs.append(Pair(cell.content, first, second))
        planned.append(tuple(pairs))
    return tuple(planned)


def spread_in(block_length: int, extras: int, seed: int) -> tuple[int, ...]:
    """Return before which places of a block extra items stand: evenly apart, never first, hard to guess."""
    generator = random.Random(seed)  # noqa: S311
    gap = block_length / (extras + 1) if extras else 0.0
    places = []
    for number in range(1, extras + 1):
        shift = generator.uniform(-gap / 3, gap / 3)
        places.append(min(max(round(number * gap + shift), 1), block_length))
    return tuple(sorted(places))


def _replicate(
    cells: Sequence[Cell],
    begun: Sequence[Cell],
    size: int,
    met: Counter[frozenset[Cell]],
    generator: random.Random,
) -> list[Cell]:
    """Return all clips once, in the order that lets the fewest pairs meet again."""
    candidates = [_without_repeats(_rounds(cells, generator), begun, size) for _ in range(TRIES)]

    def meetings(order: list[Cell]) -> int:
        stream = [*begun, *order]
        blocks = [stream[start : start + size] for start in range(0, len(stream), size)]
        return sum(met[frozenset(pair)] ** 2 for block in blocks for pair in combinations(block, 2))

    return min(candidates, key=meetings)


def _rounds(cells: Sequence[Cell], generator: random.Random) -> list[Cell]:
    """Return all clips so that each round has every system once, on different contents."""
    contents = sorted({cell.content for cell in cells})
    systems = sorted({cell.system for cell in cells})
    generator.shuffle(contents)
    generator.shuffle(systems)
    known = set(cells)
    order = []
    for turn in range(len(contents)):
        row = [Cell(contents[(turn + place) % len(contents)], system) for place, system in enumerate(systems)]
        generator.shuffle(row)
        order += [cell for cell in row if cell in known]
    return order


def _without_repeats(order: list[Cell], begun: Sequence[Cell], size: int) -> list[Cell]:
    """Let clips that the begun block holds already wait: each changes places with a later one."""
    missing = size - len(begun) if begun else 0
    result = list(order)
    for place in range(min(missing, len(result))):
        if result[place] not in begun:
            continue
        later = [other for other in range(missing, len(result)) if result[other] not in begun]
        same = [other for other in later if result[other].system == result[place].system]
        other = (same or later)[0]
        result[place], result[other] = result[other], result[place]
    return result


def _ordered(
    block: Sequence[Cell], systems: Sequence[str], rater: int, generator: random.Random
) -> tuple[Cell, ...]:
    """Put a rater's clips into an order of systems from the Williams square."""
    waiting: dict[str, list[Cell]] = defaultdict(list)
    for cell in block:
        waiting[cell.system].append(cell)
    for cells in waiting.values():
        generator.shuffle(cells)
    square = _williams_square(len(systems))
    row = square[rater % len(square)]
    order: list[Cell] = []
    while len(order) < len(block):
        wanted = systems[row[len(order) % len(row)]]
        choice = wanted if waiting[wanted] else max(waiting, key=lambda name: len(waiting[name]))
        last = order[-1].content if order else None
        fresh = [cell for cell in waiting[choice] if cell.content != last]
        if not fresh:  # another system's clip rather than the same content again
            fresh = [cell for cells in waiting.values() for cell in cells if cell.content != last]
        cell = fresh[0] if fresh else waiting[choice][0]
        waiting[cell.system].remove(cell)
        order.append(cell)
    _part_neighbours(order)
    return tuple(order)


def _part_neighbours(order: list[Cell]) -> None:
    """Where a content follows itself, exchange one of the two for a clip of the same system elsewhere."""

    def clashes(place: int) -> int:
        return sum(
            order[left].content == order[left + 1].content
            for left in (place - 1, place)
            if 0 <= left < len(order) - 1
        )

    for place in range(1, len(order)):
        if order[place].content != order[place - 1].content:
            continue
        for other in range(len(order)):
            if order[other].system != order[place].system or other == place:
                continue
            before = clashes(place) + clashes(other)
            order[place], order[other] = order[other], order[place]
            if clashes(place) + clashes(other) < before:
                break
            order[place], order[other] = order[other], order[place]


def _williams_square(size: int) -> list[list[int]]:
    """Return rows in which every treatment follows every other equally often (Williams 1949)."""
    zigzag = [0]
    for step in range(1, size):
        zigzag.append((zigzag[-1] + (step if step % 2 else -step)) % size)
    rows = [[(start + offset) % size for offset in zigzag] for start in range(size)]
    return rows if size % 2 == 0 else rows + [row[::-1] for row in rows]
