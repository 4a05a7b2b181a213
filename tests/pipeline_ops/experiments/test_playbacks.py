from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline_ops.experiments.outcomes import OutcomeMetric, join_outcomes
from pipeline_ops.experiments.playbacks import events_of, exposures_of

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Totals:
    view_id: str
    track: str
    watched_s: float
    chosen: bool = False
    began_at: datetime = NOON
    started: bool = True
    stalls: int = 0
    stalled_s: float = 0.0


VIEWS = (Totals("v1", "pt", 30.0), Totals("v1", "original", 10.0, chosen=True), Totals("v2", "pt", 50.0))


def values(name: str, aggregate: str = "sum") -> dict[str, float]:
    metric = OutcomeMetric(name, name, aggregate, highest=None)  # type: ignore[arg-type]
    exposures = exposures_of(VIEWS, {"a": 1, "b": 1}, "s")
    joined = join_outcomes(exposures, events_of(VIEWS), metric, NOON + timedelta(days=2))
    return {each.unit: each.value for each in joined.outcomes}


def test_tracks_of_a_view_are_added_up() -> None:
    assert values("watched_s") == {"v1": 40.0, "v2": 50.0}
    assert values("watched_dub_s") == {"v1": 30.0, "v2": 50.0}


def test_who_turns_to_the_original_by_hand_is_told() -> None:
    assert values("turned_to_original", "any") == {"v1": 1.0, "v2": 0.0}


def test_several_tracks_of_one_view_are_one_exposure() -> None:
    assert sorted(each.unit for each in exposures_of(VIEWS, {"a": 1, "b": 1}, "s")) == ["v1", "v2"]
