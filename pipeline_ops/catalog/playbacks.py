"""Writes what viewers got and how long they watched it, and sums it up: by language, creator and model.

A page tells its totals so far, again and again. The higher of two totals counts, so one that is lost, comes
twice or comes late does no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pipeline_ops.catalog.playback_tables import PlaybackDayRow, PlaybackRow
from pipeline_ops.catalog.tables import ONCE_PER_VIDEO, MediumRow, StageRow, TranslationRow

ORIGINAL_TRACK = "original"

FLAGS = ("given", "chosen", "started", "finished")
SUMS = ("stalls", "stalled_s", "watched_s")

TOTALS = (*FLAGS, *SUMS)
"""What only grows within one view."""

ARM = ("experiment", "arm", "lot")
"""What is known of a view from its beginning."""

Grouping = Literal["language", "creator", "video", "model"]


@dataclass(frozen=True, slots=True)
class Playback:
    """The totals of one sound track of one view so far; see `PlaybackRow`.

    Attributes:
        run_id: The run whose dub it was; None leaves it to what is published.
    """

    view_id: str
    media_id: str
    track: str
    began_at: datetime
    given: bool
    chosen: bool
    started: bool
    stalls: int
    stalled_s: float
    watched_s: float
    finished: bool = False
    run_id: str | None = None
    experiment: str | None = None
    arm: str | None = None
    lot: int | None = None


@dataclass(frozen=True, slots=True)
class PlaybackFigures:
    """What viewers did with one group of sound tracks.

    Attributes:
        group: The creator, the video or the model with its weights digest; empty where none is known, and
            for figures by language.
        language: What is spoken in the track; empty where nobody knows.
        is_dub: Whether it is a dub.
        impressions: How often it was what the service chose.
        chosen: How often a viewer chose it by hand.
        starts: How often it was played.
        finishes: How often it was heard to the end of the video.
        stalls: How often it stood still for want of data.
        stalled_s: For how long, in seconds.
        watched_s: How long it was played, in seconds.
    """

    group: str
    language: str
    is_dub: bool
    impressions: int
    chosen: int
    starts: int
    finishes: int
    stalls: int
    stalled_s: float
    watched_s: float


def reporter_of(view_id: str) -> str:
    """Return who reports from a view: it tells views apart and names nobody, since its number was drawn."""
    return hashlib.sha256(view_id.encode()).hexdigest()


def record_playbacks(session: Session, playbacks: Iterable[Playback]) -> int:
    """Write totals, and return how many could be: of tracks that viewers can get at present.

    Which run a viewer got is what was published when the view first told of the track; it stays so.
    """
    totals = {(each.view_id, each.track): each for each in playbacks}
    media = {each.media_id for each in totals.values()}
    known = select(MediumRow.id, MediumRow.source_language).where(MediumRow.id.in_(media))
    languages = {medium: language for medium, language in session.execute(known)}  # noqa: C416  rows, not pairs
    published = select(TranslationRow.media_id, TranslationRow.language, TranslationRow.run_id).where(
        TranslationRow.media_id.in_(media), TranslationRow.state == "published"
    )
    runs = {(medium, language): run_id for medium, language, run_id in session.execute(published)}
    rows = []
    for each in totals.values():
        if each.media_id not in languages:
            continue
        is_original = each.track == ORIGINAL_TRACK
        run_id = None if is_original else each.run_id or runs.get((each.media_id, each.track))
        if run_id is None and not is_original:
            continue
        language = languages[each.media_id] if is_original else each.track
        known_first = ("view_id", "track", "media_id", "began_at", *ARM)
        values = {name: getattr(each, name) for name in (*known_first, *TOTALS)}
        rows.append({**values, "run_id": run_id, "language": language})
    if rows:
        _upsert(session, rows)
    return len(rows)


def playback_figures(
    session: Session,
    by: Grouping,
    *,
    since: datetime | None = None,
    stage: str = "translate",
    creator_id: str | None = None,
) -> tuple[PlaybackFigures, ...]:
    """Return what viewers did, in order of group and language.

    Args:
        session: A reading one.
        by: What the figures are told apart by, besides language and dub or original.
        since: Views that began since then; all of them where not given. Of views that are kept as totals of
            their day, all of that day.
        stage: Whose model tells dubs apart, where they are told apart by model.
        creator_id: Of this creator's videos only.
    """
    rows = _all_rows(since)
    group = _group(rows, by)
    is_dub = rows.c.run_id.is_not(None)
    counts = (func.sum(rows.c[name]) for name in TOTALS)
    statement = (
        select(group, rows.c.language, is_dub, *counts)
        .select_from(rows)
        .join(MediumRow, MediumRow.id == rows.c.media_id)
        .group_by(group, rows.c.language, is_dub)
        .order_by(group, rows.c.language, is_dub)
    )
    if by == "model":
        made_by = and_(
            StageRow.run_id == rows.c.run_id,
            StageRow.stage == stage,
            or_(StageRow.language == rows.c.track, StageRow.language == ONCE_PER_VIDEO),
        )
        statement = statement.join(StageRow, made_by, isouter=True)
    if creator_id is not None:
        statement = statement.where(MediumRow.creator_id == creator_id)
    return tuple(
        PlaybackFigures(
            group=row[0] or "",
            language=row[1] or "",
            is_dub=bool(row[2]),
            impressions=int(row[3]),
            chosen=int(row[4]),
            starts=int(row[5]),
            finishes=int(row[6]),
            stalls=int(row[7]),
            stalled_s=float(row[8]),
            watched_s=float(row[9]),
        )
        for row in session.execute(statement)
    )


def _all_rows(since: datetime | None) -> Subquery:
    """Return playbacks, and totals of those that are not kept, in the same columns; flags are numbers."""
    place = ("media_id", "track", "language")
    single = select(
        *(getattr(PlaybackRow, name) for name in place),
        PlaybackRow.run_id,
        *(case((getattr(PlaybackRow, name), 1), else_=0).label(name) for name in FLAGS),
        *(getattr(PlaybackRow, name) for name in SUMS),
    )
    of_days = select(
        *(getattr(PlaybackDayRow, name) for name in place),
        func.nullif(PlaybackDayRow.run_id, ""),
        *(getattr(PlaybackDayRow, name) for name in TOTALS),
    )
    if since is not None:
        single = single.where(PlaybackRow.began_at >= since)
        of_days = of_days.where(PlaybackDayRow.day >= since.astimezone(UTC).date())
    return single.union_all(of_days).subquery("all_playbacks")


def _group(rows: Subquery, by: Grouping) -> ColumnElement[Any]:
    """Return what tells groups apart."""
    groups: dict[Grouping, ColumnElement[Any]] = {
        "language": func.coalesce(None, ""),
        "creator": func.coalesce(MediumRow.creator_id, ""),
        "video": func.coalesce(rows.c.media_id, ""),
        "model": func.coalesce(
            StageRow.model_id + "@" + func.substr(func.coalesce(StageRow.weights_digest, ""), 1, 12), ""
        ),
    }
    return groups[by]


def _upsert(session: Session, rows: list[dict[str, Any]]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(PlaybackRow).values(rows)
    higher = {}
    for name in TOTALS:
        told, known = getattr(statement.excluded, name), getattr(PlaybackRow, name)
        higher[name] = or_(told, known) if name in FLAGS else case((told > known, told), else_=known)
    session.execute(statement.on_conflict_do_update(index_elements=["view_id", "track"], set_=higher))
