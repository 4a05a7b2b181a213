"""The gate before publishing: is the finished translation fit for viewers?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.types import LanguageIdentification, Utterance
from pipeline_ops.artefacts import HtmlFile
from pipeline_ops.gates.documents import write_documents
from pipeline_ops.gates.expectations import expected_of
from pipeline_ops.gates.outcomes import ExpectationOutcome
from pipeline_ops.gates.tables import (
    Table,
    Texts,
    heard_table,
    metrics_table,
    said_texts,
    translations_table,
)
from pipeline_ops.gates.validation import check_tables
from pipeline_ops.gates.verdict import require_fit
from pipeline_ops.languages import english_name
from pipeline_ops.quality.evaluation import HeardLine, Metrics
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.revise_lines import worded_by_people
from pipeline_ops.stages.translate import TranslatedLine, spoken
from pipeline_ops.timing import Placement
from pipeline_ops.voices.takes import Take


@dataclass(frozen=True, slots=True)
class TranslationGateParameters:
    """The language of the dub; the run supplies it."""

    target_language: str = ""


@dataclass(frozen=True, slots=True)
class GatedTranslation:
    """What became of every expectation, and the page that shows it."""

    outcomes: tuple[ExpectationOutcome, ...]
    documents: HtmlFile


@stage(version=4, resources=Resources(memory_mb=500, timeout_s=600))
def gate_translation(
    *,
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    takes: tuple[Take, ...],
    placements: tuple[Placement, ...],
    language: LanguageIdentification,
    metrics: Metrics,
    heard: tuple[HeardLine, ...],
    parameters: TranslationGateParameters,
    scratch: Path,
) -> GatedTranslation:
    """Expect of the finished translation what `pipeline_ops/gates/expectations.yaml` says.

    Raises:
        RejectedInputError: `unfit_wording`, `unfit_sound`, `unfit_picture` or `unfit_file`: an expectation
            that stops a language was not met.
    """
    target = parameters.target_language
    tables = translation_tables(
        spoken(utterances, lines),
        lines,
        said_texts(placements, takes),
        source_language=language.language,
        target_language=target,
        metrics=metrics,
        heard=heard,
    )
    checked = check_tables(tables, expected_of(*tables))
    result = GatedTranslation(checked.outcomes, scratch / "documents.html")
    write_documents(result.documents, f"Translation into {english_name(target)}", checked)
    require_fit(result.outcomes, english_name(target), result)
    return result


def translation_tables(
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    texts: Texts,
    *,
    source_language: str,
    target_language: str,
    metrics: Metrics,
    heard: tuple[HeardLine, ...],
) -> Mapping[str, Table]:
    """Return the tables that this gate looks at; `texts` is what is really said."""
    return {
        "translations": translations_table(
            utterances, texts, source_language, target_language, worded_by_people(lines)
        ),
        "heard": heard_table(heard, texts),
        "metrics": metrics_table(metrics, target_language),
    }
