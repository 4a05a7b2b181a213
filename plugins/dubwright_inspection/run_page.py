"""The page of a run: what it was asked, what it came to, and everything to watch, hear, read and change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dubwright_inspection.airflow_runs import DAG_ID, Run
from dubwright_inspection.catalog_access import CatalogAccess
from dubwright_inspection.reported import reported
from dubwright_inspection.reviewing import standing as standing_of
from dubwright_inspection.reviewing import waits
from dubwright_inspection.run_checkpoints import RunCheckpoints, StageState
from dubwright_inspection.timeline import timeline_of
from dubwright_inspection.transcript import Line, lines_of
from dubwright_inspection.video_names import video_names

from pipeline_ops.catalog.history import Translation
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import CatalogUnavailableError, SettingsError
from pipeline_ops.graph import FINAL_STAGE
from pipeline_ops.languages import english_name
from pipeline_ops.operators.links import INSPECTION
from pipeline_ops.operators.references import ACCEPT_REQUEST
from pipeline_ops.platform import Platform
from pipeline_ops.run_record import REPORT, read_report

SOUNDS = (
    ("dub", "Dub", "mix", "dub", True),
    ("dub-voice", "Dub, voice alone", "align", "speech", True),
    ("original", "Original", "decode_audio", "audio", False),
    ("voice", "Original, voice alone", "separate", "speech", False),
    ("background", "Background", "separate", "background", False),
)
"""What can be heard: id, name, stage, artefact, and whether each language has its own."""


@dataclass(frozen=True, slots=True)
class Playable:
    """Something to watch or to hear; without an address, the reason why it cannot be played yet."""

    id: str
    name: str
    address: str | None
    why_absent: str = ""


@dataclass(frozen=True, slots=True)
class LanguageTab:
    """A target language with its end, as it stands: `done`, `rejected`, `failed` or `under way`."""

    language: str
    name: str
    word: str
    address: str


@dataclass(frozen=True, slots=True)
class Costs:
    """What stages used together, apart for what this run made and what it found."""

    made_wall_s: float
    made_cpu_s: float
    reused_cpu_s: float
    peak_memory_mb: float


def run_page_values(
    run: Run,
    language: str | None,
    *,
    platform: Platform,
    catalog: CatalogAccess,
    base: str,
    rights: dict[str, bool],
) -> dict[str, Any]:
    """Return what the run's template shows.

    Args:
        run: The run as Airflow knows it.
        language: The target language that is looked at; the first one where it is none of the run's.
        platform: The deployment.
        catalog: Its catalog; the page does without where it does not answer.
        base: The path under which the application is mounted.
        rights: What the user `may_start` and `may_decide`.

    Raises:
        StorageUnavailableError: the store does not answer.
    """
    if language not in run.languages:
        language = run.languages[0] if run.languages else None
    checkpoints = RunCheckpoints(run, platform)
    lines = lines_of(checkpoints, language)
    shown = [stage for stage in checkpoints.stages if stage.language in (None, language)]
    standing, catalog_problem = _standing(run, language, catalog)
    reports_here = () if catalog_problem else reported(catalog, standing, lines)
    values = {
        "base": base,
        "run": run,
        "video_name": _video_name(run, catalog),
        "status": _status(run, platform),
        "language": language,
        "language_name": english_name(language) if language else "",
        "source_language": _source_language(checkpoints),
        "tabs": [_tab(run, each, checkpoints, base) for each in run.languages],
        "pictures": _pictures(run, checkpoints, language, base),
        "sounds": _sounds(checkpoints, language, base),
        "lines": lines,
        "why_no_lines": "" if lines else checkpoints.why_absent("split_sentences"),
        "why_no_dub": _why_no_dub(checkpoints, lines, language),
        "timeline": timeline_of(checkpoints, lines, language),
        "no_language": "Language not known" if run.is_over else "Language not known yet",
        "speakers": len({line.speaker for line in lines}) > 1,
        "stages": shown,
        "costs": _costs(checkpoints.stages),
        "longest_wall_s": max((each.manifest.cost.wall_s for each in shown if each.manifest), default=0.0),
        "end": checkpoints.first_end(language),
        "lips": checkpoints.value("judge_lips", "judgement", language) if language else None,
        "lips_reason": checkpoints.value("render_lips", "reason", language) if language else None,
        "lips_address": f"{base}/checkpoints/{checkpoints.stage('judge_lips', language).reference}"
        if language
        else "",
        "checks": [(each, check) for each in shown if each.manifest for check in each.manifest.validations],
        "unfitting": checkpoints.value("revise_lines", "unfitting", language) or () if language else (),
        "standing": standing,
        "reports": reports_here,
        "reported_lines": {each.line.index for each in reports_here if each.line and each.state == "open"},
        "may_judge_reports": rights["may_decide"],
        "catalog_problem": catalog_problem,
        "may_edit": rights["may_start"] and any(line.text is not None for line in lines),
        "may_decide": rights["may_decide"] and waits(standing),
        "edits": [line.edit for line in lines if line.edit is not None],
        "edited_from": _edited_from(run, base),
        "not_accepted": _why_not_accepted(run),
        "airflow_address": _airflow_address(base, run.run_id),
        "why_no_timeline": checkpoints.why_absent("detect_speech"),
    }
    stamp = [
        (stage.node.name, stage.language, stage.word, str(stage.reference)) for stage in checkpoints.stages
    ]
    media = (values["pictures"], values["sounds"], lines, standing, reports_here)
    return {**values, "stamp": _stamp((run.state, stamp)), "media_stamp": _stamp(media)}


def run_address(base: str, run_id: str, language: str | None = None) -> str:
    """Return the address of a run's page."""
    query = f"?language={quote(language, safe='')}" if language else ""
    return f"{base}/runs/{quote(run_id, safe='')}{query}"


def _edited_from(run: Run, base: str) -> dict[str, str] | None:
    run_id = run.edited_from.get("run_id")
    return {"run_id": run_id, "address": run_address(base, run_id)} if run_id else None


def _why_not_accepted(run: Run) -> str:
    task = run.task(ACCEPT_REQUEST, None)
    return task.failure if task and task.failure else "the log of accept_request in Airflow tells why."


def _airflow_address(base: str, run_id: str) -> str:
    return f"{base.removesuffix(INSPECTION)}/dags/{DAG_ID}/runs/{quote(run_id, safe='')}"


def _stamp(values: object) -> str:
    """Return something short that changes when values do."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def _status(run: Run, platform: Platform) -> str:
    """Return the report's word where there is one, else Airflow's."""
    report = run.task(REPORT, None)
    if run.is_over and report is not None and report.handed_on is not None:
        reference = CheckpointReference.parse(report.handed_on)
        if platform.store.inspect(reference) is not None:
            return read_report(reference, platform).status
    return {"success": "done"}.get(run.state, run.state)


def _source_language(checkpoints: RunCheckpoints) -> str | None:
    identified = checkpoints.value("identify_language", "language")
    return None if identified is None else english_name(identified.language)


def _tab(run: Run, language: str, checkpoints: RunCheckpoints, base: str) -> LanguageTab:
    ended = checkpoints.first_end(language)
    if ended is not None and ended.verdict is not None:
        word = "rejected"
    elif ended is not None and ended.word != "retrying":
        word = "failed"
    elif checkpoints.stage(FINAL_STAGE, language).manifest is not None:
        word = "done"
    else:
        word = "failed" if run.is_over else "under way"
    return LanguageTab(language, english_name(language), word, run_address(base, run.run_id, language))


def _pictures(run: Run, checkpoints: RunCheckpoints, language: str | None, base: str) -> list[Playable]:
    original = None if run.source is None else f"{base}/checkpoints/{run.source}/artefacts/source"
    why = "The video was not taken in." if run.is_over else "The video is being taken in."
    pictures = [Playable("picture-original", "Original", original, why)]
    if language is not None:
        address = _artefact_address(checkpoints.stage(FINAL_STAGE, language), "video", base)
        why = "" if address else checkpoints.why_absent(FINAL_STAGE, language)
        pictures.append(Playable("picture-dub", f"Dub ({english_name(language)})", address, why))
    return pictures


def _sounds(checkpoints: RunCheckpoints, language: str | None, base: str) -> list[Playable]:
    sounds = []
    for id_, name, stage, artefact, by_language in SOUNDS:
        if by_language and language is None:
            continue
        of = language if by_language else None
        address = _artefact_address(checkpoints.stage(stage, of), artefact, base)
        sounds.append(Playable(id_, name, address, "" if address else checkpoints.why_absent(stage, of)))
    return sounds


def _artefact_address(stage: StageState, artefact: str, base: str) -> str | None:
    if stage.manifest is None or artefact not in {each.name for each in stage.manifest.artefacts}:
        return None
    return f"{base}/checkpoints/{stage.manifest.reference}/artefacts/{artefact}"


def _why_no_dub(checkpoints: RunCheckpoints, lines: Sequence[Line], language: str | None) -> str:
    if language is None or not lines or all(line.start_s is not None for line in lines):
        return ""
    return checkpoints.why_absent("align", language)


def _costs(stages: Sequence[StageState]) -> Costs:
    """Sum up all languages: a checkpoint counts once, where it was made or first found."""
    records = {each.manifest.reference: each for each in stages if each.manifest is not None}.values()
    made = [each.manifest.cost for each in records if each.manifest and each.word != "reused"]
    reused = [each.manifest.cost for each in records if each.manifest and each.word == "reused"]
    return Costs(
        made_wall_s=sum(cost.wall_s for cost in made),
        made_cpu_s=sum(cost.cpu_s for cost in made),
        reused_cpu_s=sum(cost.cpu_s for cost in reused),
        peak_memory_mb=max((cost.peak_memory_mb for cost in (*made, *reused)), default=0.0),
    )


def _video_name(run: Run, catalog: CatalogAccess) -> str:
    """Return what people call the video; while the catalog does not answer, how the run was asked for it."""
    if run.upload_id is None:
        return run.video_name
    try:
        with catalog.reading() as session:
            return video_names([run], session)[run.run_id]
    except (CatalogUnavailableError, SettingsError):  # the page tells of it where it shows the standing
        return run.video_name


def _standing(
    run: Run, language: str | None, catalog: CatalogAccess
) -> tuple[Translation | None, str | None]:
    """Return how the dub stands before viewers, or why that cannot be told."""
    if language is None:
        return None, None
    try:
        return standing_of(catalog, run.run_id, language), None
    except (CatalogUnavailableError, SettingsError) as error:
        return None, str(error)
