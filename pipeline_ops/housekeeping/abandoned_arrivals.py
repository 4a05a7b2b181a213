"""Files that somebody began to send and that nobody goes on with: given up, and their space given back."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline_ops.catalog.arrivals import Arrival, arrivals_under_way, end_arrival
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.incoming.storage import IncomingStorage

GIVEN_UP = "Nothing was heard of this upload for a long time, so it was given up. Please send it once more."


def clear_abandoned_arrivals(
    catalog: CatalogDatabase,
    incoming: IncomingStorage,
    *,
    silent_for: timedelta,
    dry_run: bool,
    now: datetime,
) -> tuple[Arrival, ...]:
    """Give up the arrivals that went silent, and remove what lies in the bucket on behalf of none.

    Args:
        catalog: The catalog.
        incoming: Where parts are kept.
        silent_for: For how long nothing must have been heard of a sender.
        dry_run: Only report.
        now: The present time.

    Returns:
        Those that were given up, or would be.

    Raises:
        StorageUnavailableError: the bucket does not answer; what was given up so far stays so.
    """
    horizon = now - silent_for
    with catalog.reading() as session:
        silent = tuple(arrivals_under_way(session, silent_since=horizon))
    if dry_run:
        return silent
    given_up = []
    for arrival in silent:
        # The row first: somebody who comes back now is told, and writes to nothing that is being removed.
        with catalog.writing() as session:
            ended = end_arrival(session, arrival.id, "abandoned", now, message=GIVEN_UP)
        if ended.state == "abandoned":
            given_up.append(ended)
            incoming.discard(arrival.id)
    with catalog.reading() as session:
        alive = {arrival.id for arrival in arrivals_under_way(session)}
    for name in incoming.leftovers(horizon) - alive:
        incoming.discard(name)
    return tuple(given_up)
