"""One stage of the graph as one Airflow task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from pipeline_ops.artefacts import file_kind, group_kind
from pipeline_ops.errors import ProcessKilledError
from pipeline_ops.graph import Node
from pipeline_ops.operators.failures import failure_told
from pipeline_ops.operators.links import CheckpointLink, DataDocsLink, PlayLink, RunPageLink
from pipeline_ops.operators.placement import placement
from pipeline_ops.operators.references import RETURN_VALUE, XComReferences
from pipeline_ops.operators.request import request_of
from pipeline_ops.operators.retries import RETRY_SETTINGS, WorldRetryPolicy

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from pipeline_ops.runner import StageRun

PLAYABLE = ("video/", "audio/")
PAGE = "text/html"
"""Media types of what a task links to."""


class StageOperator(BaseOperator):
    """Runs one stage and hands on its checkpoint's reference, nothing else.

    A rejected input skips what follows: the task hands on the reference and counts as skipped. What the
    world did is tried again with back-off, what we did fails at once.

    Args:
        node: The stage in its place in the graph; its name is the task's id.
        language: The target language, for a stage that runs once per language.
    """

    template_fields: Sequence[str] = ("language",)
    ui_color = "#e6edf7"

    def __init__(self, *, node: Node, language: Any = None, **kwargs: Any) -> None:
        super().__init__(
            task_id=node.name,
            retry_policy=WorldRetryPolicy(),
            **{**RETRY_SETTINGS, **placement(node.stage), **kwargs},
        )
        self.node = node
        self.language = language
        self.reference: str | None = None
        self.playable: str | None = None
        self.page: str | None = None
        self.doc_md = node.stage.summary
        made = node.stage.output_types.values()
        kinds = [kind for each in made if (kind := file_kind(each) or group_kind(each)) is not None]
        plays = any(kind.media_type.startswith(PLAYABLE) for kind in kinds)
        reads = any(kind.media_type == PAGE for kind in kinds)
        self.operator_extra_links = (
            RunPageLink(),
            CheckpointLink(),
            *((PlayLink(),) if plays else ()),
            *((DataDocsLink(),) if reads else ()),
        )

    def execute(self, context: Context) -> str:
        """Run the stage, or find what it made earlier.

        Raises:
            AirflowSkipException: the input is rejected; the message holds the reason.
            SettingsError: the creator agrees no more, or what is made was deleted.
        """
        from pipeline_ops.platform import Platform
        from pipeline_ops.run_lifecycle import check_still_allowed
        from pipeline_ops.runner import run_stage

        with failure_told(context):
            request, references = request_of(context), XComReferences(context["ti"])
            platform = Platform.from_environment()
            check_still_allowed(context["params"]["creator"], request, self.language, platform)
            run = run_stage(self.node, request, self.language, references, platform)
        self._remember(run)
        if run.verdict is not None:
            context["ti"].xcom_push(RETURN_VALUE, str(run.reference))
            message = f"Rejected, {run.verdict.reason_code}: {run.verdict.message}"
            raise AirflowSkipException(message)
        return str(run.reference)

    def on_kill(self) -> None:
        """Leave what is going on, so that child processes end and scratch files go.

        Raises:
            ProcessKilledError: always; Airflow calls this in the main thread when it asks the task to end.
        """
        message = f"Stage {self.node.name} was asked to end"
        raise ProcessKilledError(message)

    def _remember(self, run: StageRun) -> None:
        """Keep what the links show, and log what the stage came to."""
        manifest = run.manifest
        self.reference = str(run.reference)
        names = {artefact.name: artefact.media_type for artefact in manifest.artefacts}
        self.playable = next((name for name, kind in names.items() if kind.startswith(PLAYABLE)), None)
        self.page = next((name for name, kind in names.items() if kind == PAGE), None)
        self.log.info(
            "%s checkpoint %s (%.1f s wall, %.1f s CPU, %.0f MB peak when it was made)",
            "Reused" if run.reused else "Made",
            self.reference,
            manifest.cost.wall_s,
            manifest.cost.cpu_s,
            manifest.cost.peak_memory_mb,
        )
