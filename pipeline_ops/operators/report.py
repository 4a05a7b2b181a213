"""The last task of a run: sums up what every stage came to, also where some failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule
from airflow.sdk.exceptions import AirflowFailException

from pipeline_ops.checkpoints.manifest import CheckpointReference, Verdict
from pipeline_ops.graph import Node, nodes_of
from pipeline_ops.operators.cpu_operator import CpuOperator
from pipeline_ops.operators.failures import failure_told
from pipeline_ops.operators.links import CheckpointLink, RunPageLink
from pipeline_ops.operators.references import NOT_MAPPED, RETURN_VALUE, pull_reference
from pipeline_ops.operators.request import order_of, request_of

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from pipeline_ops.platform import Platform
    from pipeline_ops.report import Report, StageOutcome
    from pipeline_ops.request import Request

FAILED = "failed"


class ReportOperator(CpuOperator):
    """Publishes the run's report, writes into the catalog what it came to, and hands on its reference.

    It succeeds where a language is done or the input was rejected, and fails where nothing is done because
    something failed; the run does as it does.
    """

    operator_extra_links = (RunPageLink(), CheckpointLink())
    ui_color = "#e8f0ea"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trigger_rule": TriggerRule.ALL_DONE, **kwargs})
        self.reference: str | None = None

    def execute(self, context: Context) -> str:
        """Build the report from checkpoints and store it.

        Raises:
            AirflowFailException: no language is done, and it was not the input's fault.
            SettingsError: the request was not accepted.
        """
        from pipeline_ops.platform import Platform
        from pipeline_ops.report import build_report
        from pipeline_ops.run_lifecycle import end_run

        with failure_told(context):
            platform, request = Platform.from_environment(), request_of(context)
            report = build_report(request, outcomes_of_run(context, request, platform), platform)
            started_at = context["dag_run"].start_date
            self.reference = str(end_run(order_of(context), request, report, platform, started_at=started_at))
        for line in _summary(report):
            self.log.info(line)
        if report.status == FAILED:
            context["ti"].xcom_push(RETURN_VALUE, self.reference)
            message = "No language was finished: " + "; ".join(_summary(report))
            raise AirflowFailException(message)
        return self.reference


def outcomes_of_run(context: Context, request: Request, platform: Platform) -> tuple[StageOutcome, ...]:
    """Return what became of every stage that came to an end of its own.

    Stages that were not reached have no outcome. A stage counts as reused where its checkpoint stood there
    before the run began.
    """
    task_instance = context["ti"]
    run_id = context["run_id"]
    began_at = context["dag_run"].start_date or task_instance.start_date
    states = task_instance.get_task_states(task_instance.dag_id, run_ids=[run_id]).get(run_id, {})
    outcomes = []
    for place in _places(request):
        reference = pull_reference(task_instance, place.node.name, place.map_index)
        outcome = _outcome(place, reference, states.get(place.state_name), began_at, platform)
        if outcome is not None:
            outcomes.append(outcome)
    return tuple(outcomes)


@dataclass(frozen=True, slots=True)
class _Place:
    """A stage of the run, in a language where it has one."""

    node: Node
    language: str | None
    map_index: int

    @property
    def state_name(self) -> str:
        """The name under which Airflow tells its state."""
        return self.node.name if self.map_index == NOT_MAPPED else f"{self.node.name}_{self.map_index}"


def _places(request: Request) -> Iterator[_Place]:
    """Yield every stage of the run, in order."""
    for node in nodes_of("video"):
        yield _Place(node, None, NOT_MAPPED)
    for map_index, language in enumerate(request.target_languages):
        for node in nodes_of("language"):
            yield _Place(node, language, map_index)


def _outcome(
    place: _Place, handed_on: str | None, state: str | None, began_at: datetime, platform: Platform
) -> StageOutcome | None:
    from pipeline_ops.report import StageOutcome
    from pipeline_ops.run_record import stood_before

    name, language = place.node.name, place.language
    if handed_on is None:
        error = f"Stage {name} failed; the log of its task in Airflow tells why."
        return StageOutcome(name, language, error=error) if state == FAILED else None
    reference = CheckpointReference.parse(handed_on)
    if reference.stage != name:  # the gate closed: the task handed on the gate's own checkpoint
        verdict = _gate_verdict(reference, language, platform)
        return StageOutcome(name, language, handed_on, reused=True, verdict=verdict)
    manifest = platform.store.inspect(reference)
    if manifest is None:
        error = f"Checkpoint {reference} is gone; clear stage {name} to make it anew."
        return StageOutcome(name, language, error=error)
    return StageOutcome(name, language, handed_on, stood_before(manifest, began_at), manifest.verdict)


def _gate_verdict(gate: CheckpointReference, language: str | None, platform: Platform) -> Verdict | None:
    """Return why a gate closed for a language."""
    from pipeline_ops.runner import load_artefact

    verdicts = load_artefact(platform, gate, "verdicts")
    return next(
        (Verdict(each.reason_code, each.message) for each in verdicts if each.language == language), None
    )


def _summary(report: Report) -> list[str]:
    """Return a sentence a language."""
    sentences = []
    for language in report.languages:
        reason = language.verdict.message if language.verdict else language.error
        sentences.append(f"{language.language}: {language.status}" + (f" ({reason})" if reason else ""))
    return sentences
