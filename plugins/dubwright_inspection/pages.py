"""Renders pages, and says what a browser may do with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dubwright_inspection.timeline import clock
from fastapi import status
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline_ops.media.subtitles import speaker_name

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; media-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Pages load their own files and nothing else; Airflow's UI may show them in a frame, others may not."""

PAGE_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def size(size_bytes: int) -> str:
    """Return a size for people."""
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.1f} kB"  # noqa: PLR2004


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["clock"] = clock
_templates.filters["size"] = size
_templates.filters["speaker_name"] = speaker_name


def render(template: str, **values: Any) -> str:
    """Return a template's page; every value is escaped."""
    return _templates.get_template(template).render(values)


def page(template: str, status_code: int = status.HTTP_200_OK, **values: Any) -> HTMLResponse:
    """Return a template's page as an answer."""
    return HTMLResponse(render(template, **values), status_code, headers=PAGE_HEADERS)
