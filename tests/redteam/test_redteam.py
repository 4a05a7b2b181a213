"""Known attacks come to what they should; those that we do not withstand yet are known as such."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.redteam.attacks import Case, cases, outcome

pytestmark = pytest.mark.models


@pytest.mark.parametrize("case", [case for case in cases() if not case.is_slow], ids=lambda case: case.id)
def test_an_attack_comes_to_what_it_should(case: Case, tmp_path: Path) -> None:
    withstood = outcome(case, tmp_path) == case.expected
    assert withstood is not case.is_open, f"set `open: {not withstood}` for {case.id} in cases.yaml"
