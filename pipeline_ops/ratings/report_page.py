"""A campaign's report as one HTML file that needs nothing else, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pipeline_ops.artefacts import without_non_numbers
from pipeline_ops.ratings.dimensions import DIMENSIONS
from pipeline_ops.ratings.report_types import CampaignReport
from pipeline_ops.ratings.table import Interval

VERDICTS = {
    "trust": "goes with people closely",
    "agrees": "goes with people",
    "cannot_tell": "cannot tell",
    "contradicts": "goes against people",
}


def report_html(report: CampaignReport) -> str:
    """Return the page; every text in it is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fixed"] = _fixed
    environment.filters["signed"] = lambda value: _fixed(value, "+.2f")
    environment.filters["between"] = _between
    environment.filters["place"] = _place
    return environment.get_template("report.html").render(
        report=report,
        titles={name: each.title for name, each in DIMENSIONS.items()},
        verdicts=VERDICTS,
        difference=_difference_in_words,
        style=Path(__file__).with_name("templates").joinpath("report.css").read_text(encoding="utf-8"),
    )


def report_json(report: CampaignReport) -> str:
    """Return the report as indented JSON; what is not a number is null there."""
    return (
        json.dumps(without_non_numbers(asdict(report)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    )


def _fixed(value: float, form: str = ".2f") -> str:
    return format(value, form) if isfinite(value) else "–"


def _between(interval: Interval, form: str = ".2f") -> str:
    return f"{_fixed(interval.low, form)} to {_fixed(interval.high, form)}"


def _place(value: float, low: float, high: float) -> str:
    """Return where a value stands on a scale, in percent of its width."""
    share = (value - low) / (high - low) if isfinite(value) else 0.0
    return f"{100 * min(max(share, 0.0), 1.0):.2f}"


def _difference_in_words(first: str, second: str, interval: Interval) -> str:
    if interval.low > 0:
        return f"{first} is better"
    return f"{second} is better" if interval.high < 0 else "cannot tell"
