"""Makes exposures and outcomes of what the delivery service records of views.

The unit is a viewer's lot: who is in an arm stays in it, so their views are no independent units. Many
viewers share a lot, so that nothing that is recorded says who watched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from pipeline_ops.experiments.outcomes import Exposure, OutcomeEvent

ORIGINAL_TRACK = "original"

REPORTED = "reported"


class PlaybackTotals(Protocol):
    """One sound track of one view in an experiment, as the delivery service's table has it.

    Attributes:
        track: The dub's language, or `original`.
        began_at: When the page was opened.
        arm: Which arm the view met.
        lot: The viewer's.
        chosen: Whether the viewer chose the track by hand.
        started: Whether it was played at all.
        finished: Whether it was heard to the end of the video.
        stalls: How often it stood still.
        stalled_s: For how long, in seconds.
        watched_s: How long it was played, in seconds.
    """

    @property
    def track(self) -> str: ...  # noqa: D102
    @property
    def began_at(self) -> datetime: ...  # noqa: D102
    @property
    def arm(self) -> str | None: ...  # noqa: D102
    @property
    def lot(self) -> int | None: ...  # noqa: D102
    @property
    def chosen(self) -> bool: ...  # noqa: D102
    @property
    def started(self) -> bool: ...  # noqa: D102
    @property
    def finished(self) -> bool: ...  # noqa: D102
    @property
    def stalls(self) -> int: ...  # noqa: D102
    @property
    def stalled_s(self) -> float: ...  # noqa: D102
    @property
    def watched_s(self) -> float: ...  # noqa: D102


def exposures_of(playbacks: Iterable[PlaybackTotals]) -> Iterator[Exposure]:
    """Yield which arm each viewer met, and when: as it was recorded, so that a wrong assignment shows.

    Only a dub exposes: the original is the same in all arms.
    """
    for each in playbacks:
        if each.arm is not None and each.lot is not None and each.track != ORIGINAL_TRACK:
            yield Exposure(str(each.lot), each.arm, each.began_at)


def events_of(playbacks: Iterable[PlaybackTotals]) -> Iterator[OutcomeEvent]:
    """Yield what came of each track.

    `started`, `finished`, `watched_s`, `watched_dub_s`, `stalls` and `stalled_s` are told of tracks that
    were played, `turned_to_original` of views that changed to it by hand. Totals have no moments of their
    own: they count from when the page was opened.
    """
    for each in playbacks:
        is_original = each.track == ORIGINAL_TRACK
        totals = {
            "started": float(each.started),
            "finished": float(each.finished),
            "watched_s": each.watched_s,
            "watched_dub_s": 0.0 if is_original else each.watched_s,
            "stalls": float(each.stalls),
            "stalled_s": each.stalled_s,
            "turned_to_original": float(is_original and each.chosen),
        }
        for name, value in totals.items():
            if value and each.lot is not None:
                yield OutcomeEvent(str(each.lot), name, value, each.began_at)
