"""Renders the studio's pages, and says what a browser may do with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request, status
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline_ops.languages import english_name, own_name

LOADED = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'{bucket}; media-src 'self'; "
)
NOTHING_ELSE = "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
"""Pages load their own files and nothing else, and send parts of uploads to the bucket. No other site shows
them in a frame."""

SECOND, MINUTE, HOUR = 1, 60, 3600


def page_headers(bucket: str | None) -> dict[str, str]:
    """Return the headers of a page.

    Args:
        bucket: Where browsers send parts of uploads, None where they come to the studio.
    """
    policy = LOADED.format(bucket=f" {bucket}" if bucket else "") + NOTHING_ELSE
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def size(size_bytes: int) -> str:
    """Return a size for people."""
    for unit, bytes_of_it in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= bytes_of_it:
            return f"{size_bytes / bytes_of_it:.3g} {unit}"
    return f"{size_bytes / 1e3:.3g} kB"


def span(seconds: float) -> str:
    """Return a length of time for people: `1:02:03`, `2:03`, `0:03`."""
    whole = round(seconds)
    hours, minutes, rest = whole // HOUR, whole % HOUR // MINUTE, whole % MINUTE
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def minutes(seconds: float) -> str:
    """Return a limit of length for people: `30 minutes`."""
    return f"{seconds / MINUTE:.3g} minutes"


def moment(at: datetime) -> str:
    """Return a moment for people, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(
    size=size,
    span=span,
    minutes=minutes,
    moment=moment,
    language=english_name,
    own_language=own_name,
    part_of_address=lambda text: quote(text, safe=""),
)


def page(
    request: Request,
    template: str,
    *,
    status_code: int = status.HTTP_200_OK,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return a template's page as an answer; every value is escaped."""
    studio = request.app.state.studio
    common = {"base": request.scope.get("root_path", ""), "creator": None, "form_value": ""}
    content = _templates.get_template(template).render({**common, **values})
    bucket = studio.uploads.incoming.upload_origin
    return HTMLResponse(content, status_code, {**page_headers(bucket), **(headers or {})})


def problem_page(
    request: Request, status_code: int, sentence: str, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """Return a page that says why another cannot be shown."""
    return page(request, "problem.html", status_code=status_code, headers=headers, sentence=sentence)
