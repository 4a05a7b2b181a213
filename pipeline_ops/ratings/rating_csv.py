"""Answers as CSV, out and in again.

Programs that show tables take a cell that begins with =, +, - or @ for a formula and may run it, so such a
text is written with an apostrophe before it, and read without it (OWASP, "CSV injection").
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline_ops.errors import SettingsError
from pipeline_ops.ratings.dimensions import DIMENSIONS, PREFERENCE, Role
from pipeline_ops.ratings.records import Answer
from pipeline_ops.ratings.table import HIGHEST, LOWEST

COLUMNS = (
    "rater",
    "content",
    "system",
    "other_system",
    "role",
    "dimension",
    "value",
    "expected",
    "position",
    "seconds",
    "clip_s",
    "answered_at",
)

MOST_ROWS = 1_000_000
"""A file with more is a mistake, and would not fit into memory for long."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")

Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rater: Text
    content: Text
    system: Text
    other_system: Text | None = None
    role: Role
    dimension: str
    value: Annotated[int, Field(ge=-1, le=HIGHEST)] | None = None
    expected: Annotated[float, Field(ge=-1, le=HIGHEST, allow_inf_nan=False)] | None = None
    position: Annotated[int, Field(ge=0)] = 0
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    clip_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    answered_at: datetime | None = None

    @model_validator(mode="after")
    def _fits(self) -> _Row:
        if self.dimension == PREFERENCE:
            if self.other_system is None:
                message = "a preference names other_system"
                raise ValueError(message)
            if self.value is not None and self.value > 1:
                message = "a preference is 1, 0 or -1"
                raise ValueError(message)
        elif self.dimension not in DIMENSIONS:
            message = f"there is no dimension {self.dimension!r}"
            raise ValueError(message)
        elif self.value is not None and self.value < LOWEST:
            message = f"a score lies between {LOWEST} and {HIGHEST}"
            raise ValueError(message)
        if self.answered_at is not None and self.answered_at.tzinfo is None:
            message = "answered_at has no time zone"
            raise ValueError(message)
        return self


def write_answers(answers: Iterable[Answer]) -> str:
    """Return answers as CSV with a line of column names."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for answer in answers:
        writer.writerow([_cell(getattr(answer, column)) for column in COLUMNS])
    return stream.getvalue()


def read_answers(text: str, source: str = "The file") -> tuple[Answer, ...]:
    """Read what `write_answers` wrote, or another program with the same columns.

    Args:
        text: The file's content.
        source: Its name, for the message.

    Raises:
        SettingsError: a column is missing or unknown, a value makes no sense, or a rater answered twice; the
            message names the line.
    """
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""))
    if set(reader.fieldnames or ()) != set(COLUMNS) or len(reader.fieldnames or ()) != len(COLUMNS):
        message = f"{source} should have the columns {', '.join(COLUMNS)}."
        raise SettingsError(message)
    answers: list[Answer] = []
    seen: dict[tuple[str, str, str, str | None, str, int], int] = {}
    try:
        for row in reader:
            answer = _answer(row, f"{source}, line {reader.line_num}")
            key = (
                answer.rater,
                answer.content,
                answer.system,
                answer.other_system,
                answer.dimension,
                answer.position,
            )
            if key in seen:
                message = f"{source}, line {reader.line_num}: the same answer stands in line {seen[key]}."
                raise SettingsError(message)
            seen[key] = reader.line_num
            answers.append(answer)
            if len(answers) > MOST_ROWS:
                message = f"{source} has more than {MOST_ROWS} answers."
                raise SettingsError(message)
    except csv.Error as error:
        message = f"{source}, line {reader.line_num}: {error}"
        raise SettingsError(message) from error
    return tuple(answers)


def _answer(row: dict[str, str | None], place: str) -> Answer:
    if None in row or None in row.values():
        message = f"{place}: it has another number of cells than there are columns."
        raise SettingsError(message)
    cells = {name: _text(value or "") or None for name, value in row.items()}
    given = {name: value for name, value in cells.items() if value is not None}
    try:
        return Answer(**_Row.model_validate(given).model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"{place}: {where + ': ' if where else ''}{first['msg']}"
        raise SettingsError(message) from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value)  # a number that begins with a minus is a number
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
