"""What viewers report of a dub, each next to the line that it is about, and a person's decision on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dubwright_inspection.catalog_access import CatalogAccess
from dubwright_inspection.transcript import Line

from pipeline_ops.catalog.history import Translation
from pipeline_ops.catalog.reports import decide_report, reports

Verdict = Literal["uphold", "dismiss"]

MOST_SHOWN = 100
"""As many as somebody decides in one sitting; the open ones come first."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One report as the page shows it.

    Attributes:
        line: What is said there; None where the reporter named no place, or nothing is said near it.
        of_this_run: Whether this very dub was reported, and not another version of it.
    """

    id: str
    reason: str
    at_s: float | None
    text: str
    state: str
    reported_at: datetime
    decided_by: str | None
    note: str | None
    line: Line | None
    of_this_run: bool


def reported(
    catalog: CatalogAccess, standing: Translation | None, lines: Sequence[Line]
) -> tuple[Reported, ...]:
    """Return the reports of a video's dub into a language, the open ones first.

    Raises:
        SettingsError: the catalog is of another release.
        CatalogUnavailableError: it does not answer.
    """
    if standing is None:
        return ()
    with catalog.reading() as session:
        rows = reports(session, media_id=standing.media_id, language=standing.language, limit=MOST_SHOWN)
        return tuple(
            Reported(
                id=row.id,
                reason=row.reason,
                at_s=row.at_s,
                text=row.text,
                state=row.state,
                reported_at=row.reported_at,
                decided_by=row.decided_by,
                note=row.note,
                line=line_at(lines, row.at_s),
                of_this_run=row.run_id == standing.run_id,
            )
            for row in rows
        )


def line_at(lines: Sequence[Line], at_s: float | None) -> Line | None:
    """Return the line that is said at a time, or was said last before it; None before the first."""
    if at_s is None:
        return None
    before = [line for line in lines if line.start_s is not None and line.start_s <= at_s]
    return before[-1] if before else None


def decide_on_report(catalog: CatalogAccess, report_id: str, verdict: Verdict, *, by: str, note: str) -> None:
    """Uphold or dismiss a report.

    Raises:
        SettingsError: there is none of that id, or somebody decided before.
        CatalogUnavailableError: the catalog does not answer.
    """
    with catalog.writing() as session:
        decide_report(session, report_id, upheld=verdict == "uphold", by=by, note=note)
