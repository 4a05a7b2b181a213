"""Reads a deployment's figures from its catalog and from what housekeeping left in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pipeline_ops.catalog.figures import (
    last_published_at,
    mean_quality,
    oldest_waiting_upload,
    outcome_counts,
    translation_counts,
)
from pipeline_ops.catalog.history import StageCost, costs, minutes_translated
from pipeline_ops.catalog.library import eligibility, progress
from pipeline_ops.catalog.lost_runs import open_runs
from pipeline_ops.catalog.tables import OPEN_RUNS as OPEN_STATUSES
from pipeline_ops.checkpoints.storage import ObjectStorage
from pipeline_ops.housekeeping.records import read_records
from pipeline_ops.monitoring import gauges
from pipeline_ops.monitoring.gauges import Reading

WINDOWS = {"1d": timedelta(days=1), "7d": timedelta(days=7)}
"""A day shows what has just gone wrong; a week has every weekday in it, so weeks compare."""

STANDINGS = (
    *("published", "undecided", "refused", "rejected", "failed"),
    *("in_progress", "not_started"),
)


def read_catalog(session: Session, now: datetime) -> Iterator[Reading]:
    """Yield all figures that the catalog knows, as of one moment.

    Args:
        session: A reading one.
        now: The present time.
    """
    yield from _standings(session)
    for (language, state), number in translation_counts(session).items():
        yield Reading(gauges.TRANSLATIONS, number, (language, state))
    yield from _waiting(session, now)
    for window, length in WINDOWS.items():
        yield from _window(session, window, now - length)


def read_housekeeping(storage: ObjectStorage) -> Iterator[Reading]:
    """Yield what housekeeping came to last.

    Raises:
        StorageUnavailableError: the store does not answer.
    """
    for record in read_records(storage):
        yield Reading(gauges.HOUSEKEEPING_ENDED, record.ended_at.timestamp(), (record.task,))
        for figure, value in record.figures.items():
            yield Reading(gauges.HOUSEKEEPING_FIGURE, value, (record.task, figure))


def _standings(session: Session) -> Iterator[Reading]:
    videos: Counter[tuple[str, str]] = Counter()
    for row in progress(session):
        for standing in STANDINGS:
            videos[row.language, standing] += getattr(row, standing)
    for place, number in videos.items():
        yield Reading(gauges.VIDEOS, number, place)
    for reason in eligibility(session).reasons:
        yield Reading(gauges.REJECTED_VIDEOS, reason.videos, (reason.language, reason.reason_code))


def _waiting(session: Session, now: datetime) -> Iterator[Reading]:
    upload = oldest_waiting_upload(session)
    yield Reading(gauges.OLDEST_UPLOAD, 0.0 if upload is None else (now - upload).total_seconds())
    published = last_published_at(session)
    yield Reading(gauges.LAST_PUBLISHED, 0.0 if published is None else published.timestamp())
    runs = open_runs(session)
    for status in OPEN_STATUSES:
        ages_s = [(now - run.requested_at).total_seconds() for run in runs if run.status == status]
        yield Reading(gauges.OPEN_RUNS, len(ages_s), (status,))
        yield Reading(gauges.OLDEST_RUN, max(ages_s, default=0.0), (status,))


def _window(session: Session, window: str, since: datetime) -> Iterator[Reading]:
    judged = eligibility(session, since=since)
    yield Reading(gauges.JUDGED, judged.eligible + judged.rejected, (window,))
    if judged.rate is not None:
        yield Reading(gauges.ELIGIBILITY, judged.rate, (window,))
    for count in outcome_counts(session, since):
        labels = (window, count.language, count.status, count.reason_code)
        yield Reading(gauges.OUTCOMES, count.number, labels)
    for (language, measure), value in mean_quality(session, since).items():
        yield Reading(gauges.QUALITY, value, (window, language, measure))
    stages = costs(session, since)
    for stage in stages:
        yield from _stage(stage, window)
    reused, made = sum(stage.reused for stage in stages), sum(stage.made for stage in stages)
    if reused + made:
        yield Reading(gauges.REUSED, reused / (reused + made), (window,))
    if minutes := minutes_translated(session, since):
        yield Reading(gauges.COST, sum(stage.cpu_s for stage in stages) / minutes, (window,))


def _stage(stage: StageCost, window: str) -> Iterator[Reading]:
    yield Reading(gauges.STAGE_RUNS, stage.made, (window, stage.stage, "no"))
    yield Reading(gauges.STAGE_RUNS, stage.reused, (window, stage.stage, "yes"))
    if stage.made:
        yield Reading(gauges.STAGE_WALL, stage.wall_s / stage.made, (window, stage.stage))
        yield Reading(gauges.STAGE_CPU, stage.cpu_s / stage.made, (window, stage.stage))
