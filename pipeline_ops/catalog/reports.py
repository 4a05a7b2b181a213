"""What viewers say is wrong with a translation, and what a reviewer made of it."""

from __future__ import annotations

import math
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.catalog import audit
from pipeline_ops.catalog.tables import LONGEST_MESSAGE, MediumRow, TranslationRow
from pipeline_ops.catalog.trust_tables import ReportReason, ReportRow, ReportState
from pipeline_ops.errors import SettingsError

REASONS: tuple[ReportReason, ...] = get_args(ReportReason)

LONGEST_TEXT_CHARACTERS = 1000
"""Some ten sentences; the column is as long."""

LONGEST_REPORTER_CHARACTERS = 64
"""A sha256 in hexadecimal."""

PAGE = 50


def file_report(
    session: Session,
    translation: TranslationRow,
    *,
    reason: str,
    at_s: float | None,
    text: str,
    reporter: str,
    now: datetime | None = None,
) -> ReportRow:
    """Write down what a viewer reports; the same report of the same viewer is one while it is open.

    Args:
        session: A writing one.
        translation: What they watched.
        reason: One of `REASONS`.
        at_s: Where in the video, in seconds; None where they did not say.
        text: In their words, at most `LONGEST_TEXT_CHARACTERS`; control characters are dropped.
        reporter: A salted hash: it tells reporters apart and names nobody.
        now: The present time.

    Raises:
        SettingsError: the reason is none of them, the time is not within the video, or a text is too long.
    """
    known_reason = _reason(reason)
    _check(session, translation, at_s, reporter)
    said = _plain(text)
    same = session.scalar(
        select(ReportRow).where(
            ReportRow.media_id == translation.media_id,
            ReportRow.language == translation.language,
            ReportRow.run_id == translation.run_id,
            ReportRow.reporter == reporter,
            ReportRow.reason == known_reason,
            ReportRow.state == "open",
            ReportRow.at_s.is_(None) if at_s is None else ReportRow.at_s == at_s,
            ReportRow.text == said,
        )
    )
    if same is not None:
        return same
    row = ReportRow(
        id=secrets.token_hex(16),
        run_id=translation.run_id,
        language=translation.language,
        media_id=translation.media_id,
        creator_id=translation.creator_id,
        reason=known_reason,
        at_s=at_s,
        text=said,
        reporter=reporter,
        state="open",
        reported_at=now or datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return row


def decide_report(
    session: Session, report_id: str, *, upheld: bool, by: str, note: str = "", now: datetime | None = None
) -> ReportRow:
    """Uphold or dismiss a report, once, and write that into the audit log.

    Upholding says that the reporter is right; what is done about it (a line reworded, the translation
    refused or deleted) is a step of its own.

    Raises:
        SettingsError: there is no such report, or it was decided.
    """
    row = session.get(ReportRow, report_id, with_for_update=True)
    if row is None:
        message = f"There is no report {report_id[:40]!r}; dubwright reports list shows them."
        raise SettingsError(message)
    if row.state != "open":
        message = f"Report {report_id} was {row.state} by {row.decided_by}."
        raise SettingsError(message)
    row.state = "upheld" if upheld else "dismissed"
    row.decided_by, row.decided_at = by[:200], now or datetime.now(UTC)
    row.note = note[:LONGEST_MESSAGE] or None
    audit.append(
        session,
        who=by,
        what=f"report_{row.state}",
        subject=f"translation {row.media_id} {row.language} {row.run_id}",
        why=note,
        details={"report": row.id, "reason": row.reason, "at_s": row.at_s},
        now=row.decided_at,
    )
    return row


def reports(
    session: Session,
    *,
    state: ReportState | None = None,
    creator_id: str | None = None,
    media_id: str | None = None,
    language: str | None = None,
    limit: int = PAGE,
    offset: int = 0,
) -> Sequence[ReportRow]:
    """Return reports, the oldest open one first and the decided ones after those, the latest first."""
    wanted = [
        column == value
        for column, value in (
            (ReportRow.state, state),
            (ReportRow.creator_id, creator_id),
            (ReportRow.media_id, media_id),
            (ReportRow.language, language),
        )
        if value is not None
    ]
    statement = (
        select(ReportRow)
        .where(*wanted)
        .order_by(ReportRow.state != "open", ReportRow.decided_at.desc(), ReportRow.reported_at, ReportRow.id)
        .limit(limit)
        .offset(offset)
    )
    return session.scalars(statement).all()


def _reason(reason: str) -> ReportReason:
    for known in REASONS:
        if known == reason:
            return known
    message = f"{reason[:40]!r} is no reason to report; there are {', '.join(REASONS)}."
    raise SettingsError(message)


def _check(session: Session, translation: TranslationRow, at_s: float | None, reporter: str) -> None:
    if not 0 < len(reporter) <= LONGEST_REPORTER_CHARACTERS:
        message = f"A reporter's hash has 1 to {LONGEST_REPORTER_CHARACTERS} characters."
        raise SettingsError(message)
    if at_s is None:
        return
    duration_s = session.scalar(select(MediumRow.duration_s).where(MediumRow.id == translation.media_id))
    if not math.isfinite(at_s) or at_s < 0 or (duration_s is not None and at_s > duration_s + 1.0):
        message = f"{at_s:g} s is not within the video."
        raise SettingsError(message)


def _plain(text: str) -> str:
    said = "".join(
        letter for letter in text if letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cs", "Co"}
    ).strip()
    if len(said) > LONGEST_TEXT_CHARACTERS:
        message = f"A report has at most {LONGEST_TEXT_CHARACTERS} characters; this one has {len(said)}."
        raise SettingsError(message)
    return said
