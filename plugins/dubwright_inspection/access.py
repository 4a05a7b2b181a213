"""Who may do what: Airflow's own auth manager decides, and a foreign page decides nothing."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from airflow.models.dag import DagModel
from dubwright_inspection.airflow_runs import DAG_ID
from fastapi import Depends, HTTPException, Request, status

User = Annotated[BaseUser, Depends(get_user)]

MAY_READ = [
    Depends(requires_access_dag("GET", entity, param_dag_id=DAG_ID))
    for entity in (DagAccessEntity.RUN, DagAccessEntity.TASK_INSTANCE, DagAccessEntity.XCOM)
]
"""The pages show runs, tasks and what these handed on."""


def require_same_origin(request: Request) -> None:
    """Refuse what a foreign page makes a logged-in browser send.

    Raises:
        HTTPException: 403, the call did not come from one of these pages.
    """
    fetched_from, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if fetched_from is not None:
        is_ours = fetched_from == "same-origin"
    elif origin is not None:  # an older browser
        is_ours = urlsplit(origin).netloc == request.headers.get("host")
    else:  # no browser: it brings its own token, not a cookie that somebody else could make it send
        is_ours = "authorization" in request.headers
    if not is_ours:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This was not sent from a page of Dubwright.")


MAY_START = [
    *MAY_READ,
    Depends(require_same_origin),
    Depends(requires_access_dag("POST", DagAccessEntity.RUN, param_dag_id=DAG_ID)),
]
MAY_DECIDE = [
    *MAY_READ,
    Depends(require_same_origin),
    Depends(requires_access_dag("PUT", DagAccessEntity.HITL_DETAIL, param_dag_id=DAG_ID)),
]
"""Whom Airflow lets answer its own human-in-the-loop tasks."""


def may_start(user: BaseUser) -> bool:
    """Tell whether a user may start runs."""
    return _is_allowed(user, "POST", DagAccessEntity.RUN)


def may_decide(user: BaseUser) -> bool:
    """Tell whether a user may approve and reject dubs."""
    return _is_allowed(user, "PUT", DagAccessEntity.HITL_DETAIL)


def _is_allowed(user: BaseUser, method: ResourceMethod, entity: DagAccessEntity) -> bool:
    details = DagDetails(id=DAG_ID, team_name=DagModel.get_team_name(DAG_ID))
    return get_auth_manager().is_authorized_dag(
        method=method, access_entity=entity, details=details, user=user
    )
