"""What an operator asks of the catalog: how far each backlog is, why videos are rejected, what failed.

Every answer is one or a few grouped queries: none grows with the history but by its indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.creators import list_creators
from pipeline_ops.catalog.studio_tables import ArrivalRow
from pipeline_ops.catalog.tables import (
    OutcomeRow,
    OutcomeStatus,
    RunRow,
    TranslationRow,
    TranslationState,
    UploadRow,
)

MOST_FAILURES = 50
"""As many as somebody looks through."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one creator's videos are in one language; every video counts once, as it stands last.

    Attributes:
        creator_id: Whose, None for videos that were handed in without a creator.
        language: The target language.
        published: Videos with a published translation.
        undecided: Finished ones that wait for a reviewer or an upgrade, with none published.
        refused: Finished, but refused by a reviewer or withdrawn, with none published.
        rejected: Not translated, for a reason in the video.
        failed: Not translated, through no fault of the video.
        in_progress: A run of theirs goes on.
        not_started: Uploads that are known and that no run was asked for yet.
    """

    creator_id: str | None
    language: str
    published: int = 0
    undecided: int = 0
    refused: int = 0
    rejected: int = 0
    failed: int = 0
    in_progress: int = 0
    not_started: int = 0

    @property
    def videos(self) -> int:
        """All of them."""
        return (
            self.published
            + self.undecided
            + self.refused
            + self.rejected
            + self.failed
            + self.in_progress
            + self.not_started
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """How many videos were rejected into a language for one reason."""

    language: str
    reason_code: str
    videos: int


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Of the videos that a run has come to an end with, how many could be translated, and why not."""

    eligible: int
    rejected: int
    reasons: tuple[Reason, ...]

    @property
    def rate(self) -> float | None:
        """The eligible share, None where nothing was judged."""
        judged = self.eligible + self.rejected
        return self.eligible / judged if judged else None


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed in a language, or that was lost, and has not been made good since.

    Attributes:
        video_name: What its sender called the upload, else its address; None for a run of no upload.
    """

    run_id: str
    creator_id: str | None
    video_name: str | None
    language: str
    message: str | None
    ended_at: datetime | None


def progress(session: Session, creator_id: str | None = None) -> tuple[Progress, ...]:
    """Return how far every creator's videos are, by language; of one creator where one is named."""
    counts: dict[tuple[str | None, str], dict[str, int]] = {}

    def add(creator: str | None, language: str, name: str, number: int) -> None:
        if number:
            of_place = counts.setdefault((creator, language), {})
            of_place[name] = of_place.get(name, 0) + number

    last = _last_outcomes()
    published, undecided = (
        _has_translation(last, "published"),
        _has_translation(last, "held", "awaiting_review"),
    )
    grouped = (
        select(
            last.c.creator_id,
            last.c.language,
            last.c.status,
            published.label("published"),
            undecided.label("undecided"),
            func.count(),
        )
        .where(last.c.place == 1)
        .group_by(last.c.creator_id, last.c.language, last.c.status, "published", "undecided")
    )
    if creator_id is not None:
        grouped = grouped.where(last.c.creator_id == creator_id)
    for creator, language, status, is_published, is_undecided, number in session.execute(grouped):
        add(creator, language, _standing(status, is_published, is_undecided), number)
    for creator, language, number in _not_started(session, creator_id):
        add(creator, language, "not_started", number)
    places = sorted(counts, key=lambda place: (place[0] or "", place[1]))
    return tuple(Progress(creator, language, **counts[creator, language]) for creator, language in places)


def eligibility(
    session: Session, creator_id: str | None = None, since: datetime | None = None
) -> Eligibility:
    """Return what share of videos could be translated, and for which reasons the others could not.

    Args:
        session: A reading one.
        creator_id: Only this creator's.
        since: Only runs that ended later.
    """
    last = _last_outcomes()
    statement = (
        select(last.c.language, last.c.status, last.c.reason_code, func.count())
        .where(last.c.place == 1, last.c.status.in_(("done", "rejected")))
        .group_by(last.c.language, last.c.status, last.c.reason_code)
        .order_by(func.count().desc(), last.c.language, last.c.reason_code)
    )
    if creator_id is not None:
        statement = statement.where(last.c.creator_id == creator_id)
    if since is not None:
        statement = statement.where(last.c.ended_at >= since)
    rows = session.execute(statement).all()
    reasons = tuple(
        Reason(language, code or "unknown", number)
        for language, status, code, number in rows
        if status == "rejected"
    )
    return Eligibility(
        eligible=sum(number for _, status, _, number in rows if status == "done"),
        rejected=sum(reason.videos for reason in reasons),
        reasons=reasons,
    )


def failures(
    session: Session, creator_id: str | None = None, limit: int = MOST_FAILURES
) -> tuple[Failure, ...]:
    """Return what failed and was not made good by a later run, the latest first."""
    last = _last_outcomes()
    statement = (
        select(
            last.c.run_id,
            last.c.creator_id,
            func.coalesce(ArrivalRow.file_name, UploadRow.address),
            last.c.language,
            last.c.message,
            last.c.ended_at,
        )
        .outerjoin(UploadRow, UploadRow.id == last.c.upload_id)
        .outerjoin(ArrivalRow, ArrivalRow.upload_id == UploadRow.id)
        .where(last.c.place == 1, last.c.status == "failed")
        .order_by(last.c.ended_at.desc(), last.c.run_id)
        .limit(limit)
    )
    if creator_id is not None:
        statement = statement.where(last.c.creator_id == creator_id)
    return tuple(Failure(*row) for row in session.execute(statement))


def _last_outcomes() -> Subquery:
    """Return every run's outcomes, numbered from the last one of a video and language backwards.

    Runs whose translation was held and then refused or withdrawn count for nothing: an upgrade tried.
    """
    video = func.coalesce(RunRow.media_id, RunRow.upload_id, RunRow.id)
    return (
        select(
            OutcomeRow.run_id,
            OutcomeRow.language,
            OutcomeRow.status,
            OutcomeRow.reason_code,
            OutcomeRow.message,
            RunRow.creator_id,
            RunRow.media_id,
            RunRow.upload_id,
            RunRow.ended_at,
            func.row_number()
            .over(
                partition_by=(video, OutcomeRow.language),
                order_by=(RunRow.requested_at.desc(), RunRow.id.desc()),
            )
            .label("place"),
        )
        .join(RunRow, RunRow.id == OutcomeRow.run_id)
        .where(RunRow.held.is_(False))
        .subquery()
    )


def _has_translation(last: Subquery, *states: TranslationState) -> ColumnElement[bool]:
    return (
        select(TranslationRow.run_id)
        .where(
            TranslationRow.media_id == last.c.media_id,
            TranslationRow.language == last.c.language,
            TranslationRow.state.in_(states),
        )
        .exists()
    )


def _standing(status: OutcomeStatus, is_published: bool, is_undecided: bool) -> str:
    if status == "waiting":
        return "in_progress"
    if is_published:
        return "published"
    if is_undecided:
        return "undecided"
    return "refused" if status == "done" else status


def _not_started(session: Session, creator_id: str | None) -> Sequence[tuple[str, str, int]]:
    """Return creator, language and number of uploads that no run was asked for."""
    creators = [
        creator
        for creator in list_creators(session)
        if creator.is_served and creator_id in (None, creator.id)
    ]
    rows: list[tuple[str, str, int]] = []
    for language in sorted({language for creator in creators for language in creator.languages}):
        asked = (
            select(RunRow.upload_id)
            .join(OutcomeRow, OutcomeRow.run_id == RunRow.id)
            .where(RunRow.upload_id == UploadRow.id, OutcomeRow.language == language)
            .exists()
        )
        wanting = [creator.id for creator in creators if language in creator.languages]
        counted = (
            select(UploadRow.creator_id, func.count())
            .where(UploadRow.creator_id.in_(wanting), ~asked)
            .group_by(UploadRow.creator_id)
        )
        rows.extend((creator, language, number) for creator, number in session.execute(counted))
    return rows
