from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline_ops.request import parameters_for
from pipeline_ops.stages.revise_lines import revise_lines

SOURCE = "ingest/" + "0" * 64
CONF = {
    "video": "talk.mp4",
    "target_languages": ["pt", "es"],
    "stage_parameters": {"render_lips": {"enabled": False}},
}


def run(**conf: Any) -> Any:
    from dubwright_inspection.airflow_runs import Run

    return Run("run-1", "success", {**CONF, **conf}, "ana", None, None, None, ("pt", "es"), SOURCE, {})


def lines(**edits: Any) -> list[Any]:
    from dubwright_inspection.transcript import Line

    return [
        Line(0, "speaker_1", "Hello.", 0.0, 1.0, text="Olá."),
        Line(1, "speaker_1", "Yes.", 1.0, 2.0, text="Sim.", **edits),
        Line(2, "speaker_1", "No.", 2.0, 3.0),
    ]


def edited(
    texts: dict[int, str], by: str = "ana", at: str = "2026-01-01", of: Any = None, **edits: Any
) -> Any:
    from dubwright_inspection.line_edits import edited_run

    return edited_run(of or run(), "pt", lines(**edits), texts, by=by, at=at)


def test_lines_that_were_not_changed_start_no_run() -> None:
    assert edited({0: " Olá. ", 1: "Sim."}) is None


def test_an_edit_keeps_to_the_glossary_that_the_lines_were_made_with() -> None:
    seen = dataclasses.replace(
        run(glossary={"pt": {"a": "b"}}), attachments={"glossary": "ingest/" + "1" * 64}
    )
    assert edited({0: "Oi."}, of=seen).conf["glossary"] == "ingest/" + "1" * 64


def test_an_edit_asks_for_the_same_work_with_one_line_changed() -> None:
    new = edited({0: "Oi."})
    assert new.conf["video"] == SOURCE
    assert new.conf["target_languages"] == ["pt"]
    assert new.conf["edited_from"] == {"run_id": "run-1", "video": "talk.mp4"}
    assert new.conf["stage_parameters"]["render_lips"] == {"enabled": False}
    parameters = parameters_for(
        revise_lines, new.conf["stage_parameters"]["revise_lines"], {"target_language": "pt"}
    )
    [edit] = parameters.edits  # type: ignore[union-attr]
    assert (edit.index, edit.source_text, edit.text, edit.edited_by) == (0, "Hello.", "Oi.", "ana")


def test_the_same_edit_is_the_same_run_whoever_sends_it_when() -> None:
    assert edited({0: "Oi."}).run_id == edited({0: "Oi."}, by="rui", at="2027-01-01").run_id
    assert edited({0: "Oi."}).run_id != edited({0: "Oi!"}).run_id


def test_an_edit_of_an_edited_run_keeps_the_earlier_edits() -> None:
    earlier = edited({1: "Claro."})
    of = run(**earlier.conf)
    [record] = earlier.conf["stage_parameters"]["revise_lines"]["edits"]
    from pipeline_ops.stages.revise_lines import LineEdit

    new = edited({0: "Oi."}, of=of, edit=LineEdit(**record), machine_text="Sim.")
    assert [edit["index"] for edit in new.conf["stage_parameters"]["revise_lines"]["edits"]] == [0, 1]
    assert new.conf["edited_from"]["video"] == "talk.mp4"


def test_a_line_typed_back_to_the_translations_words_loses_its_edit() -> None:
    from dubwright_inspection.line_edits import edited_run
    from dubwright_inspection.transcript import Line

    from pipeline_ops.stages.revise_lines import LineEdit

    edit = LineEdit("pt", 0, "Yes.", "Claro.", "ana", "2026-01-01")
    line = Line(0, "speaker_1", "Yes.", 0.0, 1.0, text="Claro.", machine_text="Sim.", edit=edit)
    new = edited_run(run(), "pt", [line], {0: "Sim."}, by="ana", at="2026-01-02")
    assert new is not None
    assert new.conf["stage_parameters"]["revise_lines"]["edits"] == []


@pytest.mark.parametrize("texts", [{7: "Oi."}, {2: "Não."}, {0: ""}, {0: "x" * 1001}])
def test_what_cannot_be_said_is_refused(texts: dict[int, str]) -> None:
    with pytest.raises(ValueError, match="line"):
        edited(texts)
