"""Campaigns of ratings in the catalog: made, listed, closed, imported, and read out for a report."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.rating_tables import (
    RatingAnswerRow,
    RatingCampaignRow,
    RatingClipRow,
    RatingRaterRow,
    RatingTaskRow,
)
from pipeline_ops.catalog.tables import OutcomeRow
from pipeline_ops.errors import SettingsError
from pipeline_ops.ratings.dimensions import DIMENSIONS, PREFERENCE, CampaignKind, Role
from pipeline_ops.ratings.records import Answer, CampaignAnswers
from pipeline_ops.ratings.session_plan import ClipKey, PlannedTask
from pipeline_ops.ratings.tokens import new_token, token_digest

SHORT_ID_BYTES = 12


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip whose media are in place; attributes as in `RatingClipRow`."""

    key: ClipKey
    file: str
    duration_s: float
    expected: float | None = None
    original: str | None = None
    original_text: str | None = None
    run_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign that is to be opened.

    Attributes:
        id: Chosen by who makes it.
        title: For people.
        kind: Scores or preferences.
        dimensions: What is asked.
        headphones_wanted: Whether raters have to pass the check.
        definition: What it was made from.
        clips: All clips.
        sessions: Each rater's tasks.
    """

    id: str
    title: str
    kind: CampaignKind
    dimensions: tuple[str, ...]
    headphones_wanted: bool
    definition: Mapping[str, Any]
    clips: Sequence[NewClip]
    sessions: Sequence[Sequence[PlannedTask]]


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """How far a campaign is."""

    id: str
    title: str
    kind: str
    closed: bool
    raters: int
    tasks: int
    answered: int


def new_id() -> str:
    """Return a name that tells nothing."""
    return secrets.token_hex(SHORT_ID_BYTES)


def put_campaign(session: Session, campaign: NewCampaign, now: datetime) -> dict[str, str]:
    """Open a campaign; return each rater's token, which is kept nowhere else.

    Raises:
        SettingsError: there is one of that id.
    """
    _add_campaign(session, campaign, now)
    clip_ids = {}
    for clip in campaign.clips:
        clip_ids[clip.key] = new_id()
        session.add(
            RatingClipRow(
                id=clip_ids[clip.key],
                campaign_id=campaign.id,
                content=clip.key.content,
                system=clip.key.system,
                role=clip.key.role,
                expected=clip.expected,
                file=clip.file,
                original=clip.original,
                original_text=clip.original_text,
                duration_s=clip.duration_s,
                run_id=clip.run_id,
                language=clip.language,
            )
        )
    session.flush()
    tokens = {}
    for number, tasks in enumerate(campaign.sessions, 1):
        token = new_token()
        rater = _add_rater(session, campaign.id, f"rater-{number:02d}", token_digest(token))
        tokens[rater.name] = token
        for position, task in enumerate(tasks):
            other = clip_ids[task.second] if task.second else None
            session.add(
                RatingTaskRow(
                    id=new_id(),
                    rater_id=rater.id,
                    position=position,
                    clip_id=clip_ids[task.first],
                    other_clip_id=other,
                )
            )
    return tokens


def campaigns(session: Session) -> tuple[CampaignProgress, ...]:
    """Return all campaigns, the latest first."""
    rows = session.scalars(
        select(RatingCampaignRow).order_by(RatingCampaignRow.created_at.desc(), RatingCampaignRow.id)
    )
    found = []
    for row in rows.all():
        raters = select(RatingRaterRow.id).where(RatingRaterRow.campaign_id == row.id)
        tasks = select(RatingTaskRow.id).where(RatingTaskRow.rater_id.in_(raters))
        # Not by the moment of the answer: of imported ones it need not be known.
        answered = select(RatingAnswerRow.task_id).where(RatingAnswerRow.task_id.in_(tasks)).distinct()
        found.append(
            CampaignProgress(
                row.id,
                row.title,
                row.kind,
                row.closed,
                raters=_count(session, raters),
                tasks=_count(session, tasks),
                answered=_count(session, answered),
            )
        )
    return tuple(found)


def _count(session: Session, rows: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def get_campaign(session: Session, campaign_id: str) -> RatingCampaignRow:
    """Return a campaign.

    Raises:
        SettingsError: there is none of that id.
    """
    row = session.get(RatingCampaignRow, campaign_id)
    if row is None:
        message = f"There is no campaign {campaign_id!r}. See: dubwright ratings campaign list"
        raise SettingsError(message)
    return row


def close_campaign(session: Session, campaign_id: str) -> None:
    """Let nobody answer any more.

    Raises:
        SettingsError: there is none of that id.
    """
    get_campaign(session, campaign_id).closed = True


def campaign_answers(session: Session, campaign_id: str) -> CampaignAnswers:
    """Return all that was answered, with the metrics of clips whose run is known.

    Raises:
        SettingsError: there is none of that id.
    """
    campaign = get_campaign(session, campaign_id)
    clips = {
        row.id: row
        for row in session.scalars(select(RatingClipRow).where(RatingClipRow.campaign_id == campaign_id))
    }
    raters = {
        row.id: row
        for row in session.scalars(
            select(RatingRaterRow)
            .where(RatingRaterRow.campaign_id == campaign_id)
            .order_by(RatingRaterRow.name)
        )
    }
    tasks = session.scalars(select(RatingTaskRow).where(RatingTaskRow.rater_id.in_(list(raters)))).all()
    values: dict[str, list[RatingAnswerRow]] = defaultdict(list)
    for answer in session.scalars(
        select(RatingAnswerRow)
        .join(RatingTaskRow, RatingTaskRow.id == RatingAnswerRow.task_id)
        .where(RatingTaskRow.rater_id.in_(list(raters)))
        .order_by(RatingAnswerRow.dimension)
    ):
        values[answer.task_id].append(answer)
    ordered = sorted(tasks, key=lambda task: (raters[task.rater_id].name, task.position))
    return CampaignAnswers(
        id=campaign.id,
        title=campaign.title,
        kind=cast(CampaignKind, campaign.kind),
        dimensions=tuple(campaign.dimensions),
        answers=tuple(
            _answer(task, answer, raters[task.rater_id], clips)
            for task in ordered
            for answer in values.get(task.id, [])
        ),
        headphones={
            row.name: row.headphones_passed
            for row in raters.values()
            if campaign.headphones_wanted and row.headphones_passed is not None
        },
        metrics=_metrics(session, list(clips.values())),
        tasks_planned=len(tasks),
    )


def import_answers(
    session: Session, campaign_id: str, title: str, answers: Sequence[Answer], now: datetime
) -> None:
    """Make a closed campaign of answers that were given elsewhere.

    Raises:
        SettingsError: there is one of that id, there is no answer, or scores and preferences are mixed.
    """
    kinds = {answer.is_preference for answer in answers}
    if len(kinds) != 1:
        message = "A campaign holds answers of one kind, scores or preferences; these are " + (
            "none." if not answers else "of both."
        )
        raise SettingsError(message)
    asked = {answer.dimension for answer in answers}
    campaign = NewCampaign(
        id=campaign_id,
        title=title,
        kind="preferences" if kinds == {True} else "scores",
        dimensions=tuple(name for name in (*DIMENSIONS, PREFERENCE) if name in asked),
        headphones_wanted=False,
        definition={"imported": True},
        clips=(),
        sessions=(),
    )
    _add_campaign(session, campaign, now, closed=True)
    clips: dict[ClipKey, str] = {}
    raters: dict[str, str] = {}
    tasks: dict[tuple[str, int, ClipKey, ClipKey | None], str] = {}
    for answer in answers:
        first = ClipKey(answer.role, answer.content, answer.system)
        second = ClipKey(answer.role, answer.content, answer.other_system) if answer.other_system else None
        for key in filter(None, (first, second)):
            if key not in clips:
                clips[key] = _imported_clip(session, campaign_id, key, answer)
        if answer.rater not in raters:
            raters[answer.rater] = _add_rater(session, campaign_id, answer.rater, None).id
        place = (answer.rater, answer.position, first, second)
        if place not in tasks:
            tasks[place] = _imported_task(
                session,
                raters[answer.rater],
                answer,
                position=len(tasks),
                clip_id=clips[first],
                other_clip_id=clips[second] if second else None,
            )
        session.add(RatingAnswerRow(task_id=tasks[place], dimension=answer.dimension, value=answer.value))


def _imported_clip(session: Session, campaign_id: str, key: ClipKey, answer: Answer) -> str:
    row = RatingClipRow(
        id=new_id(),
        campaign_id=campaign_id,
        content=key.content,
        system=key.system,
        role=key.role,
        expected=answer.expected,
        duration_s=answer.clip_s,
    )
    session.add(row)
    session.flush()
    return row.id


def _imported_task(
    session: Session,
    rater_id: str,
    answer: Answer,
    *,
    position: int,
    clip_id: str,
    other_clip_id: str | None,
) -> str:
    row = RatingTaskRow(
        id=new_id(),
        rater_id=rater_id,
        position=position,
        clip_id=clip_id,
        other_clip_id=other_clip_id,
        answered_at=answer.answered_at,
        seconds=answer.seconds,
    )
    session.add(row)
    session.flush()
    return row.id


def _add_campaign(session: Session, campaign: NewCampaign, now: datetime, *, closed: bool = False) -> None:
    if session.get(RatingCampaignRow, campaign.id) is not None:
        message = f"There is a campaign {campaign.id!r} already; choose another id."
        raise SettingsError(message)
    session.add(
        RatingCampaignRow(
            id=campaign.id,
            title=campaign.title,
            kind=campaign.kind,
            dimensions=list(campaign.dimensions),
            headphones_wanted=campaign.headphones_wanted,
            closed=closed,
            definition=dict(campaign.definition),
            created_at=now,
        )
    )
    session.flush()


def _add_rater(session: Session, campaign_id: str, name: str, token_sha256: str | None) -> RatingRaterRow:
    row = RatingRaterRow(
        id=new_id(),
        campaign_id=campaign_id,
        name=name,
        token_sha256=token_sha256,
        headphones_attempts=0,
        headphones_seed=secrets.token_hex(16),
    )
    session.add(row)
    session.flush()
    return row


def _answer(
    task: RatingTaskRow,
    answer: RatingAnswerRow,
    rater: RatingRaterRow,
    clips: Mapping[str, RatingClipRow],
) -> Answer:
    clip = clips[task.clip_id]
    other = clips[task.other_clip_id] if task.other_clip_id else None
    lengths = [each.duration_s for each in (clip, other) if each and each.duration_s is not None]
    return Answer(
        rater=rater.name,
        content=clip.content,
        system=clip.system,
        other_system=other.system if other else None,
        role=cast(Role, clip.role),
        dimension=answer.dimension,
        value=answer.value,
        expected=clip.expected,
        position=task.position,
        seconds=task.seconds,
        clip_s=sum(lengths) if lengths else None,
        answered_at=task.answered_at,
    )


def _metrics(session: Session, clips: Sequence[RatingClipRow]) -> dict[tuple[str, str], dict[str, float]]:
    found = {}
    for clip in clips:
        outcome = (
            session.get(OutcomeRow, (clip.run_id, clip.language)) if clip.run_id and clip.language else None
        )
        if outcome is not None and clip.role == "test":
            found[clip.content, clip.system] = dict(outcome.metrics)
    return found
