"""An evaluation's report as one HTML file that needs nothing but the media beside it, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pipeline_ops.artefacts import without_non_numbers
from pipeline_ops.comparison.compare import ERROR, VERDICTS, Comparison, MetricComparison, Pair
from pipeline_ops.comparison.metrics import DIMENSIONS, DIRECTIONS, ComparedMetric
from pipeline_ops.comparison.paired import FEWEST_RECORDINGS
from pipeline_ops.comparison.slices import SLICE_VERDICTS, SMALLEST_SLICE, Slice
from pipeline_ops.model_evaluation.report_types import EvaluationReport

AXIS_NOISES = 6.0
"""How far a plot reaches to either side, in multiples of a metric's noise: beyond, far is far."""

TEMPLATES = Path(__file__).with_name("templates")
FEW = 0.1
"""Below this a value is shown with one digit more."""


def report_html(report: EvaluationReport) -> str:
    """Return the page; every text in it is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["value"] = _value
    environment.filters["signed"] = _signed
    environment.filters["limit"] = _limit
    environment.filters["noises"] = _noises
    environment.filters["x"] = _x
    return environment.get_template("report.html").render(
        report=report,
        headline=headline(report),
        verdicts=VERDICTS,
        slice_verdicts=SLICE_VERDICTS,
        dimensions=DIMENSIONS,
        directions=DIRECTIONS,
        decided=[each for each in report.comparison.metrics if each.metric.decides and each.difference],
        shown=[each for each in report.comparison.metrics if not each.metric.decides and each.difference],
        unmeasured=[each for each in report.comparison.metrics if each.difference is None],
        dots={each.metric.name: _dots(report.pairs, each.metric) for each in report.comparison.metrics},
        changes=lambda pair: _changes(pair, report.comparison),
        slices=_by_condition(report.slices),
        fewest=FEWEST_RECORDINGS,
        smallest=SMALLEST_SLICE,
        error=ERROR,
        axis=AXIS_NOISES,
        style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
    )


def report_json(report: EvaluationReport) -> str:
    """Return the report as indented JSON; what is not a number is null there."""
    plain = without_non_numbers(asdict(report))
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def headline(report: EvaluationReport) -> str:
    """Return the whole report in a sentence."""
    compared, name = report.comparison, report.b.name
    parts = [
        f"{word} in {_listed(dimensions)}"
        for word, dimensions in (
            ("worse", compared.dimensions_with("worse")),
            ("better", compared.dimensions_with("better")),
            ("better and worse", compared.dimensions_with("mixed")),
        )
        if dimensions
    ]
    if parts:
        return f"{name} is {', '.join(parts)}."
    if report.identical == len(report.pairs):
        return f"{name} makes the very same files: no difference can be told."
    if compared.recordings < FEWEST_RECORDINGS:
        return f"Cannot tell: too few recordings ({compared.recordings})."
    return f"Cannot tell {name} from {report.a.name}."


def _listed(words: Sequence[str]) -> str:
    lowered = [word.lower() for word in words]
    return lowered[0] if len(lowered) == 1 else f"{', '.join(lowered[:-1])} and {lowered[-1]}"


def _dots(pairs: Sequence[Pair], metric: ComparedMetric) -> list[tuple[str, float]]:
    """Return each translation's name and by how many noises it got better."""
    return [
        (f"{pair.clip} into {pair.language}", improvement / metric.noise)
        for pair in pairs
        for improvement in [pair.improvement(metric)]
        if improvement is not None
    ]


def _changes(pair: Pair, comparison: Comparison) -> list[tuple[MetricComparison, float | None]]:
    """Return by how many noises each deciding metric of a translation got better."""
    found = []
    for each in comparison.metrics:
        if each.metric.decides and each.difference is not None:
            improvement = pair.improvement(each.metric)
            found.append((each, None if improvement is None else improvement / each.metric.noise))
    return found


def _by_condition(slices: Sequence[Slice]) -> dict[str, list[Slice]]:
    found: dict[str, list[Slice]] = {}
    for each in slices:
        found.setdefault(each.condition, []).append(each)
    return found


def _value(value: float | None) -> str:
    if value is None or not isfinite(value):
        return "–"
    return f"{value:.3f}" if abs(value) < FEW else f"{value:.2f}"


def _signed(value: float | None) -> str:
    """Return a difference with its sign, and without one where it rounds to nothing."""
    shown = _value(value)
    if value is None or shown == "–":
        return shown
    if not float(shown):
        return "0"
    return f"+{shown}" if value > 0 else shown.replace("-", "−")


def _limit(value: float) -> str:
    return _signed(value) if isfinite(value) else ("−∞" if value < 0 else "+∞")


def _noises(noises: float) -> str:
    """Return a multiple of noise to one digit, with its sign."""
    rounded = round(noises, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0"


def _x(noises: float) -> str:
    """Return where so many noises stand on a plot, 0 to 240."""
    kept = min(max(noises, -AXIS_NOISES), AXIS_NOISES)
    return f"{120 + 116 * kept / AXIS_NOISES:.1f}"
