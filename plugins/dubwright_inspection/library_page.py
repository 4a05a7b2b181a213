"""The library: how far backlogs are, why videos were rejected, what failed, and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dubwright_inspection.catalog_access import CatalogAccess
from dubwright_inspection.run_page import run_address
from dubwright_inspection.video_names import video_names
from sqlalchemy.orm import Session

from pipeline_ops.catalog.creators import Creator, list_creators
from pipeline_ops.catalog.history import Translation, translations
from pipeline_ops.catalog.library import Eligibility, Progress, Reason, eligibility, failures, progress
from pipeline_ops.languages import english_name

MOST_WAITING = 25
"""As many translations as somebody reviews in one sitting."""

STANDINGS = (
    ("published", "published"),
    ("undecided", "waiting for a decision"),
    ("in_progress", "under way"),
    ("not_started", "not started"),
    ("rejected", "rejected"),
    ("refused", "refused"),
    ("failed", "failed"),
)
"""How a video can stand in a language, the best first, in the words of the page."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: how many videos stand so, and from where to where it reaches, in percent."""

    name: str
    word: str
    videos: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """One creator's videos in one language, as a bar."""

    creator_id: str | None
    creator_name: str
    language: str
    videos: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ReasonTotal:
    """One reason code over all languages, with the share of all rejections that it makes."""

    reason_code: str
    videos: int
    share: float
    languages: str


def library_page_values(
    catalog: CatalogAccess, creator_id: str | None, base: str, shown_runs: Sequence[Any]
) -> dict[str, Any]:
    """Return what the library's template shows.

    Args:
        catalog: The deployment's catalog.
        creator_id: Only this creator's videos; None for all.
        base: The path under which the application is mounted.
        shown_runs: The latest runs, as Airflow knows them.

    Raises:
        SettingsError: the catalog is of another release.
        CatalogUnavailableError: it does not answer.
    """
    with catalog.reading() as session:
        creators = list_creators(session)
        rows = progress(session, creator_id)
        judged = eligibility(session, creator_id)
        names = video_names(shown_runs, session)
        return {
            "base": base,
            "creator_id": creator_id,
            "creators": creators,
            "totals": _parts(rows),
            "videos": sum(row.videos for row in rows),
            "backlogs": [_backlog(row, creators) for row in rows],
            "eligibility": judged,
            "reasons": _reasons(judged),
            "failures": [
                (failure, run_address(base, failure.run_id, failure.language))
                for failure in failures(session, creator_id)
            ],
            "waiting": [
                (each, run_address(base, each.run_id, each.language) + "#review")
                for each in _waiting(session, creator_id)
            ],
            "runs": [(run, names[run.run_id], run_address(base, run.run_id)) for run in shown_runs],
            "words": dict(STANDINGS),
            "language_name": english_name,
        }


def _waiting(session: Session, creator_id: str | None) -> tuple[Translation, ...]:
    """Return what waits for a person: for a review, or since something about it must be looked at."""
    waiting = translations(session, creator_id=creator_id, state="awaiting_review", limit=MOST_WAITING)
    held = translations(session, creator_id=creator_id, state="held", limit=MOST_WAITING)
    return (*(each for each in held if each.note), *waiting)[:MOST_WAITING]  # an upgrade's have no note


def _backlog(row: Progress, creators: Sequence[Creator]) -> Backlog:
    names = {creator.id: creator.name for creator in creators}
    name = "handed in" if row.creator_id is None else names.get(row.creator_id, row.creator_id)
    return Backlog(row.creator_id, name, row.language, row.videos, _parts([row]))


def _parts(rows: Sequence[Progress]) -> tuple[Part, ...]:
    total = sum(row.videos for row in rows)
    parts, start = [], 0.0
    for name, word in STANDINGS:
        videos = sum(getattr(row, name) for row in rows)
        width = 100 * videos / total if total else 0.0
        parts.append(Part(name, word, videos, round(start, 3), round(width, 3)))
        start += width
    return tuple(parts)


def _reasons(judged: Eligibility) -> list[ReasonTotal]:
    by_code: dict[str, list[Reason]] = {}
    for reason in judged.reasons:
        by_code.setdefault(reason.reason_code, []).append(reason)
    totals = [
        ReasonTotal(
            code,
            videos := sum(reason.videos for reason in reasons),
            100 * videos / judged.rejected,
            ", ".join(
                f"{english_name(reason.language)} {reason.videos}"
                for reason in sorted(reasons, key=lambda reason: -reason.videos)
            ),
        )
        for code, reasons in by_code.items()
    ]
    return sorted(totals, key=lambda total: -total.videos)
