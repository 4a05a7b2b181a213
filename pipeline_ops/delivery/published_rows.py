"""What the catalog says of a video that viewers ask for: checkpoints of what is published, and names.

It is asked at every request, so statements are put together once, and read as plain rows: what an ORM adds to
both took more time than the database needs for an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from pipeline_ops.catalog.experiments import RunsByArm
from pipeline_ops.catalog.studio_tables import ArrivalRow
from pipeline_ops.catalog.tables import (
    ONCE_PER_VIDEO,
    CreatorRow,
    MediumRow,
    StageRow,
    TranslationRow,
    UploadRow,
)
from pipeline_ops.graph import PACKAGE_STAGE, SOURCE_PACKAGE_STAGE


@dataclass(frozen=True, slots=True)
class Dub:
    """The streams of one dub: which run made them, and their checkpoint."""

    language: str
    run_id: str
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Published:
    """The streams of a video as viewers have them: the original's checkpoint, and the dubs."""

    source: str
    dubs: tuple[Dub, ...]


@dataclass(frozen=True, slots=True)
class PublishedRows:
    """What is published of a video, and all its dubs, published or not, by language and run."""

    published: Published
    all_dubs: Mapping[tuple[str, str], Dub]

    def by_arm(self, runs: RunsByArm) -> dict[str, Published]:
        """Return what each arm of an experiment gets; a version that has no streams is one for no arm."""
        lacking = {
            language
            for languages in runs.values()
            for language, run_id in languages.items()
            if (language, run_id) not in self.all_dubs
        }
        shown = {}
        for arm, languages in runs.items():
            taken = {
                language: self.all_dubs[language, run_id]
                for language, run_id in languages.items()
                if language not in lacking
            }
            if taken:
                dubs = tuple(taken.get(dub.language, dub) for dub in self.published.dubs)
                shown[arm] = replace(self.published, dubs=dubs)
        return shown


_TRANSLATIONS, _STAGES = TranslationRow.__table__.c, StageRow.__table__.c
_STREAMS = (
    select(
        _TRANSLATIONS.language,
        _TRANSLATIONS.run_id,
        _TRANSLATIONS.state,
        _TRANSLATIONS.published_at,
        _STAGES.stage,
        _STAGES.checkpoint,
    )
    .join_from(TranslationRow.__table__, StageRow.__table__, _STAGES.run_id == _TRANSLATIONS.run_id)
    .where(
        _TRANSLATIONS.media_id == bindparam("medium"),
        (_STAGES.stage == SOURCE_PACKAGE_STAGE) & (_STAGES.language == ONCE_PER_VIDEO)
        | (_STAGES.stage == PACKAGE_STAGE) & (_STAGES.language == _TRANSLATIONS.language),
    )
    .order_by(_TRANSLATIONS.language)
)
_NAMES = (
    select(UploadRow.address, CreatorRow.name, ArrivalRow.file_name)
    .select_from(MediumRow)
    .join(CreatorRow, CreatorRow.id == MediumRow.creator_id, isouter=True)
    .join(UploadRow, UploadRow.media_id == MediumRow.id, isouter=True)
    .join(ArrivalRow, ArrivalRow.upload_id == UploadRow.id, isouter=True)
    .where(MediumRow.id == bindparam("medium"))
    .order_by(UploadRow.uploaded_at.desc())
    .limit(1)
)


def published_rows(connection: Connection, media_id: str) -> PublishedRows | None:
    """Return what is published of a video; None where no translation of it ever was."""
    sources: list[tuple[bool, datetime, str]] = []
    published: list[Dub] = []
    all_dubs: dict[tuple[str, str], Dub] = {}
    rows = connection.execute(_STREAMS, {"medium": media_id})
    for language, run_id, state, published_at, stage, checkpoint in rows:
        if checkpoint is None:
            continue
        if stage == PACKAGE_STAGE:
            all_dubs[language, run_id] = Dub(language, run_id, checkpoint)
            if state == "published":
                published.append(all_dubs[language, run_id])
        elif published_at is not None:
            sources.append((state == "published", published_at, checkpoint))
    if not sources:
        return None
    # All runs of a video share its streams, but for a release that packages differently: the latest counts.
    return PublishedRows(Published(max(sources)[2], tuple(published)), all_dubs)


def video_names(connection: Connection, media_id: str) -> tuple[str, str]:
    """Return what a video's creator called it, and the creator's name; empty where nobody knows."""
    row = connection.execute(_NAMES, {"medium": media_id}).one_or_none()
    address, creator, sent_as = row or (None, None, None)
    # What came through the studio has an address of ours: its sender's name for it stands beside.
    name = (sent_as or address or "").rpartition("/")[2].rpartition(".")[0]
    return name.replace("_", " ").strip(), creator or ""
