"""Netflix's `sureal` asked about the same ratings."""

from __future__ import annotations

import contextlib
import io
from types import SimpleNamespace
from typing import Any

from sureal import subjective_model
from sureal.dataset_reader import RawDatasetReader
from sureal.pc_subjective_model import BradleyTerryMlePairedCompSubjectiveModel

from pipeline_ops.ratings.table import RatingTable


def run_sureal(table: RatingTable, model: str) -> dict[str, Any]:
    """Return what a model of `sureal` says; items and raters are in the table's order."""
    scores: dict[int, dict[str, float]] = {index: {} for index in range(len(table.items))}
    for item, rater, score in zip(table.item, table.rater, table.score, strict=True):
        scores[int(item)][table.raters[int(rater)]] = float(score)
    dataset = SimpleNamespace(
        ref_videos=[{"content_id": index, "path": str(index)} for index in scores],
        dis_videos=[
            {"content_id": index, "asset_id": index, "os": given, "path": str(index)}
            for index, given in scores.items()
        ],
        ref_score=None,
    )
    reader = RawDatasetReader(dataset)
    with contextlib.redirect_stdout(io.StringIO()):
        return getattr(subjective_model, model)(reader).run_modeling()


def bradley_terry_of_sureal(wins: Any) -> list[float]:
    """Return strengths, as logarithms."""
    with contextlib.redirect_stdout(io.StringIO()):
        return BradleyTerryMlePairedCompSubjectiveModel.resolve_model(wins, display=False)[0]
