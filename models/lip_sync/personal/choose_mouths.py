"""Which real mouth is shown in each frame: the cheapest path through a speaker's own footage.

Unit selection: Hunt and Black, 1996, for speech; Bregler et al. ("Video Rewrite", 1997) for mouths. A frame's
own cost says how badly a mouth fits; the cost of a step says how much it would show to go from one mouth to
the next. Footage played on as it was filmed costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.lip_sync.personal.distances import distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPE_COST = 3.0
SOUND_COST = 0.3
POSE_COST = 0.8
CLOSED_COST = 3.0

POSE_FREE_DEG = 4.0
"""Head turns that differ by less than this are drawn right by the warp."""

POSE_UNIT_DEG = 10.0
"""Beyond about this much, what one side of a face shows is missing on the other picture."""

SIZE_UNIT = 0.25
"""Natural log of size: a face seen a quarter larger is visibly sharper or softer."""

JUMP_COST = 2.0
SHAPE_STEP_COST = 1.2
LOOK_STEP_COST = 1.2
HOLD_COST = 0.35
"""Of showing a mouth for one frame longer or shorter than it was filmed."""


@dataclass(frozen=True, slots=True)
class Mouths:
    """What is known of the real mouths to choose from, in the order they were filmed.

    Attributes:
        shapes: Shape (mouths, components), in units of the first component's deviation.
        sounds: Shape (mouths, features), what was heard with each, normalised.
        turns_deg: Shape (mouths, 3), the head's yaw, pitch and roll.
        sizes: Shape (mouths,), natural log of the face's size in pixels.
        looks: Shape (mouths, values), a small picture of the mouth; distances of about 1 are usual.
        openings: Shape (mouths,), how far the lips are apart beyond closed, in deviations, 0 at least.
        follows: Shape (mouths,), bool: filmed right after the one before it.
    """

    shapes: NDArray[np.float64]
    sounds: NDArray[np.float64]
    turns_deg: NDArray[np.float64]
    sizes: NDArray[np.float64]
    looks: NDArray[np.float64]
    openings: NDArray[np.float64]
    follows: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What each frame asks for; the fields are those of `Mouths`.

    Attributes:
        closed: Shape (frames,), 0 to 1: how much the lips must be closed.
        sound_counts: Shape (frames,), 0 to 1: how much what is heard matters.
    """

    shapes: NDArray[np.float64]
    sounds: NDArray[np.float64]
    turns_deg: NDArray[np.float64]
    sizes: NDArray[np.float64]
    closed: NDArray[np.float64]
    sound_counts: NDArray[np.float64]


def own_costs(wanted: Wanted, mouths: Mouths) -> NDArray[np.float64]:
    """Return how badly each mouth fits each frame, shape (frames, mouths)."""
    shape = distances(wanted.shapes, mouths.shapes)
    sound = distances(wanted.sounds, mouths.sounds) / np.sqrt(wanted.sounds.shape[1])
    turned = distances(wanted.turns_deg, mouths.turns_deg)
    pose = np.maximum(turned - POSE_FREE_DEG, 0.0) / POSE_UNIT_DEG
    size = np.abs(wanted.sizes[:, None] - mouths.sizes[None, :]) / SIZE_UNIT
    costs: NDArray[np.float64] = (
        SHAPE_COST * shape
        + SOUND_COST * wanted.sound_counts[:, None] * sound
        + POSE_COST * (pose + size)
        + CLOSED_COST * wanted.closed[:, None] * mouths.openings[None, :]
    )
    return costs


def step_costs(mouths: Mouths, advance: float) -> NDArray[np.float64]:
    """Return what it costs to go from each mouth to each other within one frame, shape (mouths, mouths).

    Args:
        mouths: In the order they were filmed.
        advance: Frames of their footage that pass in one frame of the video, about 1.
    """
    count = len(mouths.shapes)
    numbers = np.arange(count)
    # Where playing on would lead; at the end of a stretch the mouth can only stay as it is.
    can_go_on = np.append(mouths.follows[1:], False)
    after = np.where(can_go_on, numbers + 1, numbers)
    steps = (
        JUMP_COST
        + SHAPE_STEP_COST * distances(mouths.shapes[after], mouths.shapes)
        + LOOK_STEP_COST * distances(mouths.looks[after], mouths.looks)
    )
    goes_on_twice = can_go_on & np.append(can_go_on[1:], False)
    for distance, possible in ((0, np.ones(count, bool)), (1, can_go_on), (2, goes_on_twice)):
        start = numbers[possible]
        steps[start, start + distance] = HOLD_COST * abs(distance - advance)
    return steps


def cheapest_path(own: NDArray[np.float64], steps: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the choice for each frame with the least sum of own costs and steps (Viterbi, 1967).

    Args:
        own: Shape (frames, choices).
        steps: Shape (choices, choices), from row to column.
    """
    frames, choices = own.shape
    came_from = np.zeros((frames, choices), np.int32)
    cost = own[0].copy()
    columns = np.ascontiguousarray(steps.T)
    every = np.arange(choices)
    for frame in range(1, frames):
        through = columns + cost[None, :]
        best = through.argmin(axis=1)
        came_from[frame] = best
        cost = through[every, best] + own[frame]
    path = np.zeros(frames, np.intp)
    path[-1] = cost.argmin()
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path
