from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import GlossaryTerm, LanguageIdentification, Wording
from pipeline_ops.errors import SettingsError
from pipeline_ops.request import parameters_for
from pipeline_ops.stages.revise_lines import (
    LONGEST_LINE_CHARACTERS,
    LineEdit,
    RevisedLines,
    ReviseParameters,
    revise_lines,
)
from pipeline_ops.stages.translate import TranslatedLine

ENGLISH = LanguageIdentification("en", 0.99)
LINES = (
    TranslatedLine(0, "I have 3 cats.", (Wording("Tenho 3 gatos."), Wording("3 gatos.", "shorter", 0.1)), ()),
    TranslatedLine(1, "Yes.", (Wording("Sim."),), ()),
)


def edit(
    index: int, text: str, source_text: str = "", language: str = "pt", at: str = "2026-01-01"
) -> LineEdit:
    return LineEdit(language, index, source_text or LINES[index].source_text, text, "ana", at)


def revised(*edits: LineEdit, terms: tuple[GlossaryTerm, ...] = ()) -> RevisedLines:
    return revise_lines(lines=LINES, language=ENGLISH, terms=terms, parameters=ReviseParameters("pt", edits))


def test_an_edited_line_without_a_term_of_the_glossary_is_flagged() -> None:
    terms = (GlossaryTerm("cat", "gatinho"),)
    assert "glossary_missed" in revised(edit(0, "Tenho 3 gatos."), terms=terms).lines[0].flags
    assert "glossary_missed" not in revised(edit(0, "Tenho 3 gatinhos."), terms=terms).lines[0].flags


def test_without_edits_the_lines_pass_through_unchanged() -> None:
    assert revised() == RevisedLines(LINES, (), ())


def test_an_edited_line_has_its_new_wording_alone_and_is_flagged() -> None:
    changed = edit(0, " Eu tenho 3 gatos. ")
    result = revised(changed)
    assert result.lines == (
        TranslatedLine(0, "I have 3 cats.", (Wording("Eu tenho 3 gatos."),), ("edited",)),
        LINES[1],
    )
    assert result.applied == (changed,)


def test_what_looks_wrong_in_a_persons_wording_is_flagged_too() -> None:
    assert revised(edit(0, "Tenho 4 gatos.")).lines[0].flags == ("edited", "number_changed")


@pytest.mark.parametrize("stale", [edit(1, "Não.", "No."), LineEdit("pt", 9, "Yes.", "Sim!", "ana", "2026")])
def test_an_edit_of_what_is_no_longer_said_there_is_kept_apart(stale: LineEdit) -> None:
    assert revised(stale) == RevisedLines(LINES, (), (stale,))


def test_of_two_edits_of_a_line_the_later_one_counts() -> None:
    first, second = edit(1, "Sim!", at="2026-01-01"), edit(1, "Claro.", at="2026-01-02")
    assert revised(first, second).applied == (second,)


@given(
    st.lists(
        st.builds(
            edit,
            st.integers(0, 1),
            st.text("abc", min_size=1),
            st.just(""),
            st.sampled_from(["pt", "es", "fr"]),
        )
    )
)
def test_edits_of_other_languages_change_no_parameter_and_so_no_key(edits: list[LineEdit]) -> None:
    own = [each for each in edits if each.language == "pt"]
    assert ReviseParameters("pt", tuple(edits)) == ReviseParameters("pt", tuple(own))


@pytest.mark.parametrize("text", ["", "  ", "x" * (LONGEST_LINE_CHARACTERS + 1)])
def test_a_line_that_nobody_could_speak_is_refused(text: str) -> None:
    record = {
        "language": "pt",
        "index": 0,
        "source_text": "Yes.",
        "text": text,
        "edited_by": "ana",
        "edited_at": "2026",
    }
    with pytest.raises(SettingsError, match="revise_lines"):
        parameters_for(revise_lines, {"edits": [record]}, {"target_language": "pt"})
