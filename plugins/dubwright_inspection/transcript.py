"""The lines of a video as rows of a table: what is said, what the dub says, when, and what was noticed."""

from __future__ import annotations

from dataclasses import dataclass

from dubwright_inspection.run_checkpoints import RunCheckpoints

from models.types import Utterance
from pipeline_ops.stages.revise_lines import LineEdit
from pipeline_ops.stages.synthesize import Take
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.timing import Placement


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the video, with as much of its dub as there is.

    Attributes:
        source_start_s: When it is said in the original.
        text: What the dub says, or will as far as is known: nothing where the line is left unsaid; None
            before it is translated.
        machine_text: What the translation says, where a person reworded it.
        start_s: When the dub says it; None before the lines are placed.
        speed: Pace against natural pace.
        edit: Who reworded it, None where nobody did.
    """

    index: int
    speaker: str
    source_text: str
    source_start_s: float
    source_end_s: float
    text: str | None = None
    machine_text: str | None = None
    wording: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    speed: float | None = None
    flags: tuple[str, ...] = ()
    edit: LineEdit | None = None


def lines_of(checkpoints: RunCheckpoints, language: str | None) -> tuple[Line, ...]:
    """Return the lines in order, empty before the original is split into them.

    Args:
        checkpoints: What the run has made so far.
        language: Of the dub; None for the original alone.
    """
    utterances: tuple[Utterance, ...] = checkpoints.value("split_sentences", "utterances") or ()
    if language is None:
        return tuple(_original(utterance) for utterance in utterances)
    machine = checkpoints.value("translate", "lines", language) or ()
    # Runs from before lines were screened, or could be revised, have what came before alone.
    revised = (
        checkpoints.value("screen_toxicity", "lines", language)
        or checkpoints.value("revise_lines", "lines", language)
        or machine
    )
    # Runs from before takes were heard have them as they were spoken.
    checked = checkpoints.value("check_takes", "takes", language)
    takes = checked or checkpoints.value("synthesize", "takes", language) or ()
    placements = checkpoints.value("align", "placements", language) or ()
    parts = _Parts(
        machine={line.index: line for line in machine},
        revised={line.index: line for line in revised},
        takes={take.take: take for take in takes},
        placements={place.index: place for place in placements},
        edits={edit.index: edit for edit in checkpoints.value("revise_lines", "applied", language) or ()},
    )
    return tuple(_line(utterance, parts) for utterance in utterances)


@dataclass(frozen=True, slots=True)
class _Parts:
    machine: dict[int, TranslatedLine]
    revised: dict[int, TranslatedLine]
    takes: dict[int, Take]
    placements: dict[int, Placement]
    edits: dict[int, LineEdit]


def _original(utterance: Utterance) -> Line:
    return Line(
        index=utterance.index,
        speaker=utterance.speaker,
        source_text=utterance.text,
        source_start_s=utterance.start_s,
        source_end_s=utterance.end_s,
        flags=utterance.flags,
    )


def _line(utterance: Utterance, parts: _Parts) -> Line:
    revised, place = parts.revised.get(utterance.index), parts.placements.get(utterance.index)
    take = None if place is None else parts.takes.get(place.take)
    edit, machine = parts.edits.get(utterance.index), parts.machine.get(utterance.index)
    text = take.text if take is not None else None
    if text is None and revised is not None:
        text = revised.wordings[0].text if revised.wordings else ""
    return Line(
        index=utterance.index,
        speaker=utterance.speaker,
        source_text=utterance.text,
        source_start_s=utterance.start_s,
        source_end_s=utterance.end_s,
        text=text,
        machine_text=machine.wordings[0].text if machine is not None and edit is not None else None,
        wording=take.wording if take is not None else None,
        start_s=place.start_s if place is not None else None,
        end_s=place.end_s if place is not None else None,
        speed=place.speed if place is not None else None,
        flags=tuple(
            dict.fromkeys(
                (
                    *utterance.flags,
                    *(revised.flags if revised is not None else ()),
                    *(place.flags if place is not None else ()),
                )
            )
        ),
        edit=edit,
    )
