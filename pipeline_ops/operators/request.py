"""The first task of a run: checks the request, takes in the video, and says for which languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.graph import INGEST
from pipeline_ops.operators.cpu_operator import CpuOperator
from pipeline_ops.operators.failures import failure_told
from pipeline_ops.operators.links import CheckpointLink, RunPageLink
from pipeline_ops.operators.references import ATTACHMENTS, SOURCE, XComAttachments, XComReferences
from pipeline_ops.request import Request, parse_languages

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from pipeline_ops.catalog.run_facts import RunOrder


class AcceptRequestOperator(CpuOperator):
    """Turns the parameters of a run into an accepted request, and notes in the catalog that it goes on.

    Its return value, over which the language stages are mapped, is the list of target languages: the one
    XCom that is no checkpoint reference. The ingested video's reference is handed on as `source`, those of
    what came with it as `attachments`.
    """

    operator_extra_links = (RunPageLink(), CheckpointLink())
    ui_color = "#e8f0ea"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reference: str | None = None

    def execute(self, context: Context) -> list[str]:
        """Check the request and ingest its video.

        Raises:
            SettingsError: the parameters name no video, no language, no model or no creator that there is.
        """
        from pipeline_ops.accept import accept
        from pipeline_ops.platform import Platform
        from pipeline_ops.run_lifecycle import begin_run

        params: Mapping[str, Any] = context["params"]
        with failure_told(context):
            platform = Platform.from_environment()
            request = accept(params, platform)
            begin_run(order_of(context), request, platform)
        self.reference = str(request.source)
        context["ti"].xcom_push(SOURCE, self.reference)
        if request.attachments:
            attached = {name: str(reference) for name, reference in request.attachments.items()}
            context["ti"].xcom_push(ATTACHMENTS, attached)
        self.log.info("Accepted %s into %s.", self.reference, ", ".join(request.target_languages))
        return list(request.target_languages)


def request_of(context: Context) -> Request:
    """Return the accepted request of a running task's run.

    Raises:
        SettingsError: the request was not accepted.
    """
    params: Mapping[str, Any] = context["params"]
    source = XComReferences(context["ti"])[INGEST]
    return request_from(params, source, XComAttachments(context["ti"]))


def order_of(context: Context) -> RunOrder:
    """Return who asked for a running task's run, as far as the run knows; the catalog may know better."""
    from pipeline_ops.catalog.run_facts import RunOrder

    params: Mapping[str, Any] = context["params"]
    return RunOrder(
        run_id=context["run_id"],
        requested_at=context["dag_run"].run_after,
        creator_id=params["creator"],
        upload_id=params["upload"],
        held=params["held"],
    )


def request_from(
    params: Mapping[str, Any], source: CheckpointReference, attachments: Mapping[str, CheckpointReference]
) -> Request:
    """Build a request of a run's parameters, its ingested video and what came with that."""
    return Request(
        source=source,
        target_languages=parse_languages(list(params["target_languages"])),
        profile=params["profile"],
        models=params["models"] or {},
        stage_parameters=params["stage_parameters"] or {},
        attachments=attachments,
    )
