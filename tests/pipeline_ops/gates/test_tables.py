from __future__ import annotations

import pytest

from pipeline_ops.gates.tables import heard_table
from pipeline_ops.quality.evaluation import HeardLine


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Fazemos pão em casa.", 0.7),
        ("Kanye West partiu alto.", None),  # but for the name too short to be told by its letters
        ("Está bem.", None),
    ],
)
def test_only_lines_that_are_long_without_their_names_are_told_by_their_letters(
    said: str, expected: float | None
) -> None:
    [row] = heard_table([HeardLine(0, 0.0, "another sentence", 1.0, 0.7, 0.5, 0.6)], {0: said})
    assert row["long_line_error_rate"] == expected
