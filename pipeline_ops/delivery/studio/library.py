"""A creator's videos and how each stands in each language, from the catalog alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.arrivals import file_names
from pipeline_ops.catalog.tables import (
    OPEN_RUNS,
    MediumRow,
    OutcomeRow,
    RunRow,
    TranslationRow,
    TranslationState,
    UploadRow,
)
from pipeline_ops.catalog.uploads import is_current

Standing = Literal[
    "published",
    "awaiting_you",
    "held",
    "under_way",
    "not_started",
    "rejected",
    "failed",
    "refused",
    "taken_down",
]
"""How a video stands in a language. `awaiting_you`: finished, and its creator is to decide. `held`: the
platform does, an upgrade for one. `not_started`: asked for, but Airflow has not begun. `taken_down`: it was
published once."""

PAGE = 50

OUR_FAULT = "Something failed on our side. It is not your video; ask for it again, or tell us."
"""What a creator reads of a failure: its message is for operators, and may name machines and files."""

OF_TRANSLATION: Mapping[TranslationState, Standing] = {
    "published": "published",
    "awaiting_review": "awaiting_you",
    "held": "held",
    "refused": "refused",
    "withdrawn": "taken_down",
    "replaced": "taken_down",
    "expired": "taken_down",
}


STANDS: tuple[TranslationState, ...] = ("awaiting_review", "held", "published")
"""A version in one of these counts, whatever a later run came to; the first of them counts most."""


@dataclass(frozen=True, slots=True)
class Version:
    """One finished translation into a language; the latest made comes first."""

    run_id: str
    state: TranslationState
    checkpoint: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None

    @property
    def awaits_decision(self) -> bool:
        """Whether its creator may approve or refuse it: it waits, and for no upgrade."""
        return self.state == "awaiting_review"


@dataclass(frozen=True, slots=True)
class LanguageStanding:
    """How a video stands in one language.

    Attributes:
        standing: As viewers and the creator see it.
        run_id: The run that it comes from: the latest, or the one whose translation is published.
        reason_code: Why it was rejected, where it was.
        message: That reason in words, or what is said of a failure.
        versions: What was finished.
        is_renewed: Whether another version is being made while this one stands.
    """

    language: str
    standing: Standing
    run_id: str
    reason_code: str | None = None
    message: str | None = None
    versions: tuple[Version, ...] = ()
    is_renewed: bool = False


@dataclass(frozen=True, slots=True)
class Video:
    """One upload of a creator.

    Attributes:
        id: The upload's.
        name: What its sender called the file.
        media_id: Its content; None until a run has taken it in.
        source: The ingested file, as `ingest/<key>`; None likewise.
        languages: In which languages it was asked for, in order of code.
        open_runs: Runs that go on, the latest asked for first.
    """

    id: str
    name: str
    address: str
    size_bytes: int
    uploaded_at: datetime
    media_id: str | None
    source: str | None
    duration_s: float | None
    source_language: str | None
    languages: tuple[LanguageStanding, ...]
    open_runs: tuple[str, ...]
    runs: tuple[str, ...]

    def language(self, code: str) -> LanguageStanding | None:
        """Return how it stands in a language, None where it was not asked for."""
        return next((each for each in self.languages if each.language == code), None)


def list_videos(
    session: Session, creator_id: str, *, limit: int = PAGE, offset: int = 0
) -> tuple[Video, ...]:
    """Return a creator's videos, the latest uploaded first."""
    statement = (
        select(UploadRow)
        .where(UploadRow.creator_id == creator_id, is_current())
        .order_by(UploadRow.uploaded_at.desc(), UploadRow.id)
        .limit(limit)
        .offset(offset)
    )
    return _videos(session, creator_id, session.scalars(statement).all())


def find_video(session: Session, creator_id: str, video_id: str) -> Video | None:
    """Return one of a creator's own videos, None where they have none of that id."""
    row = session.get(UploadRow, video_id)
    if row is None or row.creator_id != creator_id:
        return None
    return _videos(session, creator_id, [row])[0]


def _videos(session: Session, creator_id: str, uploads: Sequence[UploadRow]) -> tuple[Video, ...]:
    names = file_names(session, [upload.id for upload in uploads])
    media = {upload.media_id for upload in uploads if upload.media_id is not None}
    known = select(MediumRow).where(MediumRow.id.in_(media), MediumRow.creator_id == creator_id)
    media_rows = {row.id: row for row in session.scalars(known)}
    runs = session.scalars(
        select(RunRow)
        .where(
            RunRow.creator_id == creator_id,
            or_(RunRow.upload_id.in_([upload.id for upload in uploads]), RunRow.media_id.in_(media)),
        )
        .order_by(RunRow.requested_at.desc(), RunRow.id)
    ).all()
    run_ids = [run.id for run in runs]
    outcomes: dict[str, list[OutcomeRow]] = defaultdict(list)
    for outcome in session.scalars(select(OutcomeRow).where(OutcomeRow.run_id.in_(run_ids))):
        outcomes[outcome.run_id].append(outcome)
    made: dict[tuple[str, str], TranslationRow] = {
        (row.run_id, row.language): row
        for row in session.scalars(select(TranslationRow).where(TranslationRow.run_id.in_(run_ids)))
    }
    videos = []
    for upload in uploads:
        medium = media_rows.get(upload.media_id or "")
        own = [run for run in runs if _is_of(run, upload)]
        videos.append(
            Video(
                id=upload.id,
                name=names.get(upload.id) or upload.address.rpartition("/")[2],
                address=upload.address,
                size_bytes=upload.size_bytes,
                uploaded_at=upload.uploaded_at,
                media_id=upload.media_id,
                source=medium.source if medium else None,
                duration_s=medium.duration_s if medium else None,
                source_language=medium.source_language if medium else None,
                languages=_languages(own, outcomes, made),
                open_runs=tuple(run.id for run in own if run.status in OPEN_RUNS),
                runs=tuple(run.id for run in own),
            )
        )
    return tuple(videos)


def _is_of(run: RunRow, upload: UploadRow) -> bool:
    return run.upload_id == upload.id or (run.media_id is not None and run.media_id == upload.media_id)


def _languages(
    runs: Sequence[RunRow],
    outcomes: Mapping[str, Sequence[OutcomeRow]],
    made: Mapping[tuple[str, str], TranslationRow],
) -> tuple[LanguageStanding, ...]:
    tries: dict[str, list[tuple[RunRow, OutcomeRow]]] = defaultdict(list)
    for run in runs:
        for outcome in outcomes.get(run.id, ()):
            tries[outcome.language].append((run, outcome))
    return tuple(
        _language(
            language,
            tries[language],
            [row for run in runs if (row := made.get((run.id, language))) is not None],
        )
        for language in sorted(tries)
    )


def _language(
    language: str, tries: Sequence[tuple[RunRow, OutcomeRow]], made: Sequence[TranslationRow]
) -> LanguageStanding:
    versions = tuple(_version(row) for row in sorted(made, key=lambda row: row.made_at, reverse=True))
    run, outcome = tries[0]
    goes_on = run.status in OPEN_RUNS and outcome.status == "waiting"
    shown = _shown(versions)
    if shown is not None and (shown.run_id == run.id or shown.state in STANDS):
        standing = OF_TRANSLATION[shown.state]
        return LanguageStanding(
            language, standing, shown.run_id, message=shown.note, versions=versions, is_renewed=goes_on
        )
    if goes_on:
        return LanguageStanding(
            language, "not_started" if run.status == "requested" else "under_way", run.id, versions=versions
        )
    if outcome.status == "rejected":
        return LanguageStanding(
            language, "rejected", run.id, outcome.reason_code, outcome.message, versions=versions
        )
    return LanguageStanding(language, "failed", run.id, message=OUR_FAULT, versions=versions)


def _shown(versions: Sequence[Version]) -> Version | None:
    """Return the version that counts: one that waits, else what is published, else the latest made."""
    standing = [each for each in versions if each.state in STANDS]
    if standing:
        return min(standing, key=lambda each: STANDS.index(each.state))
    return versions[0] if versions else None


def _version(row: TranslationRow) -> Version:
    return Version(
        run_id=row.run_id,
        state=row.state,
        checkpoint=row.checkpoint,
        made_at=row.made_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        note=row.note,
    )
