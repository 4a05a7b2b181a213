from __future__ import annotations

import pytest

from models.types import Word
from pipeline_ops.punctuation import ends_clause, ends_sentence


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("home.", True),
        ("home", False),
        ("etc.", False),
        ("wait...", True),
        ('done."', True),
        ("¿qué?", True),
        ("J.", False),
        ("है।", True),
    ],
)
def test_what_ends_a_sentence(text: str, ends: bool) -> None:
    assert ends_sentence(Word(text, 0.0, 1.0, 1.0)) is ends


@pytest.mark.parametrize(
    ("text", "ends"), [("home,", True), ("home", False), ("home.", False), ('bread,"', True), ('"', False)]
)
def test_what_ends_a_clause(text: str, ends: bool) -> None:
    assert ends_clause(Word(text, 0.0, 1.0, 1.0)) is ends
