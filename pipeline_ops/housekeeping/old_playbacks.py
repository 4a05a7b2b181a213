"""Views that are so old that nobody looks at them one by one: only the totals of their day are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.playback_days import count_old_playbacks, fold_day, oldest_day


def fold_old_playbacks(catalog: CatalogDatabase, *, kept_for: timedelta, dry_run: bool, now: datetime) -> int:
    """Fold playbacks into totals of their day, a day a transaction; return how many there were.

    Args:
        catalog: The catalog.
        kept_for: For how long they are kept one by one; whole days (by UTC).
        dry_run: Only count them.
        now: The present time.
    """
    before = (now - kept_for).date()
    if dry_run:
        with catalog.reading() as session:
            return count_old_playbacks(session, before)
    folded = 0
    while True:
        with catalog.writing() as session:
            day = oldest_day(session, before)
            if day is None:
                return folded
            folded += fold_day(session, day, before)
