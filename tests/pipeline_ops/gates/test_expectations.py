from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_ops.gates.expectations import all_expected
from pipeline_ops.verdicts import REASONS


def test_every_expectation_has_limits_a_reason_and_a_code_to_reject_with() -> None:
    for expected in all_expected():
        assert len(expected.reason) > 10
        assert f"unfit_{expected.subject}" in REASONS
        assert expected.least is not None or expected.most is not None
        if expected.least is not None and expected.most is not None:
            assert expected.least <= expected.most


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: {x: {limits: {column: c}, subject: file, severity: stop, reason: why not}}", "neither"),
        ("a: {x: {limits: {column: c, most: 1}, subject: file, severity: stop, reason: ''}}", "no reason"),
        ("a: {x: {limits: {column: c, most: 1}, subject: file, severity: halt, reason: why}}", "severity"),
        (
            "a: {x: {limits: {column: c, most: 1}, subject: file, severity: stop, reason: why}}\n"
            "b: {x: {limits: {column: c, most: 1}, subject: file, severity: stop, reason: why}}",
            "more than one",
        ),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "expectations.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        all_expected(file)
