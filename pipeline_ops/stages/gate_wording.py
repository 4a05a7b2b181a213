"""The gate before anything is spoken: are words, lines and translations what can be dubbed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.types import LanguageIdentification, Utterance
from pipeline_ops.artefacts import HtmlFile
from pipeline_ops.gates.documents import write_documents
from pipeline_ops.gates.expectations import expected_of
from pipeline_ops.gates.outcomes import ExpectationOutcome
from pipeline_ops.gates.tables import Table, segments_table, text_table, translations_table, words_table
from pipeline_ops.gates.validation import check_tables
from pipeline_ops.gates.verdict import require_fit
from pipeline_ops.languages import english_name
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.revise_lines import worded_by_people
from pipeline_ops.stages.translate import TranslatedLine, spoken


@dataclass(frozen=True, slots=True)
class WordingGateParameters:
    """The language that is translated into; the run supplies it."""

    target_language: str = ""


@dataclass(frozen=True, slots=True)
class GatedWording:
    """What became of every expectation, and the page that shows it."""

    outcomes: tuple[ExpectationOutcome, ...]
    documents: HtmlFile


@stage(version=3, resources=Resources(memory_mb=500, timeout_s=600))
def gate_wording(
    *,
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    language: LanguageIdentification,
    media: MediaInfo,
    parameters: WordingGateParameters,
    scratch: Path,
) -> GatedWording:
    """Expect of words, lines and translations what `pipeline_ops/gates/expectations.yaml` says.

    Raises:
        RejectedInputError: `unfit_wording`: an expectation that stops a language was not met.
    """
    target = parameters.target_language
    tables = wording_tables(utterances, lines, language.language, target, media.duration_s)
    checked = check_tables(tables, expected_of(*tables))
    result = GatedWording(checked.outcomes, scratch / "documents.html")
    write_documents(result.documents, f"Wording in {english_name(target)}", checked)
    require_fit(result.outcomes, english_name(target), result)
    return result


def wording_tables(
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    source_language: str,
    target_language: str,
    duration_s: float,
) -> Mapping[str, Table]:
    """Return the tables that this gate looks at; of each line's wordings, the best.

    Lines that are left unsaid are no translations.
    """
    texts = {line.index: line.wordings[0].text for line in lines if line.wordings}
    return {
        "words": words_table(utterances, duration_s),
        "segments": segments_table(utterances, duration_s),
        "translations": translations_table(
            spoken(utterances, lines), texts, source_language, target_language, worded_by_people(lines)
        ),
        "text": text_table(texts, target_language),
    }
