"""The audit log: who decided what, when and why.

Rows are added, never changed, and each holds the digest of the one before, so that an edit or a deletion
shows. The log's end is signed, so that rows cut off there show too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.artefacts import canonical_json
from pipeline_ops.catalog.tables import LONGEST_MESSAGE, TranslationRow
from pipeline_ops.catalog.trust_tables import AuditHeadRow, AuditRow
from pipeline_ops.errors import SettingsError
from pipeline_ops.safety.signatures import RecordsKey, Signature

PLATFORM = "dubwright"
"""Who decides where no person does."""

HEAD_ROW = 1
ROWS_AT_A_TIME = 1000


def append(
    session: Session,
    *,
    who: str,
    what: str,
    subject: str,
    why: str = "",
    details: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> AuditRow:
    """Add a row. Whoever else wants to add one waits until this transaction ends.

    Args:
        session: A writing one.
        who: A person, or `PLATFORM`.
        what: What was decided or done.
        subject: To what.
        why: In a sentence.
        details: Plain JSON data.
        now: The present time.
    """
    head = session.get(AuditHeadRow, HEAD_ROW, with_for_update=True, populate_existing=True)
    if head is None:
        message = "The audit log has lost its head (table audit_head): restore the catalog from a backup."
        raise SettingsError(message)
    row = AuditRow(
        sequence=head.sequence + 1,
        at=now or datetime.now(UTC),
        who=who[:200],
        what=what,
        subject=subject[:300],
        why=why[:LONGEST_MESSAGE],
        details=dict(details or {}),
        previous=head.digest,
    )
    row.digest = _digest(row)
    session.add(row)
    head.sequence, head.digest = row.sequence, row.digest
    signature = RecordsKey.from_environment().sign(_head_content(head))
    head.signature, head.key_id = signature.text, signature.key_id
    session.flush()
    return row


def translation_subject(translation: TranslationRow) -> str:
    """Return how the log names a translation."""
    return f"translation {translation.media_id} {translation.language} {translation.run_id}"[:300]


def creator_subject(creator_id: str) -> str:
    """Return how the log names a creator."""
    return f"creator {creator_id}"


def entries(session: Session, *, subject: str | None = None, limit: int | None = None) -> list[AuditRow]:
    """Return rows, the last `limit` of them, in order; those whose subject begins so where one is named."""
    statement = select(AuditRow).order_by(AuditRow.sequence.desc())
    if subject is not None:
        statement = statement.where(AuditRow.subject.startswith(subject, autoescape=True))
    if limit is not None:
        statement = statement.limit(limit)
    return list(session.scalars(statement))[::-1]


def end_of_log(session: Session) -> str:
    """Return where the log ends, `<sequence>:<digest>`: noted elsewhere, it shows a log that was put back."""
    head = session.get_one(AuditHeadRow, HEAD_ROW)
    return f"{head.sequence}:{head.digest}"


def problems(session: Session, *, expected_end: str | None = None) -> Iterator[str]:
    """Read the whole log and yield what is wrong with it, a sentence each.

    Args:
        session: A reading one.
        expected_end: What `end_of_log` gave at some time: the log must still hold that row.
    """
    known = expected_end.partition(":")[::2] if expected_end else None
    previous, sequence, seen = "0" * 64, 0, False
    rows = select(AuditRow).order_by(AuditRow.sequence).execution_options(yield_per=ROWS_AT_A_TIME)
    for row in session.scalars(rows):
        if row.sequence != sequence + 1:
            yield f"Between rows {sequence} and {row.sequence} of the audit log, some are missing."
        elif row.previous != previous:
            yield f"Row {row.sequence} of the audit log does not follow the row before it."
        if row.digest != _digest(row):
            yield f"Row {row.sequence} of the audit log was changed after it was written."
        previous, sequence = row.digest, row.sequence
        seen = seen or (str(row.sequence), row.digest) == known
    if known and known != ("0", "0" * 64) and not seen:
        yield f"The audit log does not hold row {known[0]} with the digest that was noted."
    yield from _problems_of_head(session, sequence, previous)


def _problems_of_head(session: Session, sequence: int, digest: str) -> Iterator[str]:
    head = session.get(AuditHeadRow, HEAD_ROW)
    if head is None:
        yield "The audit log has lost its head."
        return
    if (head.sequence, head.digest) != (sequence, digest):
        yield f"The audit log ends with row {sequence}, but was signed up to row {head.sequence}."
    if head.sequence == 0:
        return
    key = RecordsKey.from_environment()
    if head.key_id != key.key_id:
        yield (
            f"The end of the audit log was signed with key {head.key_id}, not with this one ({key.key_id});"
            " verify it with that key."
        )
    elif not key.verifies(_head_content(head), Signature(head.signature, head.key_id)):
        yield "The signature of the audit log's end is wrong."


def _digest(row: AuditRow) -> str:
    content = {
        "sequence": row.sequence,
        "at": row.at.astimezone(UTC).isoformat(),
        "who": row.who,
        "what": row.what,
        "subject": row.subject,
        "why": row.why,
        "details": row.details,
        "previous": row.previous,
    }
    return hashlib.sha256(canonical_json(content)).hexdigest()


def _head_content(head: AuditHeadRow) -> bytes:
    return canonical_json({"audit_log": {"sequence": head.sequence, "digest": head.digest}})
