"""Tables of what viewers got and how long they watched it. Nothing in them says who they were."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from pipeline_ops.catalog.tables import Base


class PlaybackRow(Base):
    """One sound track of one view of a video: what was heard, and how it went.

    Attributes:
        view_id: One opening of a watch page, by a number that was drawn for it.
        track: The dub's language, or `original`.
        media_id: The video.
        run_id: The run that made the dub, so which models did; null for the original.
        language: What is spoken in it; null where nobody knows.
        given: Whether the service chose it (an impression), not the viewer.
        chosen: Whether the viewer chose it by hand.
        started: Whether it was played at all.
        finished: Whether it was heard to the end of the video.
        stalls: How often it stood still for want of data.
        stalled_s: For how long in all, in seconds.
        watched_s: How long it was played, in seconds of the viewer's time.
        began_at: When the page was opened.
        experiment: The experiment that the view met an arm of; null where it met none.
        arm: Which arm.
        lot: The viewer's lot, which many viewers share (`experiments/assignment.py`); null without an arm.
    """

    __tablename__ = "playbacks"
    __table_args__ = (Index(None, "media_id", "began_at"), Index(None, "began_at"))

    view_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    track: Mapped[str] = mapped_column(String(35), primary_key=True)
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    run_id: Mapped[str | None] = mapped_column(String(250), index=True)
    language: Mapped[str | None] = mapped_column(String(35))
    given: Mapped[bool]
    chosen: Mapped[bool]
    started: Mapped[bool]
    finished: Mapped[bool] = mapped_column(default=False, server_default=false())
    stalls: Mapped[int]
    stalled_s: Mapped[float]
    watched_s: Mapped[float]
    began_at: Mapped[datetime]
    experiment: Mapped[str | None] = mapped_column(String(64), index=True)
    arm: Mapped[str | None] = mapped_column(String(64))
    lot: Mapped[int | None]


class PlaybackDayRow(Base):
    """The sum of one day's playbacks (by UTC) that are not kept one by one any more.

    A primary key holds no null: the run of the original and the arm of a view outside experiments are empty.

    Attributes:
        day: When the pages were opened.
        views: How many rows of playbacks there were.
        given: How many of them were given; so with `chosen`, `started`, `finished`.
        stalls: Their sum; so with `stalled_s` and `watched_s`, in seconds.
    """

    __tablename__ = "playback_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    media_id: Mapped[str] = mapped_column(
        ForeignKey("media.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    track: Mapped[str] = mapped_column(String(35), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(250), primary_key=True)
    experiment: Mapped[str] = mapped_column(String(64), primary_key=True)
    arm: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str | None] = mapped_column(String(35))
    views: Mapped[int] = mapped_column(BigInteger)
    given: Mapped[int] = mapped_column(BigInteger)
    chosen: Mapped[int] = mapped_column(BigInteger)
    started: Mapped[int] = mapped_column(BigInteger)
    finished: Mapped[int] = mapped_column(BigInteger)
    stalls: Mapped[int] = mapped_column(BigInteger)
    stalled_s: Mapped[float]
    watched_s: Mapped[float]


class ExperimentRow(Base):
    """An experiment on viewers: one that runs, or one that ran.

    Attributes:
        definition: As it was when it began (`experiments/definition.py`).
        is_running: True or null, and unique: one runs at a time.
    """

    __tablename__ = "experiments"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    definition: Mapped[dict[str, Any]]
    is_running: Mapped[bool | None] = mapped_column(unique=True)
    started_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime]
    ended_by: Mapped[str | None] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]
