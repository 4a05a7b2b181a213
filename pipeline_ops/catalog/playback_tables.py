"""The table of what viewers got and how long they watched it. Nothing in it says who they were."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
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
        stalls: How often it stood still for want of data.
        stalled_s: For how long in all, in seconds.
        watched_s: How long it was played, in seconds of the viewer's time.
        began_at: When the page was opened.
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
    stalls: Mapped[int]
    stalled_s: Mapped[float]
    watched_s: Mapped[float]
    began_at: Mapped[datetime]
