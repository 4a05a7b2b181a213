from __future__ import annotations

from pathlib import Path

import pytest

from models.types import GlossaryTerm, LanguageIdentification
from pipeline_ops.errors import SettingsError
from pipeline_ops.glossary import write_glossary
from pipeline_ops.stages.pick_terms import PickTermsParameters, pick_terms
from tests.models.translation.lines_support import utterances

LINES = tuple(utterances("Welcome to the stream.", "My GoPro broke."))


def picked(folder: Path, glossary: dict[str, dict[str, str]] | None) -> tuple[GlossaryTerm, ...]:
    file = folder / "glossary.json"
    if glossary is not None:
        file.write_bytes(write_glossary(glossary))
    return pick_terms(
        utterances=LINES,
        language=LanguageIdentification("en", 0.99),
        glossary=None if glossary is None else file,
        parameters=PickTermsParameters("pt"),
    ).terms


def test_only_terms_that_somebody_says_are_picked(tmp_path: Path) -> None:
    glossary = {
        "pt": {"stream": "live", "camera": "câmera"},
        "*": {"GoPro": "GoPro"},
        "es": {"stream": "directo"},
    }
    assert picked(tmp_path, glossary) == (GlossaryTerm("GoPro", "GoPro"), GlossaryTerm("stream", "live"))


def test_a_change_of_what_nobody_says_changes_nothing(tmp_path: Path) -> None:
    before = picked(tmp_path, {"pt": {"stream": "live", "camera": "câmera"}})
    assert picked(tmp_path, {"pt": {"stream": "live", "camera": "máquina"}}) == before


def test_no_glossary_and_one_of_which_nothing_is_said_are_the_same(tmp_path: Path) -> None:
    assert picked(tmp_path, None) == picked(tmp_path, {"pt": {"camera": "câmera"}}) == ()


def test_a_file_that_is_no_glossary_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "glossary.json"
    file.write_text("3")
    with pytest.raises(SettingsError):
        pick_terms(
            utterances=LINES,
            language=LanguageIdentification("en", 0.99),
            glossary=file,
            parameters=PickTermsParameters("pt"),
        )
