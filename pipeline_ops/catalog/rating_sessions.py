"""One rater's session in the catalog: where they are, and what they answer. Every step may be asked twice."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.rating_tables import (
    RatingAnswerRow,
    RatingCampaignRow,
    RatingClipRow,
    RatingRaterRow,
    RatingTaskRow,
)
from pipeline_ops.ratings.headphones import passed
from pipeline_ops.ratings.tokens import token_digest

MOST_HEADPHONES_ATTEMPTS = 3
"""Somebody may put headphones on after all; a guesser gets through three attempts in 5 %."""

Step = Literal["closed", "welcome", "headphones", "no_headphones", "task", "done"]


@dataclass(frozen=True, slots=True)
class TaskClip:
    """A clip as the page needs it.

    Attributes:
        file: Below the folder of rating media.
        original: The original's file, where one is shown.
        original_text: What is said there.
    """

    file: str
    original: str | None
    original_text: str | None


@dataclass(frozen=True, slots=True)
class CurrentTask:
    """The page that is next.

    Attributes:
        id: The task's.
        number: The how many-eth, from 1.
        clips: One, or two to be compared.
    """

    id: str
    number: int
    clips: tuple[TaskClip, ...]


@dataclass(frozen=True, slots=True)
class RaterState:
    """Where a rater is.

    Attributes:
        rater_id: The rater's.
        title: The campaign's.
        kind: Scores or preferences.
        dimensions: What is asked.
        headphones_wanted: Whether the check is part of it.
        step: What comes next.
        headphones_attempts: How often they tried.
        headphones_seed: What the tones of the next attempt are drawn from.
        tasks: How many there are in all.
        task: The next one, where the step is `task`.
    """

    rater_id: str
    title: str
    kind: str
    dimensions: tuple[str, ...]
    headphones_wanted: bool
    step: Step
    headphones_attempts: int
    headphones_seed: str
    tasks: int
    task: CurrentTask | None


def find_rater(session: Session, token: str) -> str | None:
    """Return the rater whose token it is, None where it is nobody's."""
    return session.scalar(select(RatingRaterRow.id).where(RatingRaterRow.token_sha256 == token_digest(token)))


def state_of(session: Session, rater_id: str) -> RaterState:
    """Return where a rater is."""
    rater = session.get_one(RatingRaterRow, rater_id)
    campaign = session.get_one(RatingCampaignRow, rater.campaign_id)
    count = session.scalar(
        select(func.count()).select_from(RatingTaskRow).where(RatingTaskRow.rater_id == rater_id)
    )
    task = _next_task(session, rater_id)
    step = _step(rater, campaign, task)
    return RaterState(
        rater_id=rater_id,
        title=campaign.title,
        kind=campaign.kind,
        dimensions=tuple(campaign.dimensions),
        headphones_wanted=campaign.headphones_wanted,
        step=step,
        headphones_attempts=rater.headphones_attempts,
        headphones_seed=rater.headphones_seed,
        tasks=count or 0,
        task=_current(session, task) if task is not None and step == "task" else None,
    )


def agree(session: Session, rater_id: str, now: datetime) -> None:
    """Note that somebody takes part."""
    rater = session.get_one(RatingRaterRow, rater_id)
    rater.agreed_at = rater.agreed_at or now


def try_headphones(session: Session, rater_id: str, answers: tuple[int, ...]) -> None:
    """Judge an attempt; the next one has other tones. Nothing happens where none is due."""
    rater = _lock(session, rater_id)
    if rater.headphones_passed or rater.headphones_attempts >= MOST_HEADPHONES_ATTEMPTS:
        return
    rater.headphones_passed = passed(rater.headphones_seed, answers)
    rater.headphones_attempts += 1
    rater.headphones_seed = secrets.token_hex(16)


def mark_shown(session: Session, task_id: str, now: datetime) -> None:
    """Note when a task's page was first shown."""
    task = session.get_one(RatingTaskRow, task_id)
    task.shown_at = task.shown_at or now


def answer_task(
    session: Session, rater_id: str, task_id: str, values: Mapping[str, int | None], now: datetime
) -> bool:
    """Keep the answers of a rater's current task; return False where it is not the current one.

    A page that was sent twice, or from another window, so does no harm.

    Args:
        session: A writing one.
        rater_id: Whose.
        task_id: Which page was answered.
        values: Dimension -> answer, all of them and within their scales.
        now: When.
    """
    _lock(session, rater_id)
    task = _next_task(session, rater_id)
    if task is None or task.id != task_id:
        return False
    for dimension, value in values.items():
        session.add(RatingAnswerRow(task_id=task_id, dimension=dimension, value=value))
    task.answered_at = now
    task.seconds = (now - task.shown_at).total_seconds() if task.shown_at else None
    return True


def task_clip(session: Session, rater_id: str, task_id: str, which: str) -> str | None:
    """Return the file of a clip of the rater's current task, None where that is not theirs to see.

    Args:
        session: A reading one.
        rater_id: Who asks.
        task_id: Of which task.
        which: `a`, `b` or `original`.
    """
    task = _next_task(session, rater_id)
    if task is None or task.id != task_id:
        return None
    current = _current(session, task)
    if which == "original":
        return current.clips[0].original
    place = {"a": 0, "b": 1}[which]
    return current.clips[place].file if place < len(current.clips) else None


def _lock(session: Session, rater_id: str) -> RatingRaterRow:
    """Let one answer of a rater's after another be written; SQLite has one writer anyway."""
    return session.get_one(RatingRaterRow, rater_id, with_for_update=True, populate_existing=True)


def _next_task(session: Session, rater_id: str) -> RatingTaskRow | None:
    return session.scalars(
        select(RatingTaskRow)
        .where(RatingTaskRow.rater_id == rater_id, RatingTaskRow.answered_at.is_(None))
        .order_by(RatingTaskRow.position)
        .limit(1)
    ).first()


def _step(rater: RatingRaterRow, campaign: RatingCampaignRow, task: RatingTaskRow | None) -> Step:
    if task is None:
        return "done"
    if campaign.closed:
        return "closed"
    if rater.agreed_at is None:
        return "welcome"
    if campaign.headphones_wanted and not rater.headphones_passed:
        tried_enough = rater.headphones_attempts >= MOST_HEADPHONES_ATTEMPTS
        return "no_headphones" if tried_enough else "headphones"
    return "task"


def _current(session: Session, task: RatingTaskRow) -> CurrentTask:
    ids = [each for each in (task.clip_id, task.other_clip_id) if each is not None]
    clips = [session.get_one(RatingClipRow, each) for each in ids]
    return CurrentTask(
        task.id,
        task.position + 1,
        tuple(TaskClip(clip.file or "", clip.original, clip.original_text) for clip in clips),
    )
