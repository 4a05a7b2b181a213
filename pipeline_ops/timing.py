"""Places every line of a dub in time: one solution for the whole video, not line by line.

Each line may be said in several takes (wordings, paces), stretched a little, and started a little early
or late. What a listener minds is a cost; that two lines never overlap and that nothing is cut off are
not costs but rules. The cheapest placement of all lines together is found by dynamic programming over
(start, take, speed), with a term that keeps neighbouring lines at similar speeds.

The limits are the field's: 0.85 to 1.2 of natural speed goes unnoticed and 1.3 is the most that peers
accept; human dubbers keep starts and pauses but treat ends loosely (Brannon et al., TACL 2023).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Costs = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TimingRules:
    """The limits of a placement.

    Attributes:
        slowest: Below this a voice drawls; a short line is followed by silence instead.
        unnoticed_fastest: Up to here listeners do not notice.
        fastest: The hard limit; only a line that fits in no other way passes it, and is flagged.
        emergency_fastest: Where speech stops being intelligible; nothing is ever faster.
        spill_s: How far a line may run into the pause that follows it without being flagged.
        gap_s: The least silence between two lines.
        start_tolerance_s: A start this far off is still in sync for a viewer (95th percentile target).
        stretch_cost: Cost of stretching a finished take by a factor e; 0 while takes can still be
            spoken anew at another speed.
    """

    slowest: float = 0.85
    unnoticed_fastest: float = 1.2
    fastest: float = 1.3
    emergency_fastest: float = 2.0
    spill_s: float = 0.25
    gap_s: float = 0.04
    start_tolerance_s: float = 0.125
    stretch_cost: float = 8.0


@dataclass(frozen=True, slots=True)
class TakeOption:
    """One spoken version of a line: how long it is, and how long its wording is at natural speed."""

    take: int
    duration_s: float
    natural_duration_s: float
    penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class LineOptions:
    """A line as the original speaker timed it, with the takes to choose from."""

    index: int
    start_s: float
    end_s: float
    takes: tuple[TakeOption, ...]
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a line of the dub stands, and every decision that put it there.

    Attributes:
        index: The utterance's index.
        take: The chosen take.
        start_s: When it starts.
        end_s: When it ends.
        original_start_s: When the original line starts.
        original_end_s: When the original line ends.
        speed: Pace against the wording's natural duration; above 1 is faster.
        stretch: What is left to the time stretcher: above 1 shortens the take.
        flags: `too_fast`, `too_slow`, `early_start`, `late_start`, `late_end` where a limit is passed.
    """

    index: int
    take: int
    start_s: float
    end_s: float
    original_start_s: float
    original_end_s: float
    speed: float
    stretch: float
    flags: tuple[str, ...] = ()


FINE_SPEEDS = np.round(np.arange(0.85, 1.301, 0.025), 3)
EMERGENCY_SPEEDS = np.array([1.35, 1.4, 1.5, 1.6, 1.8, 2.0])
SPEEDS: Costs = np.concatenate([FINE_SPEEDS, EMERGENCY_SPEEDS])
"""Speeds tried: finer than a listener can tell apart (about 5 %) within the limits, coarse beyond."""

START_OFFSETS: Costs = np.concatenate(
    [
        np.arange(-0.10, 0.1201, 0.02),
        [0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.3, 1.7, 2.2, 3.0, 4.0, 6.0],
    ]
)
"""Start offsets tried, seconds: a viewer's tolerance in 20 ms steps, then ever coarser delays."""

SMOOTHNESS_COST = 1.0
"""Cost of a full step (1.0) in speed between neighbouring lines of one speaker: a jump of 0.2 weighs as much
as running at 1.14."""


def place_lines(
    lines: Sequence[LineOptions], video_end_s: float, rules: TimingRules
) -> tuple[Placement, ...] | None:
    """Return the cheapest placement of all lines, in order, or None where none fits the video.

    Args:
        lines: In order of their original start; each with at least one take.
        video_end_s: No line ends later.
        rules: The limits.
    """
    if not lines:
        return ()
    grids = [_Grid.of(line, video_end_s, rules) for line in lines]
    totals = [grids[0].cost]
    choices: list[NDArray[np.int64]] = []
    for before, grid in itertools.pairwise(grids):
        arrival, choice = _arrive(before, totals[-1], grid, rules)
        totals.append(grid.cost + arrival)
        choices.append(choice)
    if not np.isfinite(totals[-1]).any():
        return None
    picks = [int(np.argmin(totals[-1]))]
    for choice in reversed(choices):
        picks.append(int(choice.reshape(-1)[picks[-1]]))
    return tuple(grid.placement(pick, rules) for grid, pick in zip(grids, reversed(picks), strict=True))


@dataclass(frozen=True)
class _Grid:
    """All ways to place one line: arrays of shape (starts, candidates), a candidate a (take, speed)."""

    line: LineOptions
    starts_s: Costs
    take_positions: NDArray[np.int64]
    speeds: Costs
    durations_s: Costs
    cost: Costs

    @classmethod
    def of(cls, line: LineOptions, video_end_s: float, rules: TimingRules) -> _Grid:
        positions, speeds = _candidates(line, rules)
        takes = [line.takes[position] for position in positions]
        natural_s = np.array([take.natural_duration_s for take in takes])
        durations_s = natural_s / speeds
        stretches = np.array([take.duration_s for take in takes]) / durations_s
        starts_s = np.maximum(line.start_s + START_OFFSETS, 0.0)
        ends_s = starts_s[:, None] + durations_s[None, :]
        cost = (
            _start_cost(starts_s - line.start_s, rules)[:, None]
            + (
                _speed_cost(speeds, rules)
                + rules.stretch_cost * np.abs(np.log(stretches))
                + np.array([take.penalty for take in takes])
            )[None, :]
            + _end_cost(ends_s - line.end_s, rules)
        )
        cost = np.where(ends_s <= video_end_s + 1e-6, cost, np.inf)
        return cls(line, starts_s, positions, speeds, durations_s, cost)

    @property
    def ends_s(self) -> Costs:
        return self.starts_s[:, None] + self.durations_s[None, :]

    def placement(self, pick: int, rules: TimingRules) -> Placement:
        row, column = divmod(pick, len(self.speeds))
        take = self.line.takes[int(self.take_positions[column])]
        start_s, duration_s = float(self.starts_s[row]), float(self.durations_s[column])
        speed = float(self.speeds[column])
        placement = Placement(
            index=self.line.index,
            take=take.take,
            start_s=round(start_s, 6),
            end_s=round(start_s + duration_s, 6),
            original_start_s=self.line.start_s,
            original_end_s=self.line.end_s,
            speed=round(speed, 4),
            stretch=round(take.duration_s / duration_s, 6),
        )
        return Placement(
            **{name: getattr(placement, name) for name in Placement.__slots__ if name != "flags"},
            flags=placement_flags(placement, rules),
        )


def placement_flags(placement: Placement, rules: TimingRules) -> tuple[str, ...]:
    """Name every limit that a placement passes."""
    rounding = 0.005
    offset_s = placement.start_s - placement.original_start_s
    checks = {
        "too_fast": placement.speed > rules.fastest + rounding,
        "too_slow": placement.speed < rules.slowest - rounding,
        "early_start": offset_s < -rules.start_tolerance_s - rounding,
        "late_start": offset_s > rules.start_tolerance_s + rounding,
        "late_end": placement.end_s > placement.original_end_s + rules.spill_s + rounding,
    }
    return tuple(name for name, passed in checks.items() if passed)


def _candidates(line: LineOptions, rules: TimingRules) -> tuple[NDArray[np.int64], Costs]:
    """Every take at every speed of the grid, and at its own, unstretched."""
    grid = SPEEDS[rules.emergency_fastest >= SPEEDS]
    positions: list[int] = []
    speeds: list[float] = []
    for position, take in enumerate(line.takes):
        own = take.natural_duration_s / take.duration_s
        tried = np.unique(np.append(grid, own))
        positions.extend([position] * len(tried))
        speeds.extend(tried.tolist())
    return np.array(positions, dtype=np.int64), np.array(speeds)


def _arrive(
    before: _Grid, totals: Costs, after: _Grid, rules: TimingRules
) -> tuple[Costs, NDArray[np.int64]]:
    """For each way to place `after`, the cheapest way to have placed all before it, and which that was."""
    bins = _speed_bins(before.speeds)
    flat_ends, flat_totals = before.ends_s.ravel(), totals.ravel()
    flat_bins = np.broadcast_to(bins, totals.shape).ravel()
    # reach[b, s]: cheapest predecessor in speed bin b that ends before start s.
    reach = np.full((len(SPEEDS), len(after.starts_s)), math.inf)
    which = np.zeros(reach.shape, dtype=np.int64)
    for speed_bin in np.unique(bins):
        members = np.flatnonzero(flat_bins == speed_bin)
        members = members[np.argsort(flat_ends[members], kind="stable")]
        running, holder = _running_minimum(flat_totals[members])
        last = np.searchsorted(flat_ends[members], after.starts_s - rules.gap_s + 1e-9, side="right") - 1
        reachable = last >= 0
        reach[speed_bin, reachable] = running[last[reachable]]
        which[speed_bin, reachable] = members[holder[last[reachable]]]
    # Nobody hears a jump between two people's paces.
    cost = SMOOTHNESS_COST if before.line.speaker == after.line.speaker else 0.0
    jump = cost * np.abs(SPEEDS[:, None] - after.speeds[None, :])
    # options[b, s, c]: via bin b, to start s with candidate c.
    options = reach[:, :, None] + jump[:, None, :]
    best = np.argmin(options, axis=0)
    arrival = np.take_along_axis(options, best[None], axis=0)[0]
    return arrival, which[best, np.arange(len(after.starts_s))[:, None]]


def _running_minimum(values: Costs) -> tuple[Costs, NDArray[np.int64]]:
    """Return the running minimum and the position that holds it."""
    running = np.minimum.accumulate(values)
    is_new = np.concatenate([[True], values[1:] < running[:-1]])
    return running, np.maximum.accumulate(np.where(is_new, np.arange(len(values)), 0))


def _speed_bins(speeds: Costs) -> NDArray[np.int64]:
    bins: NDArray[np.int64] = np.argmin(np.abs(speeds[:, None] - SPEEDS[None, :]), axis=1)
    return bins


def _speed_cost(speeds: Costs, rules: TimingRules) -> Costs:
    """Nothing at 1; 0.4 at the edge of what goes unnoticed; 2 at the limit; out of proportion beyond."""
    slow = 0.5 * ((1 - speeds) / (1 - rules.slowest)) ** 2
    unnoticed = 0.4 * ((speeds - 1) / (rules.unnoticed_fastest - 1)) ** 2
    noticed = 0.4 + 1.6 * (speeds - rules.unnoticed_fastest) / (rules.fastest - rules.unnoticed_fastest)
    beyond = 20.0 + 60.0 * (speeds - rules.fastest)
    too_slow = 20.0 + 60.0 * (rules.slowest - speeds)
    return np.select(
        [
            speeds < rules.slowest - 1e-6,
            speeds <= 1,
            speeds <= rules.unnoticed_fastest + 1e-6,
            speeds <= rules.fastest + 1e-6,
        ],
        [too_slow, slow, unnoticed, noticed],
        beyond,
    )


def _start_cost(offsets_s: Costs, rules: TimingRules) -> Costs:
    """Half a point at the tolerance, ten points a second beyond it."""
    within = 0.5 * (offsets_s / rules.start_tolerance_s) ** 2
    beyond = 0.5 + 10.0 * (np.abs(offsets_s) - rules.start_tolerance_s)
    return np.where(np.abs(offsets_s) <= rules.start_tolerance_s, within, beyond)


def _end_cost(overrun_s: Costs, rules: TimingRules) -> Costs:
    """A little for ending early, a little for spilling, more for spilling further than goes unsaid.

    A fifth of a second further costs as much as a pace of 1.26 instead of 1.2: listeners mind hurry, and
    human dubbers let ends slip before they speak faster (Brannon et al.).
    """
    early = 0.2 * np.minimum(-overrun_s, 2.0)
    spill = 0.3 * (overrun_s / rules.spill_s) ** 2
    beyond = 0.3 + 5.0 * (overrun_s - rules.spill_s)
    return np.select([overrun_s <= 0, overrun_s <= rules.spill_s + 1e-6], [early, spill], beyond)
