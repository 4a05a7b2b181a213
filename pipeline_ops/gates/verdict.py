"""What follows from a gate's outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline_ops.gates.outcomes import ExpectationOutcome, stopping
from pipeline_ops.verdicts import rejection

TOLD = 3
"""Findings in the sentence; the rest stand on the page."""


def require_fit(outcomes: Sequence[ExpectationOutcome], language: str, result: object) -> None:
    """Return where nothing stops the language.

    Args:
        outcomes: All of a gate.
        language: The target language's name, in words.
        result: The gate's result, which is stored with the verdict.

    Raises:
        RejectedInputError: `unfit_wording`, `unfit_timing`, `unfit_sound`, `unfit_picture` or `unfit_file`,
            after the first expectation that was not met.
    """
    failed = stopping(outcomes)
    if not failed:
        return
    findings = "; ".join(f"{each.name.replace('_', ' ')} ({each.detail})" for each in failed[:TOLD])
    raise rejection(
        f"unfit_{failed[0].subject}", evidence=result, language=language, findings=f"not met: {findings}"
    )
