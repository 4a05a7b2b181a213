from __future__ import annotations

import dataclasses

import pytest

from pipeline_ops.comparison.metrics import METRIC, METRICS, NOT_COMPARED
from pipeline_ops.quality.evaluation import Metrics


def test_every_figure_of_an_evaluation_is_compared_or_says_why_not() -> None:
    measured = {field.name for field in dataclasses.fields(Metrics)}
    assert measured <= set(METRIC) | set(NOT_COMPARED)
    assert not set(METRIC) & set(NOT_COMPARED)


def test_names_are_told_apart_and_every_metric_has_noise() -> None:
    assert len(METRIC) == len(METRICS)
    assert all(metric.noise > 0 for metric in METRICS)


@pytest.mark.parametrize(
    ("name", "before", "after", "improvement"),
    [
        ("voice_likeness", 0.5, 0.7, 0.2),
        ("word_error_rate", 0.1, 0.3, -0.2),
        ("loudness_difference_lu", -0.5, 0.2, 0.3),
        ("lip_offset_s", 0.02, -0.05, -0.03),
        ("speed_mean", 0.9, 1.2, -0.1),
    ],
)
def test_each_metric_knows_which_way_is_better(
    name: str, before: float, after: float, improvement: float
) -> None:
    assert METRIC[name].improvement(before, after) == pytest.approx(improvement)
