"""The tables of human ratings: campaigns, clips, raters, who is to rate what, and what they said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pipeline_ops.catalog.tables import Base


class RatingCampaignRow(Base):
    """A set of clips that people are asked about.

    Attributes:
        id: Chosen by who made it.
        kind: `scores` or `preferences`.
        dimensions: What is asked, in this order.
        headphones_wanted: Whether raters have to pass the check.
        closed: Whether nobody may answer any more.
        definition: The file that it was made from.
    """

    __tablename__ = "rating_campaigns"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    dimensions: Mapped[list[str]]
    headphones_wanted: Mapped[bool]
    closed: Mapped[bool] = mapped_column(default=False)
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class RatingClipRow(Base):
    """A clip of a campaign.

    Attributes:
        id: Drawn by lot: it tells nothing of the system.
        content: What it shows.
        system: What made it; raters never see this.
        role: Why it is there (`ratings/dimensions.py`).
        expected: What an attention item asks for, or a calibration clip is worth.
        file: Below the folder of rating media; null for answers that were imported.
        original: The original of the same content, where one is shown beside it.
        original_text: What is said there, where that is known.
        duration_s: Of the clip.
        run_id: The run that made it, so that its metrics can be held against ratings.
        language: Of that run.
    """

    __tablename__ = "rating_clips"
    __table_args__ = (UniqueConstraint("campaign_id", "content", "system", "role"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("rating_campaigns.id", ondelete="CASCADE"))
    content: Mapped[str] = mapped_column(String(200))
    system: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    expected: Mapped[float | None]
    file: Mapped[str | None] = mapped_column(String(200))
    original: Mapped[str | None] = mapped_column(String(200))
    original_text: Mapped[str | None] = mapped_column(String(2000))
    duration_s: Mapped[float | None]
    run_id: Mapped[str | None] = mapped_column(String(250))
    language: Mapped[str | None] = mapped_column(String(35))


class RatingRaterRow(Base):
    """Somebody who rates, known by a pseudonym alone.

    Attributes:
        id: The pseudonym.
        name: As the campaign calls them: `rater-01`.
        token_sha256: Of the token in their address; null for answers that were imported.
        agreed_at: When they said that they take part.
        headphones_passed: Null until they tried.
        headphones_attempts: How often they tried.
        headphones_seed: What the tones of the next attempt are drawn from.
    """

    __tablename__ = "rating_raters"
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("rating_campaigns.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    token_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    agreed_at: Mapped[datetime | None]
    headphones_passed: Mapped[bool | None]
    headphones_attempts: Mapped[int] = mapped_column(default=0)
    headphones_seed: Mapped[str] = mapped_column(String(64))


class RatingTaskRow(Base):
    """One page of one rater: a clip to be scored, or two to be compared.

    Attributes:
        id: Drawn by lot; the addresses of its clips are made of it.
        position: The how many-eth, from 0.
        clip_id: The clip, or the one that is played first.
        other_clip_id: The one that is played second; null for a score.
        shown_at: When the page was first shown.
        answered_at: Null until it was answered.
    """

    __tablename__ = "rating_tasks"
    __table_args__ = (UniqueConstraint("rater_id", "position"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    rater_id: Mapped[str] = mapped_column(ForeignKey("rating_raters.id", ondelete="CASCADE"))
    position: Mapped[int]
    clip_id: Mapped[str] = mapped_column(ForeignKey("rating_clips.id", ondelete="CASCADE"), index=True)
    other_clip_id: Mapped[str | None] = mapped_column(ForeignKey("rating_clips.id", ondelete="CASCADE"))
    shown_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    seconds: Mapped[float | None]


class RatingAnswerRow(Base):
    """What was answered in one dimension; a null value says that it could not be judged."""

    __tablename__ = "rating_answers"

    task_id: Mapped[str] = mapped_column(ForeignKey("rating_tasks.id", ondelete="CASCADE"), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int | None]
