from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline_ops.experiments.outcomes import OutcomeMetric, join_outcomes
from pipeline_ops.experiments.playbacks import events_of, exposures_of

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Totals:
    lot: int | None
    track: str
    watched_s: float
    arm: str | None = "a"
    chosen: bool = False
    began_at: datetime = NOON
    started: bool = True
    finished: bool = False
    stalls: int = 0
    stalled_s: float = 0.0


VIEWS = (
    Totals(1, "pt", 30.0, finished=True),
    Totals(1, "original", 10.0, chosen=True),
    Totals(2, "pt", 50.0, arm="b"),
    Totals(2, "pt", 20.0, arm="b", began_at=NOON + timedelta(hours=1)),
    Totals(3, "original", 9.0),
    Totals(None, "pt", 9.0, arm=None),
)


def values(name: str, aggregate: str = "sum") -> dict[str, float]:
    metric = OutcomeMetric(name, name, aggregate, highest=None)  # type: ignore[arg-type]
    joined = join_outcomes(exposures_of(VIEWS), events_of(VIEWS), metric, NOON + timedelta(days=2))
    return {each.unit: each.value for each in joined.outcomes}


def test_tracks_and_views_of_one_lot_are_added_up() -> None:
    assert values("watched_s") == {"1": 40.0, "2": 70.0}
    assert values("watched_dub_s") == {"1": 30.0, "2": 70.0}


def test_who_turns_to_the_original_by_hand_is_told() -> None:
    assert values("turned_to_original", "any") == {"1": 1.0, "2": 0.0}


def test_who_heard_it_to_the_end_is_told() -> None:
    assert values("finished", "any") == {"1": 1.0, "2": 0.0}


def test_a_dub_exposes_to_the_arm_that_was_recorded_and_the_original_to_none() -> None:
    assert {(each.unit, each.arm) for each in exposures_of(VIEWS)} == {("1", "a"), ("2", "b")}
