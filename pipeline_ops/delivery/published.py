"""What viewers may have at this moment: the catalog says what is published, the store what it is made of.

The catalog is asked each time, so what is withdrawn is gone with the next request. Descriptions of streams
never change, so they are read once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline_ops.artefacts import from_json
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.experiments import versions_by_arm
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.delivery.language_choice import Offer
from pipeline_ops.delivery.published_rows import Published, published_rows, video_names
from pipeline_ops.experiments.definition import ExperimentDefinition
from pipeline_ops.streams.description import Asset, DubStreams, SourceStreams, StoredFile

DESCRIPTION = "streams"
"""The artefact of both stages of packaging that says what they made."""

REMEMBERED_DESCRIPTIONS = 2048
"""A description of ten minutes of video is some 50 kB in memory."""

REMEMBERED_VIDEOS = 512


@dataclass(frozen=True, slots=True, eq=False)
class Watchable:
    """A video as viewers may have it now: the same object for as long as they have the same.

    Attributes:
        media_id: The video.
        asset: Its streams, the dubs that are published among them.
        runs: By language of a dub, the run that made it.
        files: Every file of the asset, by digest.
    """

    media_id: str
    asset: Asset
    runs: Mapping[str, str]
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
class Versions:
    """A video in all versions that viewers may have now.

    Attributes:
        published: What all get, but those of an experiment's arms.
        experiment: The experiment that runs, where arms get different versions of this video.
        by_arm: What the viewers of an arm get.
        varied: The languages in which arms differ.
    """

    published: Watchable
    experiment: ExperimentDefinition | None = None
    by_arm: Mapping[str, Watchable] = field(default_factory=dict)
    varied: frozenset[str] = frozenset()

    def for_arm(self, arm: str | None) -> Watchable:
        """Return what the viewers of an arm get; one that is not there is none."""
        return self.by_arm.get(arm or "", self.published)


class PublishedVideos:
    """Finds videos by id. Threads may share it.

    A video is there for viewers once a translation of it was published; when all are withdrawn, the original
    stays. A translation that was made before streams were has none, and is left out.

    Args:
        catalog: Says what is published.
        store: Holds the descriptions.
        experiment: Says which experiment runs.
    """

    def __init__(
        self,
        catalog: CatalogDatabase,
        store: CheckpointStore,
        experiment: Callable[[], ExperimentDefinition | None] = lambda: None,
    ) -> None:
        self._catalog = catalog
        self._experiment = experiment
        self._store = store
        self._source_streams = functools.lru_cache(REMEMBERED_DESCRIPTIONS)(self._read_source)
        self._dub_streams = functools.lru_cache(REMEMBERED_DESCRIPTIONS)(self._read_dub)
        self._watchable = functools.lru_cache(REMEMBERED_VIDEOS)(self._assemble)

    def find(self, media_id: str) -> Watchable | None:
        """Return a video as it is published, or None where there is none that viewers may have.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
            StorageUnavailableError: the store does not answer.
            DamagedArtefactError: a description is missing or damaged.
        """
        with self._catalog.querying() as connection:
            rows = published_rows(connection, media_id)
        return None if rows is None else self._watchable(media_id, rows.published)

    def versions(self, media_id: str) -> Versions | None:
        """Return a video in all versions that viewers may have; see `find`."""
        experiment = self._experiment()
        if experiment is None:
            video = self.find(media_id)
            return None if video is None else Versions(video)
        with self._catalog.reading() as session:
            rows = published_rows(session.connection(), media_id)
            if rows is None:
                return None
            by_arm = rows.by_arm(versions_by_arm(session, media_id, experiment))
        shown = self._watchable(media_id, rows.published)
        if not by_arm:
            return Versions(shown)
        published = set(rows.published.dubs)
        varied = {dub.language for other in by_arm.values() for dub in set(other.dubs) - published}
        versions = {arm: self._watchable(media_id, other) for arm, other in by_arm.items()}
        return Versions(shown, experiment, versions, frozenset(varied))

    def file(self, media_id: str, sha256: str) -> StoredFile | None:
        """Return a file of a video, of whichever version; None where viewers have no such file.

        Raises:
            CatalogUnavailableError: the catalog does not answer; for others see `find`.
        """
        published = self.find(media_id)
        if published is None:
            return None
        if sha256 in published.files or self._experiment() is None:
            return published.files.get(sha256)
        versions = self.versions(media_id)
        arms = versions.by_arm.values() if versions else ()
        return next((each.files[sha256] for each in arms if sha256 in each.files), None)

    def names(self, media_id: str) -> tuple[str, str]:
        """Return what a video's creator called it, and the creator's name; empty where nobody knows.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
        """
        with self._catalog.querying() as connection:
            return video_names(connection, media_id)

    def _assemble(self, media_id: str, published: Published) -> Watchable:
        source = self._source_streams(published.source)
        dubs = [
            (dub.run_id, self._dub_streams(dub.checkpoint))
            for dub in published.dubs
            if dub.language != source.language
        ]
        asset = Asset(source, tuple(streams for _, streams in dubs))
        return Watchable(
            media_id=media_id,
            asset=asset,
            runs={streams.language: run_id for run_id, streams in dubs},
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
