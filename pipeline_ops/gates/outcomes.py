"""What a gate came to, expectation by expectation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["stop", "flag"]
"""`stop` ends the language; `flag` is shown to people and counted."""

Subject = Literal["wording", "timing", "sound", "picture", "file"]
"""What is wrong where an expectation fails; the reason code of the rejection is `unfit_<subject>`."""


@dataclass(frozen=True, slots=True)
class ExpectationOutcome:
    """One expectation with what was found.

    Attributes:
        name: The expectation's, unique over all gates.
        table: Which table it is of.
        subject: What would be wrong.
        severity: Whether it stops the language.
        passed: Whether it was met.
        detail: What was found, in words; empty where it was met.
    """

    name: str
    table: str
    subject: Subject
    severity: Severity
    passed: bool
    detail: str = ""


def stopping(outcomes: Sequence[ExpectationOutcome]) -> tuple[ExpectationOutcome, ...]:
    """Return the failed expectations that end a language."""
    return tuple(each for each in outcomes if not each.passed and each.severity == "stop")


def flagging(outcomes: Sequence[ExpectationOutcome]) -> tuple[ExpectationOutcome, ...]:
    """Return the failed expectations that only flag it."""
    return tuple(each for each in outcomes if not each.passed and each.severity == "flag")
