"""Writes what viewers got and how long they watched it, and sums it up: by language, creator and model.

A page tells its totals so far, again and again. The higher of two totals counts, so one that is lost, comes
twice or comes late does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pipeline_ops.catalog.playback_tables import PlaybackRow
from pipeline_ops.catalog.tables import ONCE_PER_VIDEO, MediumRow, StageRow, TranslationRow

ORIGINAL_TRACK = "original"

TOTALS = ("given", "chosen", "started", "stalls", "stalled_s", "watched_s")
"""What only grows within one view."""

Grouping = Literal["language", "creator", "video", "model"]


@dataclass(frozen=True, slots=True)
class Playback:
    """The totals of one sound track of one view so far; see `PlaybackRow`."""

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
    stalls: int
    stalled_s: float
    watched_s: float


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
        run_id = None if is_original else runs.get((each.media_id, each.track))
        if run_id is None and not is_original:
            continue
        language = languages[each.media_id] if is_original else each.track
        values = {name: getattr(each, name) for name in ("view_id", "track", "media_id", "began_at", *TOTALS)}
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
        since: Views that began since then; all of them where not given.
        stage: Whose model tells dubs apart, where they are told apart by model.
        creator_id: Of this creator's videos only.
    """
    group, statement = _grouped(by, stage)
    if since is not None:
        statement = statement.where(PlaybackRow.began_at >= since)
    if creator_id is not None:
        statement = statement.where(MediumRow.creator_id == creator_id)
    is_dub = PlaybackRow.run_id.is_not(None)
    statement = statement.group_by(group, PlaybackRow.language, is_dub).order_by(
        group, PlaybackRow.language, is_dub
    )
    return tuple(
        PlaybackFigures(
            group=row[0] or "",
            language=row[1] or "",
            is_dub=bool(row[2]),
            impressions=int(row[3]),
            chosen=int(row[4]),
            starts=int(row[5]),
            stalls=int(row[6]),
            stalled_s=float(row[7]),
            watched_s=float(row[8]),
        )
        for row in session.execute(statement)
    )


def _grouped(by: Grouping, stage: str) -> tuple[ColumnElement[Any], Select[Any]]:
    """Return what tells groups apart, and the sums over all rows."""
    groups: dict[Grouping, ColumnElement[Any]] = {
        "language": func.coalesce(None, ""),
        "creator": func.coalesce(MediumRow.creator_id, ""),
        "video": func.coalesce(PlaybackRow.media_id, ""),
        "model": func.coalesce(
            StageRow.model_id + "@" + func.substr(func.coalesce(StageRow.weights_digest, ""), 1, 12), ""
        ),
    }
    group = groups[by]
    statement = (
        select(
            group,
            PlaybackRow.language,
            PlaybackRow.run_id.is_not(None),
            *(_sum(name) for name in ("given", "chosen", "started")),
            *(func.sum(getattr(PlaybackRow, name)) for name in ("stalls", "stalled_s", "watched_s")),
        )
        .select_from(PlaybackRow)
        .join(MediumRow, MediumRow.id == PlaybackRow.media_id)
    )
    if by == "model":
        made_by = and_(
            StageRow.run_id == PlaybackRow.run_id,
            StageRow.stage == stage,
            or_(StageRow.language == PlaybackRow.track, StageRow.language == ONCE_PER_VIDEO),
        )
        statement = statement.join(StageRow, made_by, isouter=True)
    return group, statement


def _sum(name: str) -> ColumnElement[int]:
    return func.sum(case((getattr(PlaybackRow, name), 1), else_=0))


def _upsert(session: Session, rows: list[dict[str, Any]]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(PlaybackRow).values(rows)
    higher = {}
    for name in TOTALS:
        told, known = getattr(statement.excluded, name), getattr(PlaybackRow, name)
        higher[name] = or_(told, known) if name in TOTALS[:3] else case((told > known, told), else_=known)
    session.execute(statement.on_conflict_do_update(index_elements=["view_id", "track"], set_=higher))
