"""What the gates expect: `expectations.yaml`, read and checked."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipeline_ops.gates.outcomes import Severity, Subject

FILE = Path(__file__).with_name("expectations.yaml")


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation.

    Attributes:
        name: Unique; a sentence in snake case.
        table: Of `tables.py`.
        column: Whose cells are looked at.
        least: The smallest value that is met; None where there is none.
        most: The largest.
        share: Of the rows, how many must keep to it.
        subject: What is wrong where it is not met.
        severity: Whether that ends the language.
        reason: Why this threshold.
    """

    name: str
    table: str
    column: str
    least: float | None
    most: float | None
    share: float
    subject: Subject
    severity: Severity
    reason: str


@functools.cache
def all_expected(file: Path = FILE) -> tuple[Expected, ...]:
    """Return every expectation, in the file's order.

    Raises:
        ValueError: one has no limits or no reason, two share a name, or a field is misspelt.
    """
    import yaml

    content: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    found = tuple(
        _expected(name, table, fields) for table, named in content.items() for name, fields in named.items()
    )
    names = [each.name for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"{file.name} has more than one expectation called {', '.join(twice)}"
        raise ValueError(message)
    return found


def expected_of(*tables: str) -> tuple[Expected, ...]:
    """Return the expectations of some tables."""
    return tuple(each for each in all_expected() if each.table in tables)


def _expected(name: str, table: str, fields: dict[str, Any]) -> Expected:
    limits = {"least": None, "most": None, "share": 1.0, **fields.pop("limits", {})}
    if limits["least"] is None and limits["most"] is None:
        message = f"The expectation {name} has neither least nor most"
        raise ValueError(message)
    if not str(fields.get("reason", "")).strip():
        message = f"The expectation {name} gives no reason"
        raise ValueError(message)
    expected: Expected = TypeAdapter(Expected).validate_python(
        {"name": name, "table": table, **limits, **fields}
    )
    return expected
