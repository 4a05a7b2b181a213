"""The gate on timing: may what was placed be mixed, shown and measured?

It comes right after `align`, before lips are drawn and the finished file is measured: most of the work that
is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.types import Utterance
from pipeline_ops.artefacts import HtmlFile
from pipeline_ops.gates.documents import write_documents
from pipeline_ops.gates.expectations import expected_of
from pipeline_ops.gates.outcomes import ExpectationOutcome
from pipeline_ops.gates.tables import Table, dub_table, timings_table
from pipeline_ops.gates.validation import check_tables
from pipeline_ops.gates.verdict import require_fit
from pipeline_ops.languages import english_name
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.translate import TranslatedLine, spoken
from pipeline_ops.timing import Placement
from pipeline_ops.voices.takes import Take


@dataclass(frozen=True, slots=True)
class TimingGateParameters:
    """The language of the dub; the run supplies it."""

    target_language: str = ""


@dataclass(frozen=True, slots=True)
class GatedTiming:
    """What became of every expectation, and the page that shows it."""

    outcomes: tuple[ExpectationOutcome, ...]
    documents: HtmlFile


@stage(version=1, resources=Resources(memory_mb=500, timeout_s=600))
def gate_timing(
    *,
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    takes: tuple[Take, ...],
    placements: tuple[Placement, ...],
    subtitles: tuple[SubtitleLine, ...],
    media: MediaInfo,
    parameters: TimingGateParameters,
    scratch: Path,
) -> GatedTiming:
    """Expect of the dub's lines and their places what `pipeline_ops/gates/expectations.yaml` says.

    Raises:
        RejectedInputError: `unfit_timing`, or `unfit_file` where a line has no subtitle: an expectation that
            stops a language was not met.
    """
    target = english_name(parameters.target_language)
    tables = timing_tables(spoken(utterances, lines), takes, placements, subtitles, media.duration_s)
    checked = check_tables(tables, expected_of(*tables))
    result = GatedTiming(checked.outcomes, scratch / "documents.html")
    write_documents(result.documents, f"Timing in {target}", checked)
    require_fit(result.outcomes, target, result)
    return result


def timing_tables(
    utterances: tuple[Utterance, ...],
    takes: tuple[Take, ...],
    placements: tuple[Placement, ...],
    subtitles: tuple[SubtitleLine, ...],
    duration_s: float,
) -> Mapping[str, Table]:
    """Return the tables that this gate looks at."""
    return {
        "dub": dub_table(utterances, placements, len(subtitles)),
        "timings": timings_table(placements, utterances, takes, duration_s),
    }
