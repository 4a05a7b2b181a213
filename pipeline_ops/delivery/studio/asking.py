"""A creator asks for translations: a run is noted in the catalog, then started in Airflow, once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.profile import load_profile
from models.registry import served_pairs
from pipeline_ops.airflow_control.client import AirflowRefusedError
from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.keys import studio_run_id
from pipeline_ops.catalog.lost_runs import give_up
from pipeline_ops.catalog.recorder import record_asked
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.catalog.tables import OutcomeRow, RunRow, UploadRow
from pipeline_ops.delivery.studio.airflow_desk import AirflowDesk
from pipeline_ops.delivery.studio.library import OUR_FAULT, Standing, Video, find_video
from pipeline_ops.delivery.studio.problems import StudioProblem, conflict, not_found, unprocessable
from pipeline_ops.errors import SettingsError
from pipeline_ops.platform import Platform
from pipeline_ops.request import parse_languages

log = logging.getLogger(__name__)

SETTLED: tuple[Standing, ...] = ("published", "awaiting_you", "held", "under_way", "not_started")
"""In these a language needs no further run; in the others it may be asked for again."""

OUR_FAULT_STATUS = 502


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking.

    Attributes:
        run_id: The run that was started for the languages that needed one; None where none did.
        languages: These languages.
        settled: Those that were asked for and are there, or on their way.
    """

    run_id: str | None
    languages: tuple[str, ...]
    settled: tuple[str, ...]


@dataclass(frozen=True)
class Desk:
    """Takes wishes for translations of one deployment."""

    platform: Platform
    catalog: CatalogDatabase
    airflow: AirflowDesk

    def target_languages(self, source: str | None = None) -> tuple[str, ...]:
        """Return the languages that the deployment translates into, from one that is spoken or from any."""
        catalog = self.platform.catalog
        profile = load_profile(self.platform.settings.profile, catalog)
        pairs = served_pairs(catalog, profile, self.platform.weights)
        return tuple(sorted({target for spoken, target in pairs if source in (None, spoken)}))

    def ask(self, creator_id: str, video_id: str, languages: list[str]) -> Asked:
        """Ask for a video in languages; asked again, it starts nothing twice.

        Raises:
            StudioProblem: they have no such video, have not agreed to be dubbed, or name no languages.
            AirflowUnavailableError: Airflow does not answer; asking again goes on from there.
        """
        try:
            wanted = parse_languages(languages)
        except SettingsError as error:
            raise unprocessable("no_languages", "Name one or more languages, such as pt or es.") from error
        with self.catalog.writing() as session:
            video = _locked_video(session, creator_id, video_id)
            if get_creator(session, creator_id).consented_at is None:
                raise conflict(
                    "consent_missing",
                    "You have not agreed to be dubbed. Read what that means and agree to it, then ask again.",
                )
            settled = tuple(
                code for code in wanted if (known := video.language(code)) and known.standing in SETTLED
            )
            missing = tuple(code for code in wanted if code not in settled)
            run_id = None
            if missing:
                attempt = len(video.runs) - len(video.open_runs)
                run_id = studio_run_id(creator_id, video.id, missing, attempt)
                order = RunOrder(
                    run_id, requested_at=datetime.now(UTC), creator_id=creator_id, upload_id=video.id
                )
                record_asked(session, order, missing)
            starts = _not_begun(session, creator_id, video)
        for start, targets in starts.items():
            self._start(start, targets, video, creator_id)
        return Asked(run_id, missing, settled)

    def _start(self, run_id: str, targets: tuple[str, ...], video: Video, creator_id: str) -> None:
        conf = {
            "video": video.address,
            "target_languages": list(targets),
            "profile": self.platform.settings.profile,
            "creator": creator_id,
            "upload": video.id,
        }
        try:
            self.airflow.start(run_id, conf)
        except AirflowRefusedError as error:
            log.exception("Airflow did not take %s.", run_id)
            with self.catalog.writing() as session:
                give_up(session, run_id, "failed", str(error), datetime.now(UTC))
            raise StudioProblem(OUR_FAULT_STATUS, "not_started", OUR_FAULT) from error


def _locked_video(session: Session, creator_id: str, video_id: str) -> Video:
    """Return a video, letting one at a time ask for it (SQLite lets one at a time write anyway)."""
    session.execute(select(UploadRow.id).where(UploadRow.id == video_id).with_for_update())
    video = find_video(session, creator_id, video_id)
    if video is None:
        raise not_found()
    return video


def _not_begun(session: Session, creator_id: str, video: Video) -> dict[str, tuple[str, ...]]:
    """Return the runs that somebody asked for here and that nobody has begun, with their languages.

    One of an earlier call, which noted it and could not reach Airflow, is among them: starting is idempotent.
    """
    statement = (
        select(RunRow.id, OutcomeRow.language)
        .join(OutcomeRow, OutcomeRow.run_id == RunRow.id)
        .where(
            RunRow.upload_id == video.id,
            RunRow.creator_id == creator_id,
            RunRow.status == "requested",
            RunRow.started_by.is_(None),
            RunRow.id.startswith(f"studio-{creator_id}-", autoescape=True),
        )
        .order_by(RunRow.id, OutcomeRow.language)
    )
    found: dict[str, tuple[str, ...]] = {}
    for run_id, language in session.execute(statement):
        found[run_id] = (*found.get(run_id, ()), language)
    return found
