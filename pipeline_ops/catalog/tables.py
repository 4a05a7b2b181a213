"""The catalog's tables. `docs/catalog.md` tells what each row means and who writes it.

Everything here can be told again from checkpoints and from Airflow, but for what people decided:
creators, reviews, upgrades.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

RunStatus = Literal["requested", "running", "done", "partial", "rejected", "failed", "lost"]
"""`requested` and `running` go on; `lost` is a run that Airflow no longer knows and that made no report."""

OutcomeStatus = Literal["waiting", "done", "rejected", "failed"]

TranslationState = Literal[
    "held", "awaiting_review", "published", "replaced", "refused", "withdrawn", "expired"
]
"""`held`: an upgrade decides. `refused`: by a reviewer, or by an upgrade as worse. `replaced`: a newer one is
published. `withdrawn`: it was published, and an earlier one was put back in its place. `expired`: it was
replaced so long ago that its checkpoints are not kept any more, so it cannot be put back."""

UpgradeState = Literal["running", "awaiting_approval", "paused", "finished", "stopped", "rolled_back"]
"""The first three go on; `stopped` is by the canary, by a person, or by a wave that was not taken."""

ItemState = Literal[
    "planned", "started", "accepted", "published", "in_review", "kept", "failed", "rolled_back"
]
"""`accepted`: not worse, and not yet published. `kept`: the old version stays, since the new one is worse or
nobody wants it any more. `in_review`: published as soon as its creator's reviewer says so."""

OPEN_UPGRADES: tuple[UpgradeState, ...] = ("running", "awaiting_approval", "paused")

OPEN_RUNS: tuple[RunStatus, ...] = ("requested", "running")

ONCE_PER_VIDEO = ""
"""Stands for the language of a stage that runs once per video: a primary key holds no null."""

LONGEST_MESSAGE = 2000
"""Characters of a sentence that are kept; the task's log has all of it."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are called, so that a later migration can name them."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with its zone, kept as UTC; SQLite keeps no zones, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC.

        Raises:
            ValueError: it has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value} has no time zone; the catalog keeps moments, not wall clocks"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        RunStatus: String(20),
        OutcomeStatus: String(20),
        TranslationState: String(20),
        UpgradeState: String(20),
        ItemState: String(20),
        dict[str, float]: JSON,
    }


class CreatorRow(Base):
    """Somebody whose videos are translated.

    Attributes:
        id: Also the name of their folder in the media bucket.
        name: For people.
        enrolled: Whether new uploads are translated without being asked for.
        languages: Into which ones.
        consented_at: When they agreed to be dubbed; without it nothing of theirs is translated by itself.
        glossary: Language (`*` for all) -> word of the source -> how it is to be said.
        review_wanted: Whether a translation waits for a reviewer before it is published.
    """

    __tablename__ = "creators"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    enrolled: Mapped[bool]
    languages: Mapped[list[str]]
    consented_at: Mapped[datetime | None]
    glossary: Mapped[dict[str, Any]]
    review_wanted: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MediumRow(Base):
    """One video of one creator, by its content.

    Attributes:
        id: Follows from creator and source (`keys.media_id`).
        source: The ingested video, `ingest/<key>`.
        creator_id: Null for a video that somebody handed in without one.
        duration_s: From `probe`; null where the file could not be read.
        source_language: What was heard; null until it was.
    """

    __tablename__ = "media"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(String(100), index=True)
    creator_id: Mapped[str | None] = mapped_column(ForeignKey("creators.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    duration_s: Mapped[float | None]
    source_language: Mapped[str | None] = mapped_column(String(35))
    first_seen_at: Mapped[datetime]


class UploadRow(Base):
    """A file of the media bucket as it was at one time; replaced there, it is another upload.

    Attributes:
        id: Follows from address and time (`keys.upload_id`).
        address: Its name in the bucket, which starts with the creator's folder.
        uploaded_at: The bucket's time of the object.
        media_id: Its content; null until a run has taken it in.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index(None, "creator_id", "uploaded_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    creator_id: Mapped[str] = mapped_column(ForeignKey("creators.id"))
    address: Mapped[str] = mapped_column(String(1000))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    uploaded_at: Mapped[datetime]
    found_at: Mapped[datetime]
    media_id: Mapped[str | None] = mapped_column(ForeignKey("media.id"), index=True)


class RequestRow(Base):
    """What was asked: equal wishes are one request, however often they run.

    Attributes:
        id: The sha256 of all the rest but the time.
        attachments: What came with the video, `ingest/<key>` by name.
    """

    __tablename__ = "requests"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"), index=True)
    target_languages: Mapped[list[str]]
    profile: Mapped[str] = mapped_column(String(100))
    models: Mapped[dict[str, Any]]
    stage_parameters: Mapped[dict[str, Any]]
    attachments: Mapped[dict[str, Any]]
    first_asked_at: Mapped[datetime]


class RunRow(Base):
    """One Dag run of `translate_video`, or one run in a single process.

    Attributes:
        id: The Dag run's id.
        origin: Who asked: `backlog`, `upgrade` or `asked`.
        request_id: Null until the video was taken in.
        started_by: The backlog's or the upgrade's own run that started it.
        held: Whether its translations wait for a decision instead of being published.
        reason_code: Why the whole video was rejected.
        message: That reason, or what failed, in a sentence.
        report: The report's checkpoint, once it ended.
    """

    __tablename__ = "runs"
    __table_args__ = (Index(None, "status", "ended_at"),)

    id: Mapped[str] = mapped_column(String(250), primary_key=True)
    origin: Mapped[str] = mapped_column(String(20))
    status: Mapped[RunStatus]
    held: Mapped[bool] = mapped_column(default=False)
    creator_id: Mapped[str | None] = mapped_column(ForeignKey("creators.id"), index=True)
    upload_id: Mapped[str | None] = mapped_column(ForeignKey("uploads.id"), index=True)
    media_id: Mapped[str | None] = mapped_column(ForeignKey("media.id"), index=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("requests.id"), index=True)
    started_by: Mapped[str | None] = mapped_column(String(250), index=True)
    reason_code: Mapped[str | None] = mapped_column(String(64))
    message: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))
    report: Mapped[str | None] = mapped_column(String(100))
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class OutcomeRow(Base):
    """What one run came to in one target language: the verdict, where it is one.

    Attributes:
        message: Why it was rejected, or what failed.
        lines: How many lines the dub has.
        metrics: Name -> number (`metrics.py`): what an upgrade compares.
    """

    __tablename__ = "outcomes"
    __table_args__ = (Index(None, "language", "status"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(35), primary_key=True)
    status: Mapped[OutcomeStatus]
    reason_code: Mapped[str | None] = mapped_column(String(64))
    message: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))
    lines: Mapped[int | None]
    metrics: Mapped[dict[str, Any]]


class StageRow(Base):
    """One stage of one run: its checkpoint, the model that made it, what that cost. A run's lineage.

    Attributes:
        language: `ONCE_PER_VIDEO` for a stage of the video.
        reused: Whether the checkpoint was there before: its cost is then not this run's.
        weights_digest: All that decides what the model answers, files and version among it.
    """

    __tablename__ = "stages"
    __table_args__ = (Index(None, "model_id", "stage"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(35), primary_key=True)
    checkpoint: Mapped[str | None] = mapped_column(String(140))
    reused: Mapped[bool]
    stage_version: Mapped[int | None]
    model_id: Mapped[str | None] = mapped_column(String(200))
    weights_digest: Mapped[str | None] = mapped_column(String(64))
    wall_s: Mapped[float | None]
    cpu_s: Mapped[float | None]
    peak_memory_mb: Mapped[float | None]
    bytes_written: Mapped[int | None] = mapped_column(BigInteger)
    reason_code: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))


class TranslationRow(Base):
    """A finished translation of a video into a language, by one run. At most one of each is published.

    Attributes:
        checkpoint: The finished video's.
        sha256: Of the finished video itself.
        published_at: When it was last put before viewers.
        decided_by: Who approved, refused or withdrew it: a person, or an upgrade.
        uses: What it uses of its creator beyond the dub itself: `voice`, `lips`.
        held_because: Why a person must look before it is published; null where nobody must.
    """

    __tablename__ = "translations"
    __table_args__ = (
        Index(
            "uq_translations_published",
            "media_id",
            "language",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
        Index(None, "media_id", "language", "state"),
        Index(None, "state", "made_at"),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(35), primary_key=True)
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    creator_id: Mapped[str | None] = mapped_column(ForeignKey("creators.id"), index=True)
    checkpoint: Mapped[str] = mapped_column(String(140))
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[TranslationState]
    made_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))
    uses: Mapped[list[str]] = mapped_column(default=list)
    held_because: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))


class UpgradeRow(Base):
    """A model that takes the place of what answered before, in translations that are published.

    Attributes:
        capability: What it does.
        model_id: The model.
        old_model_id: The only one that it replaces; null where it replaces whatever answered before.
        creator_id: Whose translations; null for everybody's.
        languages: Into which ones; empty for all.
        approval_wanted: Whether a person decides after the canary.
        tolerances: By how much a metric may get worse, where that was said.
        waves: How many there are; the first is the canary.
        reason: Why it was stopped.
        report: What it came to, once it is over (`upgrades/report.py`).
    """

    __tablename__ = "upgrades"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    capability: Mapped[str] = mapped_column(String(64))
    model_id: Mapped[str] = mapped_column(String(200))
    old_model_id: Mapped[str | None] = mapped_column(String(200))
    creator_id: Mapped[str | None] = mapped_column(ForeignKey("creators.id"))
    languages: Mapped[list[str]]
    approval_wanted: Mapped[bool]
    tolerances: Mapped[dict[str, float]]
    waves: Mapped[int]
    state: Mapped[UpgradeState] = mapped_column(index=True)
    reason: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None]


class UpgradeRunRow(Base):
    """One run of an upgrade as it was planned: a video's translations by one run, made again together.

    Attributes:
        run_id: Of `translate_video`; follows from the upgrade and the run that it replaces.
        replaces: The run whose translations it replaces.
        wave: In which wave; 1 is the canary.
        conf: What the run is started with.
        planned_stages: What it would recompute, such as `translate[pt]`.
        estimated_cpu_s: What that costs by what was recorded.
    """

    __tablename__ = "upgrade_runs"
    __table_args__ = (Index(None, "upgrade_id", "wave"),)

    run_id: Mapped[str] = mapped_column(String(250), primary_key=True)
    upgrade_id: Mapped[str] = mapped_column(ForeignKey("upgrades.id", ondelete="CASCADE"))
    replaces: Mapped[str] = mapped_column(String(250), index=True)
    wave: Mapped[int]
    conf: Mapped[dict[str, Any]]
    planned_stages: Mapped[list[str]]
    estimated_cpu_s: Mapped[float]


class UpgradeItemRow(Base):
    """One translation that an upgrade makes again: what was decided about it, and why."""

    __tablename__ = "upgrade_items"

    run_id: Mapped[str] = mapped_column(
        ForeignKey("upgrade_runs.run_id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(35), primary_key=True)
    state: Mapped[ItemState]
    reason: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))
