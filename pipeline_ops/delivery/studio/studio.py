"""The studio of one deployment: everything that its routes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.playbacks import PlaybackFigures, playback_figures
from pipeline_ops.delivery.signing import read_keys
from pipeline_ops.delivery.studio.airflow_desk import AirflowDesk
from pipeline_ops.delivery.studio.asking import Desk
from pipeline_ops.delivery.studio.attempts import FailedAttempts
from pipeline_ops.delivery.studio.consent_texts import ConsentTexts, read_consent_texts
from pipeline_ops.delivery.studio.inspection import Inspector
from pipeline_ops.delivery.studio.library import Video, find_video
from pipeline_ops.delivery.studio.problems import not_found
from pipeline_ops.delivery.studio.sessions import Sessions
from pipeline_ops.delivery.studio.uploading import Uploads
from pipeline_ops.incoming.storage import open_incoming
from pipeline_ops.platform import Platform


@dataclass(frozen=True)
class Studio:
    """The studio's parts. Threads may share it."""

    platform: Platform
    catalog: CatalogDatabase
    airflow: AirflowDesk
    uploads: Uploads
    desk: Desk
    sessions: Sessions
    attempts: FailedAttempts
    consent_texts: ConsentTexts

    @classmethod
    def open(cls, platform: Platform) -> Studio:
        """Put a deployment's studio together.

        Raises:
            SettingsError: the catalog is of another release, or the settings make no sense.
            CatalogUnavailableError: the catalog does not answer.
        """
        settings = platform.settings
        consent_texts = read_consent_texts(settings.studio.consent_texts)
        catalog = open_catalog(settings)
        incoming = open_incoming(settings.media_url)
        _ = incoming.upload_origin  # pages tell browsers of it: one that is not known is told of now
        airflow = AirflowDesk(settings)
        return cls(
            platform=platform,
            catalog=catalog,
            airflow=airflow,
            uploads=Uploads(settings, catalog, incoming, Inspector(settings, catalog, incoming)),
            desk=Desk(platform, catalog, airflow),
            sessions=Sessions(read_keys(settings.home)),
            attempts=FailedAttempts(),
            consent_texts=consent_texts,
        )

    def close(self) -> None:
        """Close all connections."""
        self.airflow.close()
        self.catalog.close()

    def video(self, session: Session, creator_id: str, video_id: str) -> Video:
        """Return a creator's own video.

        Raises:
            StudioProblem: they have none of that id.
        """
        video = find_video(session, creator_id, video_id)
        if video is None:
            raise not_found()
        return video

    @staticmethod
    def views(session: Session, creator_id: str) -> Mapping[str, tuple[PlaybackFigures, ...]]:
        """Return what viewers did with each of a creator's videos, by language; by media id."""
        figures: dict[str, tuple[PlaybackFigures, ...]] = {}
        for each in playback_figures(session, "video", creator_id=creator_id):
            figures[each.group] = (*figures.get(each.group, ()), each)
        return figures
