"""Each rater's whole session: the shared calibration clips first, then their block with checks among it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline_ops.ratings.design import Cell, plan_blocks, plan_pairs, spread_in
from pipeline_ops.ratings.dimensions import Role


@dataclass(frozen=True, slots=True)
class ClipKey:
    """Names a clip of a campaign."""

    role: Role
    content: str
    system: str


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One page: a clip to be scored, or two to be compared in this order."""

    first: ClipKey
    second: ClipKey | None = None


@dataclass(frozen=True, slots=True)
class SessionWishes:
    """How sessions are made.

    Attributes:
        raters: How many.
        clips_per_rater: Tasks of each, without calibration and checks.
        references_per_rater: Hidden originals among them.
        attention_per_rater: Attention items among them.
        seed: The same seed plans the same.
    """

    raters: int
    clips_per_rater: int
    references_per_rater: int
    attention_per_rater: int
    seed: int


def plan_scores(clips: Sequence[ClipKey], wishes: SessionWishes) -> tuple[tuple[PlannedTask, ...], ...]:
    """Return every rater's tasks in a campaign of scores.

    Raises:
        ValueError: there is no clip of the role `test`.
    """
    cells = [Cell(clip.content, clip.system) for clip in clips if clip.role == "test"]
    blocks = plan_blocks(cells, wishes.raters, wishes.clips_per_rater, wishes.seed)
    sessions = []
    for number, block in enumerate(blocks):
        generator = random.Random(f"{wishes.seed} {number}")  # noqa: S311  a design, no secret
        tasks = [PlannedTask(ClipKey("test", cell.content, cell.system)) for cell in block]
        checks = [
            PlannedTask(clip)
            for role, wanted in (
                ("reference", wishes.references_per_rater),
                ("attention", wishes.attention_per_rater),
            )
            for clip in _in_turns([clip for clip in clips if clip.role == role], wanted, number)
        ]
        calibration = [PlannedTask(clip) for clip in clips if clip.role == "calibration"]
        generator.shuffle(calibration)
        sessions.append((*calibration, *_with_checks(tasks, checks, generator)))
    return tuple(sessions)


def plan_preferences(clips: Sequence[ClipKey], wishes: SessionWishes) -> tuple[tuple[PlannedTask, ...], ...]:
    """Return every rater's tasks in a campaign of preferences; each content needs a clip of every system.

    An attention item stands on both sides.

    Raises:
        ValueError: fewer than two systems, or a system lacks a content.
    """
    tests = [clip for clip in clips if clip.role == "test"]
    contents, systems = sorted({clip.content for clip in tests}), sorted({clip.system for clip in tests})
    if len(systems) < 2 or len(tests) != len(contents) * len(systems):  # noqa: PLR2004
        message = "A campaign of preferences needs at least two systems, each with a clip of every content."
        raise ValueError(message)
    blocks = plan_pairs(contents, systems, wishes.raters, wishes.clips_per_rater, wishes.seed)
    attention = [clip for clip in clips if clip.role == "attention"]
    sessions = []
    for number, block in enumerate(blocks):
        generator = random.Random(f"{wishes.seed} {number}")  # noqa: S311
        tasks = [
            PlannedTask(ClipKey("test", pair.content, pair.first), ClipKey("test", pair.content, pair.second))
            for pair in block
        ]
        checks = [
            PlannedTask(clip, clip) for clip in _in_turns(attention, wishes.attention_per_rater, number)
        ]
        sessions.append(tuple(_with_checks(tasks, checks, generator)))
    return tuple(sessions)


def _in_turns(clips: Sequence[ClipKey], wanted: int, rater: int) -> list[ClipKey]:
    """Return as many clips as are wanted, other ones for the next rater; none twice."""
    count = min(wanted, len(clips))
    return [clips[(rater * count + turn) % len(clips)] for turn in range(count)]


def _with_checks(
    tasks: list[PlannedTask], checks: list[PlannedTask], generator: random.Random
) -> list[PlannedTask]:
    """Put checks between tasks, in an order that is not to be guessed."""
    generator.shuffle(checks)
    places = spread_in(len(tasks), len(checks), generator.randrange(2**32))
    result = list(tasks)
    for place, check in reversed(list(zip(places, checks, strict=True))):
        result.insert(place, check)
    return result
