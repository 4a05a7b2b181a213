"""What came of each unit that was exposed to an arm, joined from delivery events.

`Exposure` and `OutcomeEvent` are the seam to the delivery service: what it records of views becomes these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Aggregate = Literal["any", "count", "sum", "last"]


@dataclass(frozen=True, slots=True)
class Exposure:
    """A unit met its arm.

    Attributes:
        unit: Viewer or request.
        arm: Which arm it met.
        at: When, with a time zone.
    """

    unit: str
    arm: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeEvent:
    """Something that was measured of a unit, such as seconds watched or a language switched off.

    Attributes:
        unit: Viewer or request.
        name: Of what was measured.
        value: The number; 1 for something that just happened.
        at: When, with a time zone.
    """

    unit: str
    name: str
    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeMetric:
    """How events become one number a unit.

    Attributes:
        name: Of the metric, for reports.
        event: Which events count.
        aggregate: `any`: 1 where there was one; `count`; `sum`; `last`: the value of the latest.
        within: How long after the first exposure events count. A unit counts once that time has passed:
            earlier it would be counted by what has not happened yet.
        highest: What the number cannot exceed (its least is 0); longer ones are cut off there. None where
            nobody knows: then no interval without assumptions can be had.
        higher_is_better: Which way is good.
    """

    name: str
    event: str
    aggregate: Aggregate = "any"
    within: timedelta = timedelta(days=1)
    highest: float | None = 1.0
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """One unit's number, in the order of exposure."""

    unit: str
    arm: str
    value: float


@dataclass(frozen=True, slots=True)
class Joined:
    """All units of an experiment.

    Attributes:
        outcomes: In the order of first exposure.
        waiting: Units whose time is not over yet.
        crossed: Units that met more than one arm: they count for none.
    """

    outcomes: tuple[Outcome, ...]
    waiting: int
    crossed: int


def join_outcomes(
    exposures: Iterable[Exposure], events: Iterable[OutcomeEvent], metric: OutcomeMetric, now: datetime
) -> Joined:
    """Return one number for each unit, from its first exposure on; 0 where nothing happened.

    Args:
        exposures: In any order, repeated ones too.
        events: In any order; those before the exposure or after its time do not count.
        metric: What counts.
        now: Until when events are known.
    """
    first: dict[str, Exposure] = {}
    arms: dict[str, set[str]] = defaultdict(set)
    for exposure in exposures:
        arms[exposure.unit].add(exposure.arm)
        known = first.get(exposure.unit)
        if known is None or exposure.at < known.at:
            first[exposure.unit] = exposure
    of_unit: dict[str, list[OutcomeEvent]] = defaultdict(list)
    for event in events:
        exposed = first.get(event.unit)
        if exposed and event.name == metric.event and exposed.at <= event.at < exposed.at + metric.within:
            of_unit[event.unit].append(event)
    single = [each for each in first.values() if len(arms[each.unit]) == 1]
    over = sorted(
        (each for each in single if each.at + metric.within <= now), key=lambda each: (each.at, each.unit)
    )
    outcomes = tuple(
        Outcome(each.unit, each.arm, _aggregate(of_unit.get(each.unit, []), metric)) for each in over
    )
    return Joined(outcomes, len(single) - len(over), len(first) - len(single))


def _aggregate(events: list[OutcomeEvent], metric: OutcomeMetric) -> float:
    if metric.aggregate == "any":
        value = float(bool(events))
    elif metric.aggregate == "count":
        value = float(len(events))
    elif metric.aggregate == "sum":
        value = sum(event.value for event in events)
    else:
        value = max(events, key=lambda event: event.at).value if events else 0.0
    return value if metric.highest is None else min(max(value, 0.0), metric.highest)
