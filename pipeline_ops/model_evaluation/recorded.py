"""Takes the reports of runs that were made for an evaluation out of the catalog."""

from __future__ import annotations

from sqlalchemy import select

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.publishing import UNDECIDED, refuse
from pipeline_ops.catalog.tables import RunRow, TranslationRow
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report
from pipeline_ops.run_record import read_report

NOTE = "It was made for an evaluation."


def take_report(catalog: CatalogDatabase, platform: Platform, run_id: str, *, by: str) -> Report | None:
    """Return a run's report, None where it left none, and say that its translations are not to be published.

    Safe to call again.

    Args:
        catalog: Where the run is recorded.
        platform: The deployment.
        run_id: The run.
        by: Who says so.

    Raises:
        DamagedArtefactError: the report is no longer in the store.
    """
    with catalog.writing() as session:
        waiting = select(TranslationRow.language).where(
            TranslationRow.run_id == run_id, TranslationRow.state.in_(UNDECIDED)
        )
        for language in session.scalars(waiting).all():
            refuse(session, run_id, language, by=by, note=NOTE)
        row = session.get(RunRow, run_id)
        reference = None if row is None else row.report
    return None if reference is None else read_report(CheckpointReference.parse(reference), platform)
