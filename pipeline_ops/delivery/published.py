"""What viewers may have at this moment: the catalog says what is published, the store what it is made of.

The catalog is asked each time, so what is withdrawn is gone with the next request. Descriptions of streams
never change, so they are read once.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from pipeline_ops.artefacts import from_json
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.studio_tables import ArrivalRow
from pipeline_ops.catalog.tables import (
    ONCE_PER_VIDEO,
    CreatorRow,
    MediumRow,
    StageRow,
    TranslationRow,
    UploadRow,
)
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.delivery.language_choice import Offer
from pipeline_ops.graph import PACKAGE_STAGE, SOURCE_PACKAGE_STAGE
from pipeline_ops.streams.description import Asset, DubStreams, SourceStreams, StoredFile

DESCRIPTION = "streams"
"""The artefact of both stages of packaging that says what they made."""

REMEMBERED_DESCRIPTIONS = 2048
"""A description of ten minutes of video is some 50 kB in memory."""

REMEMBERED_VIDEOS = 512


@dataclass(frozen=True, slots=True)
class Watchable:
    """A video as viewers may have it now.

    Attributes:
        media_id: The video.
        asset: Its streams, the dubs that are published among them.
        runs: By language of a dub, the run that made it.
        title: What its creator called the file; empty where nobody knows.
        creator: Their name; empty where nobody knows.
        files: Every file of the asset, by digest.
    """

    media_id: str
    asset: Asset
    runs: Mapping[str, str]
    title: str
    creator: str
    files: Mapping[str, StoredFile]

    @property
    def offer(self) -> Offer:
        """What a viewer may choose from."""
        return Offer(
            original=self.asset.source.language,
            dubs=tuple(dub.language for dub in self.asset.dubs),
            subtitles=tuple(
                streams.language for streams in self.asset.by_language if streams.subtitles is not None
            ),
        )


@dataclass(frozen=True, slots=True)
class _Published:
    """What the catalog says of one video: checkpoints of what is published."""

    source: str
    dubs: tuple[tuple[str, str, str], ...]
    title: str
    creator: str


class PublishedVideos:
    """Finds videos by id. Threads may share it.

    Args:
        catalog: Says what is published.
        store: Holds the descriptions.
    """

    def __init__(self, catalog: CatalogDatabase, store: CheckpointStore) -> None:
        self._catalog = catalog
        self._store = store
        self._source_streams = functools.lru_cache(REMEMBERED_DESCRIPTIONS)(self._read_source)
        self._dub_streams = functools.lru_cache(REMEMBERED_DESCRIPTIONS)(self._read_dub)
        self._watchable = functools.lru_cache(REMEMBERED_VIDEOS)(self._assemble)

    def find(self, media_id: str) -> Watchable | None:
        """Return a video, or None where there is none that viewers may have.

        A video is there for viewers once a translation of it was published; when all are withdrawn, the
        original stays. A translation that was made before streams were has none, and is left out.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
            StorageUnavailableError: the store does not answer.
            DamagedArtefactError: a description is missing or damaged.
        """
        with self._catalog.reading() as session:
            published = _published(session, media_id)
        return None if published is None else self._watchable(media_id, published)

    def _assemble(self, media_id: str, published: _Published) -> Watchable:
        source = self._source_streams(published.source)
        dubs = [
            (run_id, self._dub_streams(checkpoint))
            for language, run_id, checkpoint in published.dubs
            if language != source.language
        ]
        asset = Asset(source, tuple(streams for _, streams in dubs))
        return Watchable(
            media_id=media_id,
            asset=asset,
            runs={streams.language: run_id for run_id, streams in dubs},
            title=published.title,
            creator=published.creator,
            files={file.sha256: file for streams in asset.by_language for file in Asset.files_of(streams)},
        )

    def _read_source(self, checkpoint: str) -> SourceStreams:
        data = self._store.read_bytes(CheckpointReference.parse(checkpoint), DESCRIPTION)
        streams: SourceStreams = from_json(SourceStreams, data)
        return streams

    def _read_dub(self, checkpoint: str) -> DubStreams:
        data = self._store.read_bytes(CheckpointReference.parse(checkpoint), DESCRIPTION)
        streams: DubStreams = from_json(DubStreams, data)
        return streams


# Statements are put together once: doing it anew took more time than the database needs for an answer.
_PUBLISHED = (
    select(
        TranslationRow.language,
        TranslationRow.run_id,
        TranslationRow.state,
        TranslationRow.published_at,
        StageRow.stage,
        StageRow.checkpoint,
    )
    .join(StageRow, StageRow.run_id == TranslationRow.run_id)
    .where(
        TranslationRow.media_id == bindparam("medium"),
        (StageRow.stage == SOURCE_PACKAGE_STAGE) & (StageRow.language == ONCE_PER_VIDEO)
        | (StageRow.stage == PACKAGE_STAGE) & (StageRow.language == TranslationRow.language),
    )
    .order_by(TranslationRow.language)
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


def _published(session: Session, media_id: str) -> _Published | None:
    sources: list[tuple[bool, datetime, str]] = []
    dubs: list[tuple[str, str, str]] = []
    rows = session.execute(_PUBLISHED, {"medium": media_id})
    for language, run_id, state, published_at, stage, checkpoint in rows:
        if published_at is None or checkpoint is None:
            continue
        if stage == SOURCE_PACKAGE_STAGE:
            sources.append((state == "published", published_at, checkpoint))
        elif state == "published":
            dubs.append((language, run_id, checkpoint))
    if not sources:
        return None
    address, creator, sent_as = session.execute(_NAMES, {"medium": media_id}).one()
    # What came through the studio has an address of ours: its sender's name for it stands beside.
    name = (sent_as or address or "").rpartition("/")[2].rpartition(".")[0]
    # All runs of a video share its streams, but for a release that packages differently: the latest counts.
    return _Published(max(sources)[2], tuple(dubs), name.replace("_", " ").strip(), creator or "")
