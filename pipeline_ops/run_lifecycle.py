"""What the platform keeps of a run besides checkpoints: its report in the store, its rows in the catalog.

The same two functions serve a run in one process and one under Airflow.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.recorder import record_end, record_start
from pipeline_ops.catalog.run_facts import RunOrder, gather, source_facts
from pipeline_ops.catalog.uploads import check_upload
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report
from pipeline_ops.request import Request
from pipeline_ops.run_record import record_run


def begin_run(order: RunOrder, request: Request, platform: Platform) -> None:
    """Note that a run goes on.

    Raises:
        SettingsError: there is no such creator, or no such upload of theirs.
        CatalogUnavailableError: the catalog does not answer.
    """
    source = source_facts(request.source, platform)
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        if order.creator_id is not None:
            get_creator(session, order.creator_id)
        if order.upload_id is not None:
            check_upload(session, order.upload_id, order.creator_id)
        record_start(session, order, request, source, datetime.now(UTC))


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
