"""Renders the rating pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request, status
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline_ops.catalog.rating_sessions import MOST_HEADPHONES_ATTEMPTS, RaterState
from pipeline_ops.rating_app.guard import PAGE_HEADERS
from pipeline_ops.ratings.dimensions import DIMENSIONS
from pipeline_ops.ratings.headphones import TONES, TRIALS

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def base_of(request: Request) -> str:
    """Return what the application is mounted below, without a slash at its end."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def page(
    request: Request, template: str, status_code: int = status.HTTP_200_OK, **values: Any
) -> HTMLResponse:
    """Return a template's page as an answer; every value is escaped."""
    content = _templates.get_template(template).render(base=base_of(request), **values)
    return HTMLResponse(content, status_code, headers=PAGE_HEADERS)


def page_of(request: Request, state: RaterState) -> HTMLResponse:
    """Return the page that comes next for a rater."""
    dimensions = [DIMENSIONS[name] for name in state.dimensions if name in DIMENSIONS]
    if state.step == "task":
        template = "scores.html" if dimensions else "preference.html"
    else:
        template = f"{state.step}.html"
    return page(
        request,
        template,
        state=state,
        dimensions=dimensions,
        trials=TRIALS,
        tones=TONES,
        attempts_left=MOST_HEADPHONES_ATTEMPTS - state.headphones_attempts,
    )


def next_page(request: Request) -> RedirectResponse:
    """Send a browser on to whatever comes next."""
    return RedirectResponse(base_of(request) + "/", status.HTTP_303_SEE_OTHER, headers=PAGE_HEADERS)
