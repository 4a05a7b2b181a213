from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from models.types import Utterance, Wording
from pipeline_ops.stages.translate import TranslatedLine

QUESTION = Utterance(0, "speaker_1", 0.0, 2.0, "Do you?")
ANSWER = Utterance(1, "speaker_2", 2.0, 4.0, "I do.", flags=("overlapping_speech",))


def lines(language: str | None, **values: Any) -> Any:
    from dubwright_inspection.transcript import lines_of

    made = {"split_sentences": (QUESTION, ANSWER), **values}
    checkpoints = SimpleNamespace(value=lambda stage, artefact, language=None: made.get(stage))
    return lines_of(checkpoints, language)  # type: ignore[arg-type]


def test_before_there_is_a_dub_lines_say_who_speaks_and_what_was_noticed() -> None:
    assert [(line.speaker, line.flags) for line in lines(None)] == [
        ("speaker_1", ()),
        ("speaker_2", ("overlapping_speech",)),
    ]


def test_flags_of_the_original_stand_before_those_of_the_translation() -> None:
    translated = tuple(
        TranslatedLine(line.index, line.text, (Wording("texto"),), ("name_changed",))
        for line in (QUESTION, ANSWER)
    )
    found = lines("pt", translate=translated)
    assert [line.flags for line in found] == [("name_changed",), ("overlapping_speech", "name_changed")]


def test_a_line_that_is_left_unsaid_has_a_text_to_word_anew_and_is_no_untranslated_one() -> None:
    screened = (
        TranslatedLine(0, QUESTION.text, (Wording("texto"),), ()),
        TranslatedLine(1, ANSWER.text, (), ("negation_changed", "dropped")),
    )
    assert [line.text for line in lines("pt", screen_toxicity=screened)] == ["texto", ""]


def test_a_speaker_is_shown_as_people_read_it() -> None:
    from dubwright_inspection.pages import render

    page = render(
        "run_transcript.html",
        reported_lines=(),
        lines=lines(None),
        speakers=True,
        why_no_dub="",
        why_no_lines="",
        base="",
        run=SimpleNamespace(run_id="run"),
        language=None,
        language_name="",
        source_language="en",
        may_edit=False,
    )
    assert "Speaker 1" in page
    assert "overlapping speech" in page
