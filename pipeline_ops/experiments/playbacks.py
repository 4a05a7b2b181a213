"""Makes exposures and outcomes of what the delivery service records of views.

A view is the unit: nothing that is recorded says who watched, so two views of one person count as two, and an
experiment on viewers has to be one on views.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from pipeline_ops.experiments.assignment import assign
from pipeline_ops.experiments.outcomes import Exposure, OutcomeEvent

ORIGINAL_TRACK = "original"


class PlaybackTotals(Protocol):
    """One sound track of one view, as the delivery service's table has it.

    Attributes:
        view_id: One opening of a watch page.
        track: The dub's language, or `original`.
        began_at: When the page was opened.
        chosen: Whether the viewer chose the track by hand.
        started: Whether it was played at all.
        stalls: How often it stood still.
        stalled_s: For how long, in seconds.
        watched_s: How long it was played, in seconds.
    """

    @property
    def view_id(self) -> str: ...  # noqa: D102
    @property
    def track(self) -> str: ...  # noqa: D102
    @property
    def began_at(self) -> datetime: ...  # noqa: D102
    @property
    def chosen(self) -> bool: ...  # noqa: D102
    @property
    def started(self) -> bool: ...  # noqa: D102
    @property
    def stalls(self) -> int: ...  # noqa: D102
    @property
    def stalled_s(self) -> float: ...  # noqa: D102
    @property
    def watched_s(self) -> float: ...  # noqa: D102


def exposures_of(
    playbacks: Iterable[PlaybackTotals], weights: Mapping[str, float], salt: str
) -> tuple[Exposure, ...]:
    """Return which arm each view met: the one that `assign` gives it, as the service does.

    Args:
        playbacks: Several tracks of one view are one exposure.
        weights: Arm -> share.
        salt: The experiment's.
    """
    began: dict[str, datetime] = {}
    for each in playbacks:
        began[each.view_id] = min(each.began_at, began.get(each.view_id, each.began_at))
    return tuple(Exposure(view, assign(view, weights, salt), at) for view, at in began.items())


def events_of(playbacks: Iterable[PlaybackTotals]) -> Iterator[OutcomeEvent]:
    """Yield what came of each track.

    `started`, `watched_s`, `watched_dub_s`, `stalls` and `stalled_s` are told of tracks that were played,
    `turned_to_original` of views that changed to it by hand. Totals have no moments of their own: they count
    from when the page was opened.
    """
    for each in playbacks:
        is_original = each.track == ORIGINAL_TRACK
        totals = {
            "started": float(each.started),
            "watched_s": each.watched_s,
            "watched_dub_s": 0.0 if is_original else each.watched_s,
            "stalls": float(each.stalls),
            "stalled_s": each.stalled_s,
            "turned_to_original": float(is_original and each.chosen),
        }
        for name, value in totals.items():
            if value:
                yield OutcomeEvent(each.view_id, name, value, each.began_at)
