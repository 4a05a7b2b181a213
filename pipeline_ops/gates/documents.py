"""Great Expectations' own pages (Data Docs) of one gate, as one file that needs nothing from elsewhere."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from pipeline_ops.gates.outcomes import ExpectationOutcome

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_ops.gates.validation import GateResult

_ELSEWHERE = (
    re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<link\b[^>]*>", re.IGNORECASE),
    re.compile(r"<(?:img|iframe|form)\b.*?(?:/>|>)", re.DOTALL | re.IGNORECASE),
    re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE),
)
"""Their pages load styles, scripts and pictures from six hosts; whoever looks at a gate tells none of
them."""

_BODY = re.compile(r"<body\b[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)
_CONTROLS = re.compile(r"<(nav|ol|label|button)\b.*?</\1>|<input\b[^>]*>", re.DOTALL | re.IGNORECASE)
"""What leads to other pages of theirs, or works by a script."""

_ANCHORS = re.compile(r"</?a\b[^>]*>", re.IGNORECASE)

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; width: 100%; }
td, th { border: 1px solid #8886; padding: .35rem .6rem; text-align: left; vertical-align: top; }
.failed td:first-child { border-left: 4px solid #c33; } .flagged td:first-child { border-left: 4px solid
#c90; } .met td:first-child { border-left: 4px solid #393; }
section { margin-top: 2rem; } details { margin: 1rem 0; } summary { cursor: pointer; font-weight: 600; }
"""


def write_documents(path: Path, title: str, result: GateResult) -> None:
    """Write a summary in words, and below it what Great Expectations renders of each table.

    Args:
        path: Written, HTML.
        title: What the page is of.
        result: The gate's.
    """
    sections = "".join(
        f"<details><summary>{html.escape(name)}</summary>{_rendered(validation)}</details>"
        for name, validation in result.validations.items()
    )
    rows = "".join(_row(outcome) for outcome in sorted(result.outcomes, key=lambda each: each.passed))
    path.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{html.escape(title)}</h1><table><thead><tr><th>Expectation</th><th>Table</th><th>Outcome</th>"
        f"<th>Found</th></tr></thead><tbody>{rows}</tbody></table><h2>Data Docs</h2>{sections}</body></html>",
        encoding="utf-8",
    )


def _row(outcome: ExpectationOutcome) -> str:
    kind = "met" if outcome.passed else "failed" if outcome.severity == "stop" else "flagged"
    cells = (outcome.name.replace("_", " "), outcome.table, kind, outcome.detail)
    return f'<tr class="{kind}">' + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _rendered(validation: object) -> str:
    """Return the body of Great Expectations' page of one table, without what it loads from elsewhere."""
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(validation))
    found = _BODY.search(page)
    body = found[1] if found else page
    for pattern in (*_ELSEWHERE, _CONTROLS, _ANCHORS):
        body = pattern.sub("", body)
    return re.sub(r'\s(?:on\w+|style)="[^"]*"', "", body)
