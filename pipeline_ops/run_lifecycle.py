"""What the platform keeps of a run besides checkpoints: its report in the store, its rows in the catalog.

The same two functions serve a run in one process and one under Airflow.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from pipeline_ops.catalog.consents import obstacle
from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.keys import media_id
from pipeline_ops.catalog.recorder import record_end, record_start
from pipeline_ops.catalog.run_facts import RunOrder, gather, source_facts
from pipeline_ops.catalog.uploads import check_upload
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import SettingsError
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report
from pipeline_ops.request import Request
from pipeline_ops.run_record import record_run
from pipeline_ops.safety.consent import LIKENESS_USES, attachment_name


def begin_run(order: RunOrder, request: Request, platform: Platform) -> None:
    """Note that a run goes on.

    Raises:
        SettingsError: there is no such creator, or no such upload of theirs; the creator does not agree to be
            dubbed, or what is asked for was deleted for good.
        CatalogUnavailableError: the catalog does not answer.
    """
    source = source_facts(request.source, platform)
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        if order.creator_id is not None:
            get_creator(session, order.creator_id)
        if order.upload_id is not None:
            check_upload(session, order.upload_id, order.creator_id)
        _check_allowed(session, order.creator_id, request, request.target_languages)
        record_start(session, order, request, source, datetime.now(UTC))


def check_still_allowed(
    creator_id: str | None, request: Request, language: str | None, platform: Platform
) -> None:
    """Make sure that a creator's run may go on: what it uses may have been revoked or deleted since it began.

    Args:
        creator_id: Whose video; a run without a creator goes on.
        request: What is translated.
        language: The target language of the stage that comes next; None for one of the video.
        platform: The deployment.

    Raises:
        SettingsError: it may not; the message says why.
        CatalogUnavailableError: the catalog does not answer.
    """
    if creator_id is None:
        return
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        _check_allowed(session, creator_id, request, () if language is None else (language,))


def _check_allowed(
    session: Session, creator_id: str | None, request: Request, languages: tuple[str, ...]
) -> None:
    source = str(request.source)
    reason = obstacle(
        session,
        creator_id=creator_id,
        source=source,
        media_id=media_id(creator_id, source),
        languages=languages,
        uses=[use for use in LIKENESS_USES if attachment_name(use) in request.attachments],
    )
    if reason is not None:
        raise SettingsError(reason)


def end_run(
    order: RunOrder, request: Request, report: Report, platform: Platform, *, started_at: datetime | None
) -> CheckpointReference:
    """Store a run's report, and write into the catalog what it came to; return the report's reference.

    Raises:
        StorageUnavailableError: the store does not answer.
        CatalogUnavailableError: the catalog does not answer; calling this again is safe.
    """
    reference = record_run(report, order.run_id, platform)
    facts = gather(
        order, request, report, reference, platform, started_at=started_at, ended_at=datetime.now(UTC)
    )
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        record_end(session, facts)
    return reference
