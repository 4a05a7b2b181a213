"""Writes an evaluation's report into a folder: `report.html`, `report.json`, and the media of its players."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pipeline_ops.export import write_atomically
from pipeline_ops.model_evaluation.evaluation_set import EvaluationSet
from pipeline_ops.model_evaluation.making import make_evaluation_report
from pipeline_ops.model_evaluation.players import PlayerMedia
from pipeline_ops.model_evaluation.report_page import report_html, report_json
from pipeline_ops.model_evaluation.report_types import EvaluationReport
from pipeline_ops.model_evaluation.running import Evaluated
from pipeline_ops.model_evaluation.versions import Version
from pipeline_ops.platform import Platform

PAGE, DATA = "report.html", "report.json"


def write_evaluation_report(
    evaluation_set: EvaluationSet,
    versions: tuple[Version, Version],
    languages: tuple[str, ...],
    evaluated: Sequence[Evaluated],
    platform: Platform,
    *,
    made_at: datetime,
    out: Path,
) -> EvaluationReport:
    """Compare what two versions made of an evaluation set, and write that down.

    Args:
        evaluation_set: The clips.
        versions: A and B.
        languages: Into which languages.
        evaluated: Every clip by both.
        platform: The deployment.
        made_at: When.
        out: The folder; what stood there under the same names is replaced.
    """
    out.mkdir(parents=True, exist_ok=True)
    report = make_evaluation_report(
        evaluation_set,
        versions,
        languages,
        evaluated,
        platform,
        made_at=made_at,
        write_media=PlayerMedia(out, platform).write,
    )
    write_atomically(out / DATA, report_json(report).encode())
    write_atomically(out / PAGE, report_html(report).encode())
    return report
