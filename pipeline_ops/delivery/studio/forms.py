"""What all pages share: who looks at one, who sent its form, and where they are led afterwards."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, status
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.tokens import Scope
from pipeline_ops.delivery.guard import require_same_origin
from pipeline_ops.delivery.studio.access import Caller, caller_or_none, may_not, require_form_value
from pipeline_ops.delivery.studio.problems import StudioProblem
from pipeline_ops.delivery.studio.studio import Studio

MaybeCaller = Annotated[Caller | None, Depends(caller_or_none)]


async def read_form(request: Request) -> FormData:
    """Return the fields of a form; the guard has held its size against the limit."""
    return await request.form()


Form = Annotated[FormData, Depends(read_form)]


def frame_of(studio: Studio, caller: Caller) -> dict[str, Any]:
    """Return what every page is told: whose it is, what they may do, what their forms bring."""
    with studio.catalog.reading() as session:
        creator = get_creator(session, caller.creator_id)
    form_value = studio.sessions.form_value(caller.session) if caller.session else ""
    return {
        "creator": creator,
        "form_value": form_value,
        "may_upload": caller.may("upload") and caller.session is not None,
        "may_decide": caller.may("decide") and caller.session is not None,
    }


def sender_of(
    request: Request, studio: Studio, caller: Caller | None, form: FormData, scope: Scope
) -> Caller:
    """Return who sent a form from one of their own pages.

    Raises:
        StudioProblem: nobody with a session, or not from their page, or they may not do that.
    """
    require_same_origin(request)
    if caller is None or caller.session is None:
        raise StudioProblem(status.HTTP_401_UNAUTHORIZED, "not_logged_in", "Please log in again.")
    require_form_value(studio, caller.session, text_field(form, "form"))
    require_scope(caller, scope)
    return caller


def require_scope(caller: Caller, scope: Scope) -> None:
    """Refuse who may not do something.

    Raises:
        StudioProblem: 403.
    """
    if not caller.may(scope):
        raise may_not(scope)


def text_field(form: FormData, name: str) -> str:
    """Return a field of a form, empty where it has none of that name; PostgreSQL keeps no zero bytes."""
    value: Any = form.get(name, "")
    return value.replace("\0", "") if isinstance(value, str) else ""


def lead_to(request: Request, path: str) -> RedirectResponse:
    """Lead a browser on, so that loading the page again sends nothing again."""
    return RedirectResponse(request.scope.get("root_path", "") + path, status.HTTP_303_SEE_OTHER)


def cookie_path(request: Request) -> str:
    """Return where a session's cookie counts: below the studio, and nowhere else."""
    return request.scope.get("root_path", "") or "/"
