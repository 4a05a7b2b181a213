"""Turns what a person typed over lines of a dub into the request of a new run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dubwright_inspection.airflow_runs import EDITED_FROM, Run
from dubwright_inspection.transcript import Line

from pipeline_ops.artefacts import canonical_json
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.request import attachment_params
from pipeline_ops.stages.revise_lines import LineEdit, revise_lines

ID_CHARACTERS = 12
"""Of the digest in a run's id: 48 bits keep edits apart."""


@dataclass(frozen=True, slots=True)
class EditedRun:
    """A run to start: the same request for one language, with a person's lines.

    Attributes:
        run_id: Made of what is asked for, so that the same edit sent twice is one run.
        conf: Its parameters.
        note: What was changed, for people.
    """

    run_id: str
    conf: dict[str, Any]
    note: str


def edited_run(
    run: Run, language: str, lines: Sequence[Line], texts: Mapping[int, str], *, by: str, at: str
) -> EditedRun | None:
    """Return the run that says the edited lines, None where nothing was changed.

    A line that is typed back to the translation's own words loses its edit.

    Args:
        run: The run whose lines were edited.
        language: Of the dub.
        lines: As the person saw them.
        texts: Line index -> what is to be said; lines that are not named stay as they are.
        by: Who edited.
        at: When; ISO 8601.

    Raises:
        ValueError: a line is not there, was not translated, or its text is empty or too long.
    """
    known = {line.index: line for line in lines if line.text is not None}
    if unknown := sorted(set(texts) - set(known)):
        message = f"line {unknown[0]} has no translation to edit"
        raise ValueError(message)
    changed = {index: text.strip() for index, text in texts.items() if text.strip() != known[index].text}
    if not changed:
        return None
    edits = {line.index: line.edit for line in lines if line.edit is not None}
    for index, text in changed.items():
        line = known[index]
        if line.edit is not None and text == line.machine_text:
            del edits[index]
        else:
            edits[index] = LineEdit(language, index, line.source_text, text, edited_by=by, edited_at=at)
    conf = _conf(run, language, [edits[index] for index in sorted(edits)])
    numbers = ", ".join(str(index + 1) for index in sorted(changed))
    return EditedRun(
        run_id=f"edit-{language}-{_digest(conf)}",
        conf=conf,
        note=f"{by} reworded line {numbers} of {language} in {run.run_id}.",
    )


def _conf(run: Run, language: str, edits: list[LineEdit]) -> dict[str, Any]:
    parameters = dict(run.conf.get("stage_parameters") or {})
    parameters[revise_lines.name] = {"edits": [asdict(edit) for edit in edits]}
    return {
        **run.conf,
        # What was seen, whatever the file or the creator's glossary hold by now.
        **attachment_params(
            {name: CheckpointReference.parse(text) for name, text in run.attachments.items()}
        ),
        "video": run.source or run.video,
        "target_languages": [language],
        "stage_parameters": parameters,
        EDITED_FROM: {"run_id": run.run_id, "video": run.video_name},
    }


def _digest(conf: Mapping[str, Any]) -> str:
    """Return what tells requests apart: who edited, when, and from where do not."""
    revision = conf["stage_parameters"][revise_lines.name]
    told_apart = {
        **{name: value for name, value in conf.items() if name != EDITED_FROM},
        "stage_parameters": {
            **conf["stage_parameters"],
            revise_lines.name: [
                (edit["index"], edit["source_text"], edit["text"]) for edit in revision["edits"]
            ],
        },
    }
    return hashlib.sha256(canonical_json(told_apart)).hexdigest()[:ID_CHARACTERS]
